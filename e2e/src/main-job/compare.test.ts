import { describe, expect, it } from 'vitest';
import { apart, burstTimes, compare, missingSeconds, unmarked } from './compare.js';

const codes = (count: number, stepMs: number, shiftMs = 0): { atMs: number; code: number }[] =>
  Array.from({ length: count }, (_, i) => ({ atMs: 1_000_000 + i * stepMs + shiftMs, code: i }));

describe('comparison with the truth', () => {
  it('gives the shift of a source and how far sources are apart', () => {
    const picture = compare(codes(300, 100, 40), codes(300, 100));
    const sound = compare(codes(30, 1000, 90), codes(30, 1000));
    expect([picture.matched, picture.shiftMs, sound.shiftMs]).toEqual([300, 40, 90]);
    expect(apart([picture, sound])).toBe(50);
  });

  it('sees a drift that the whole median hides', () => {
    const drifting = codes(600, 100).map(({ atMs, code }) => ({ atMs: atMs + (code - 300) / 2, code }));
    expect(Math.abs(compare(drifting, codes(600, 100)).shiftMs)).toBeLessThan(1);
    expect(apart([compare(drifting, codes(600, 100)), compare(codes(600, 100), codes(600, 100))])).toBeGreaterThan(100);
  });

  it('does not match what was captured at another time', () => {
    expect(compare(codes(10, 100, 60_000), codes(10, 100)).matched).toBe(0);
    expect(apart([compare([], [])])).toBeNaN();
  });

  it('finds missing seconds, but not where the browser itself had nothing', () => {
    const recorded = [1_200, 2_500, 6_100, 7_000];
    const captured = [1_200, 1_700, 2_500, 2_900, 3_200, 3_700, 4_999, 6_100, 6_500, 7_000];
    expect(missingSeconds(recorded, captured, { fromMs: 900, toMs: 8_500 })).toEqual([3_000]);
    expect(missingSeconds(recorded, captured, { fromMs: 900, toMs: 8_500 }, 500)).toEqual([3_000]);
    expect(missingSeconds(recorded, captured, { fromMs: 900, toMs: 8_500 }, 501)).toEqual([]);
  });

  it('wants no burst of sound that began before the record, or while it began', () => {
    expect(burstTimes([{ atMs: 800 }, { atMs: 1_400 }, { atMs: 1_500 }], { fromMs: 1_000, toMs: 9_000 })).toEqual([1_750, 2_000]);
  });

  it('tells marked seconds from unmarked ones', () => {
    const gap = { source: 'webcam' as const, startMs: 3_100, endMs: 3_900, cause: 'packet-loss' as const };
    expect(unmarked([3_000, 4_000], [gap], 'webcam')).toEqual([4_000]);
    expect(unmarked([3_000], [gap], 'microphone')).toEqual([3_000]);
  });
});
