import { expect, test } from 'vitest';
import { SteadyHint } from './steady-hint.js';

test('a hint stands for a second, however fast others come', () => {
  const hint = new SteadyHint();
  expect(hint.next('darker', 0)).toBe('darker');
  expect(hint.next('closer', 300)).toBe('darker');
  expect(hint.next('', 999)).toBe('darker');
  expect(hint.next('closer', 1_000)).toBe('closer');
  expect(hint.next('closer', 1_500)).toBe('closer');
  expect(hint.next('darker', 1_900)).toBe('closer');
  expect(hint.next('darker', 2_000)).toBe('darker');
});
