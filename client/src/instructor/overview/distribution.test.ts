import { expect, test } from 'vitest';
import { binsOf } from './distribution.js';

test('each attempt is in one bar, also those on an edge', () => {
  expect(binsOf([0, 1, 1, 2, 3])).toEqual([
    { from: 0, to: 1, count: 1 },
    { from: 1, to: 2, count: 2 },
    { from: 2, to: 3, count: 1 },
    { from: 3, to: 4, count: 1 },
  ]);
  expect(binsOf([])).toEqual([]);
});

test.each([[11.5, 1, 12], [12, 2, 7], [480, 50, 10], [99_999, 9_000, 12]])('up to %d points there are bars of %d, %d of them', (largest, width, count) => {
  const bins = binsOf([0, largest]);
  expect([bins[0]!.to, bins.length]).toEqual([width, count]);
  expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(2);
});

test('one that is far from the class shares the last bar, and leaves the others apart', () => {
  const bins = binsOf([0, 3, 5, 8, 250], 12);
  expect(bins.map(({ count }) => count).reduce((sum, count) => sum + count, 0)).toBe(5);
  expect(bins.at(-1)).toEqual({ from: 20, to: Infinity, count: 1 });
  expect(bins[1]!.from).toBe(bins[0]!.to);
});
