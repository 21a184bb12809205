import { expect, test } from 'vitest';
import { toMediaSeconds } from './media-time.js';
import { coveredMs, holeAt, joinRanges, outside, rangeAt, rangesOf } from './ranges.js';

const ranges = [
  { fromMs: 0, toMs: 100 },
  { fromMs: 150, toMs: 300 },
];

test('TimeRanges come out in ms', () => {
  // A recording may begin before the attempt does; a media element's time does not.
  const buffered = { length: 1, start: () => toMediaSeconds(-500), end: () => toMediaSeconds(2_000) };
  expect(buffered.start()).toBeGreaterThan(0);
  expect(rangesOf(buffered)).toEqual([{ fromMs: -500, toMs: 2_000 }]);
});

test('a position is in a range up to its end', () => {
  expect(rangeAt(ranges, 99)).toBe(ranges[0]);
  expect(rangeAt(ranges, 100)).toBeUndefined();
  expect(rangeAt(ranges, 150)).toBe(ranges[1]);
});

test('cover, holes and what lies outside', () => {
  expect(coveredMs(ranges, { fromMs: 50, toMs: 200 })).toBe(100);
  expect(holeAt(ranges, 120)).toEqual({ fromMs: 100, toMs: 150 });
  expect(holeAt(ranges, 400)).toEqual({ fromMs: 300, toMs: Infinity });
  expect(outside(ranges, { fromMs: 50, toMs: 200 })).toEqual([
    { fromMs: 0, toMs: 50 },
    { fromMs: 200, toMs: 300 },
  ]);
});

test('near ranges join, and the input stays as it was', () => {
  expect(joinRanges(ranges, 51)).toEqual([{ fromMs: 0, toMs: 300 }]);
  expect(joinRanges(ranges, 50)).toEqual(ranges);
  expect(ranges[0]).toEqual({ fromMs: 0, toMs: 100 });
});
