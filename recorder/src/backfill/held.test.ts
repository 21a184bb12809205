import { describe, expect, it } from 'vitest';
import { gapsIn } from './held.js';
import type { Frame } from './open-piece.js';

const data = Buffer.of(1);
const pictures = (...times: number[]): Frame[] => times.map((timeMs, index) => ({ kind: index ? 'delta' : 'key', timeMs, data }));
/** Packets of 20 ms from one time to another. */
const sound = (fromMs: number, toMs: number): Frame[] =>
  Array.from({ length: (toMs - fromMs) / 20 }, (_, index) => ({ kind: 'sound', timeMs: fromMs + index * 20, durationMs: 20, data }));
const gaps = (track: 'webcam' | 'screen', ...frames: Frame[][]) =>
  gapsIn(track, frames.flat().sort((a, b) => a.timeMs - b.timeMs), { startMs: 0, endMs: 10_000 }).map(({ source, startMs, endMs }) => [source, startMs, endMs]);

describe('what a later segment lacks', () => {
  it('is nothing while pictures and packets follow each other', () => {
    expect(gaps('webcam', pictures(0, 1_500, 3_000, 4_500, 6_000, 7_500, 9_000), sound(400, 4_000), sound(6_000, 8_000))).toEqual([]);
  });
  it('is a camera’s picture that does not change for more than 1.5 s, from the last one to the next or the end', () => {
    expect(gaps('webcam', pictures(0, 1_000, 2_501, 4_000))).toEqual([
      ['webcam', 1_000, 2_501],
      ['webcam', 4_000, 10_000],
    ]);
    expect(gaps('webcam', pictures(0))).toEqual([['webcam', 0, 10_000]]);
  });
  it('is the time before the first picture or packet', () => {
    expect(gaps('webcam', pictures(1_000, 2_500, 4_000, 5_500, 7_000, 8_500), sound(0, 10_000))).toEqual([['webcam', 0, 1_000]]);
    expect(gaps('webcam', sound(1_000, 10_000))).toEqual([['microphone', 0, 1_000]]);
  });
  it('is sound that is away for more than 2 s', () => {
    expect(gaps('webcam', sound(0, 20))).toEqual([['microphone', 20, 10_000]]);
    expect(gaps('webcam', sound(0, 2_000), sound(4_020, 9_000))).toEqual([['microphone', 2_000, 4_020]]);
  });
  it('is no screen that stands still', () => {
    expect(gaps('screen', pictures(0))).toEqual([]);
  });
});
