import { describe, expect, it } from 'vitest';
import { defaultPolicy } from './reconnect-policy.js';

describe('defaultPolicy', () => {
  it('tries at once, and never waits for more than a second', () => {
    expect(defaultPolicy.delayMs(0)).toBe(250);
    for (let attempt = 0; attempt < 200; attempt++) expect(defaultPolicy.delayMs(attempt)).toBeLessThanOrEqual(1_000);
  });
  it('gives a slow line more time now and then', () => {
    const timeouts = [0, 1, 2, 3].map((attempt) => defaultPolicy.connectTimeoutMs(attempt));
    expect(timeouts.slice(0, 3)).toEqual([3_000, 3_000, 3_000]);
    expect(timeouts[3]).toBeGreaterThan(3_000);
  });
});
