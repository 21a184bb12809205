import { expect, test } from 'vitest';
import { outlierLimit } from './outliers.js';

test('an attempt stands out by what is usual in its class', () => {
  const calm = [0, 1, 2, 1, 3, 2, 30];
  const busy = [20, 30, 40, 25, 35, 45, 60];
  const beyond = (points: number[]) => points.filter((each) => each > (outlierLimit(points) ?? Infinity));
  expect(beyond(calm)).toEqual([30]);
  expect(beyond(busy)).toEqual([]);
});

test('a few points are never far, and few attempts are no class', () => {
  expect(outlierLimit([0, 0, 0, 0, 0, 4])).toBe(5);
  expect(outlierLimit([0, 0, 0, 90])).toBeUndefined();
});
