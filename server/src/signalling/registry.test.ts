import { expect, it } from 'vitest';
import type { MediaContext } from './context.js';
import type { LiveAttempt } from './live-attempt.js';
import { Registry } from './registry.js';

const live = (ended = false): LiveAttempt => ({ id: 'a', ended }) as unknown as LiveAttempt;

it('an attempt that was forgotten while a socket came in is looked after again, by one only', () => {
  const registry = new Registry({} as MediaContext, 'secret');
  const [first, second] = [live(), live()];
  expect(registry.claim(first)).toBe(true);
  expect(registry.owns('a')).toBe(true);
  expect(registry.claim(second)).toBe(false);
  expect(registry.claim(first)).toBe(true);
});

it('one that has ended is not', () => {
  const registry = new Registry({} as MediaContext, 'secret');
  expect(registry.claim(live(true))).toBe(true);
  expect(registry.owns('a')).toBe(false);
});
