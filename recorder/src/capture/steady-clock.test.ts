import { expect, it } from 'vitest';
import { steadyClock } from './steady-clock.js';

it('runs on when the wall clock is set', () => {
  let wall = 1_900_000_000_000;
  let elapsed = 500;
  const now = steadyClock(() => wall, () => elapsed);
  expect(now()).toBe(1_900_000_000_000);
  elapsed += 20;
  wall -= 3_600_000;
  expect(now()).toBe(1_900_000_000_020);
});
