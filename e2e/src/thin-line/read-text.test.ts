import { expect, it } from 'vitest';
import { distance, readRight } from './read-text.js';

it('counts letters, whatever stands between the words', () => {
  expect(distance('kitten', 'sitting')).toBe(3);
  expect(distance('', 'abc')).toBe(3);
  expect(readRight('the water cycle', 'the  water\ncycle\n')).toBe(1);
  expect(readRight('abcdefghij', 'abcdefghix')).toBeCloseTo(0.9);
  expect(readRight('abc', '')).toBe(0);
});
