import { expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

it('allows a burst, then the long-run rate; a clock set back changes nothing', () => {
  let now = 0;
  const bucket = new TokenBucket(3, 2, () => now);
  const taken = () => [bucket.take(), bucket.take(), bucket.take(), bucket.take()].filter(Boolean).length;
  expect(taken()).toBe(3);
  now = 1_000;
  expect(taken()).toBe(2);
  now = 500;
  expect(taken()).toBe(0);
  now = 60_000;
  expect(taken()).toBe(3);
});

it('what is more than it holds is refused whole, and costs nothing', () => {
  const bucket = new TokenBucket(1_000, 0, () => 0);
  expect([bucket.take(600), bucket.take(600), bucket.take(400), bucket.take()]).toEqual([true, false, true, false]);
});
