import { expect, test } from 'vitest';
import { keepRate, ordinary, rateOf, sizeWords, workWords } from './estimate.js';

function storage(): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

test('the next clip takes what the last one took; a short one, or nonsense, tells nothing', () => {
  const here = storage();
  expect(rateOf(here)).toEqual({ ...ordinary, measured: false });
  keepRate(here, 2, 4, 1_000);
  expect(rateOf(here).measured).toBe(false);
  keepRate(here, 60, 30, 6_000_000);
  expect(rateOf(here)).toEqual({ seconds: 0.5, bytes: 100_000, measured: true });
  here.setItem('vigil-export-rate', '{"seconds":-1,"bytes":"x"}');
  expect(rateOf(here).measured).toBe(false);
  expect(rateOf({ getItem: () => { throw new Error('not allowed'); } }).measured).toBe(false);
});

test('sizes and times are as rough as they are sure', () => {
  expect([1, 3_440_000, 61_400_000].map(sizeWords)).toEqual(['0.1\u00a0MB', '3.4\u00a0MB', '61\u00a0MB']);
  expect([1, 12, 89, 91, 240].map(workWords)).toEqual(['a few seconds', '15\u00a0s', '90\u00a0s', '2\u00a0min', '4\u00a0min']);
});
