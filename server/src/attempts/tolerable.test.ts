import type { Gap, Source } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { lackingSeconds } from './tolerable.js';

const video = { codec: 'vp8' as const, width: 320, height: 240, frames: 1 };
const audio = { codec: 'opus' as const, frames: 1 };
/** Holes of so many ms, each `everyMs` after the one before. */
const holes = (count: number, ms: number, everyMs: number, source: Source = 'webcam'): Gap[] =>
  Array.from({ length: count }, (_, index) => ({ source, startMs: 5_000 + index * everyMs, endMs: 5_000 + index * everyMs + ms, cause: 'packet-loss' }));
const lacking = (minutes: number, ...gaps: Gap[]): number =>
  lackingSeconds({
    window: { startMs: 0, endMs: minutes * 60_000 },
    writing: false,
    rules: { webcam: true, microphone: true, screen: 'off' },
    segments: [{ track: 'webcam', startMs: 0, durationMs: minutes * 60_000, video, audio, gaps, closedBy: 'end' }],
    history: [],
  });

test('a moment that is missing makes a record no less complete', () => {
  expect(lacking(60, ...holes(1, 1_900, 0))).toBe(0);
  expect(lacking(1, ...holes(2, 1_900, 30_000), ...holes(2, 1_900, 20_000, 'microphone'))).toBe(0);
});
test('two such moments in a row do', () => {
  expect(lacking(60, ...holes(2, 1_900, 1_900))).toBe(3.8);
  expect(lacking(60, ...holes(1, 2_000, 0))).toBe(2);
});
test('so do many: more than 10 s of a source, or in a short exam a hundredth of it', () => {
  expect(lacking(180, ...holes(5, 1_900, 60_000))).toBe(0);
  expect(lacking(180, ...holes(6, 1_900, 60_000))).toBeCloseTo(11.4);
  expect(lacking(180, ...holes(200, 1_900, 50_000))).toBeCloseTo(380);
  expect(lacking(10, ...holes(3, 1_900, 60_000))).toBe(0);
  expect(lacking(10, ...holes(4, 1_900, 60_000))).toBeCloseTo(7.6);
  expect(lacking(1, ...holes(3, 1_900, 15_000))).toBeCloseTo(5.7);
});

test('while the attempt was over nothing was asked for, and each part may lack a moment at its ends', () => {
  const part = (startMs: number, endMs: number) => ({ track: 'webcam' as const, startMs, durationMs: endMs - startMs, video, audio, gaps: [], closedBy: 'end' as const });
  const record = (firstMs: number, againMs: number): number =>
    lackingSeconds({
      window: { startMs: 0, endMs: 200_000 },
      pauses: [{ startMs: 50_000, endMs: 150_000 }],
      writing: false,
      rules: { webcam: true, microphone: true, screen: 'off' },
      segments: [part(firstMs, 48_500), part(againMs, 198_500)],
      history: [],
    });
  expect(record(1_500, 151_500)).toBe(0);
  expect(record(1_500, 153_000)).toBeCloseTo(7.5);
});
