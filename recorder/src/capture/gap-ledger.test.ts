import { expect, it } from 'vitest';
import { GapLedger } from './gap-ledger.js';

it('splits a gap at a segment’s end and goes on with it in the next', () => {
  const ledger = new GapLedger();
  ledger.begin('microphone', 'muted', 1_000);
  expect(ledger.take(5_000)).toEqual([{ source: 'microphone', cause: 'muted', startMs: 1_000, endMs: 5_000 }]);
  ledger.end('microphone', 7_000);
  expect(ledger.take(9_000)).toEqual([{ source: 'microphone', cause: 'muted', startMs: 5_000, endMs: 7_000 }]);
  expect(ledger.take(9_999)).toEqual([]);
});

it('makes two gaps of one whose cause changes, and joins what lies close together', () => {
  const ledger = new GapLedger();
  ledger.begin('webcam', 'packet-loss', 1_000);
  ledger.begin('webcam', 'connection', 2_000);
  ledger.end('webcam', 3_000);
  ledger.add({ source: 'microphone', cause: 'packet-loss', startMs: 1_000, endMs: 1_020 });
  ledger.add({ source: 'microphone', cause: 'packet-loss', startMs: 1_200, endMs: 1_220 });
  expect(ledger.take(9_000)).toEqual([
    { source: 'webcam', cause: 'packet-loss', startMs: 1_000, endMs: 2_000 },
    { source: 'microphone', cause: 'packet-loss', startMs: 1_000, endMs: 1_220 },
    { source: 'webcam', cause: 'connection', startMs: 2_000, endMs: 3_000 },
  ]);
});

it('does not end a gap by what came before it', () => {
  const ledger = new GapLedger();
  ledger.begin('webcam', 'packet-loss', 1_000);
  ledger.end('webcam', 1_000);
  expect(ledger.causeOf('webcam')).toBe('packet-loss');
});
