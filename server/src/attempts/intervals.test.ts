import { expect, test } from 'vitest';
import { totalMs, uncovered, union } from './intervals.js';

const at = (startMs: number, endMs: number) => ({ startMs, endMs });

test('union joins what touches, drops what is empty and leaves its input alone', () => {
  const input = [at(5, 9), at(0, 3), at(3, 4), at(7, 7), at(8, 12)];
  expect(union(input)).toEqual([at(0, 4), at(5, 12)]);
  expect(input[1]).toEqual(at(0, 3));
});

test('uncovered is the rest', () => {
  expect(uncovered(at(0, 10), [])).toEqual([at(0, 10)]);
  expect(uncovered(at(0, 10), [at(-5, 1), at(4, 6), at(5, 7), at(9, 20)])).toEqual([at(1, 4), at(7, 9)]);
  expect(uncovered(at(0, 10), [at(-5, 20)])).toEqual([]);
  expect(uncovered(at(0, 10), [at(12, 20)])).toEqual([at(0, 10)]);
  expect(uncovered(at(3, 3), [])).toEqual([]);
});

test('totalMs counts twice covered time once', () => {
  expect(totalMs([at(0, 10), at(5, 15), at(20, 21)])).toBe(16);
});
