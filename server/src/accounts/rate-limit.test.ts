import { expect, test } from 'vitest';
import { RateLimiter } from './rate-limit.js';

const limiterAt = (start: number) => {
  const clock = { now: start };
  return { clock, limiter: new RateLimiter({ tries: 3, windowMs: 1_000 }, () => clock.now) };
};

test('allows so many tries in any window, for each key apart', () => {
  const { clock, limiter } = limiterAt(0);
  expect([0, 1, 2, 3].map(() => limiter.take('a'))).toEqual([true, true, true, false]);
  expect(limiter.take('b')).toBe(true);
  clock.now = 999;
  expect(limiter.take('a')).toBe(false);
  clock.now = 1_000;
  expect(limiter.take('a')).toBe(true);
});

test('a refused try does not lengthen the wait', () => {
  const { clock, limiter } = limiterAt(0);
  for (let i = 0; i < 3; i++) limiter.take('a');
  clock.now = 900;
  limiter.take('a');
  clock.now = 1_000;
  expect(limiter.take('a')).toBe(true);
});

test('a try given back does not count', () => {
  const { limiter } = limiterAt(0);
  for (let i = 0; i < 10; i++) {
    expect(limiter.take('a')).toBe(true);
    limiter.giveBack('a');
  }
});

test('the memory is bounded', () => {
  const { limiter } = limiterAt(0);
  for (let i = 0; i < 3; i++) limiter.take('first');
  for (let i = 0; i < 10_000; i++) limiter.take(`other ${i}`);
  expect(limiter.take('first')).toBe(true);
});
