import { RecordKind } from '@vigil/protocol/ring-piece';
import { describe, expect, it } from 'vitest';
import { WebmPieces } from './webm-pieces.js';

const part = (file: number, untilMs: number, bytes: number, last = false) => ({ file, zeroMs: file * 5_000, untilMs, bytes: new ArrayBuffer(bytes), last });

describe('WebmPieces', () => {
  it('makes a piece of each file, also where they overlap', () => {
    const done: string[] = [];
    const pieces = new WebmPieces((zeroMs) => {
      done.push(`begin ${zeroMs}`);
      return { add: (kind, timeMs, data) => void done.push(`${zeroMs}: ${kind} at ${timeMs}, ${data.length}`), close: () => void done.push(`close ${zeroMs}`) };
    });
    pieces.add(part(1, 6_000, 10));
    pieces.add(part(2, 11_000, 20));
    pieces.add(part(1, 11_100, 0, true));
    pieces.add(part(3, 15_000, 0, true));
    expect(done).toEqual([
      'begin 5000', `5000: ${RecordKind.webm} at 6000, 10`, `5000: ${RecordKind.alive} at 6000, 0`,
      'begin 10000', `10000: ${RecordKind.webm} at 11000, 20`, `10000: ${RecordKind.alive} at 11000, 0`,
      `5000: ${RecordKind.alive} at 11100, 0`, 'close 5000',
    ]);
    expect([pieces.isLive(17_900), pieces.isLive(18_100)]).toEqual([true, false]);
    pieces.end();
    expect(done.at(-1)).toBe('close 10000');
  });

  it('does not begin in the middle of a file', () => {
    let room = false;
    let begun = 0;
    const pieces = new WebmPieces(() => {
      if (room) begun += 1;
      return undefined;
    });
    pieces.add(part(1, 1_000, 10));
    room = true;
    pieces.add(part(1, 2_000, 10));
    expect(begun).toBe(0);
    pieces.add(part(2, 3_000, 10));
    expect(begun).toBe(1);
  });
});
