import { describe, expect, it } from 'vitest';
import { RingClock } from './ring-clock.js';

describe('RingClock', () => {
  it('is rough at first, and gives no times to pieces', () => {
    const clock = new RingClock(1_000_000, 400);
    expect(clock.known).toBe(false);
    expect(clock.toServer(500)).toBe(1_000_100);
  });

  it('puts both ways together, with their errors', () => {
    const clock = new RingClock(1_000_000, 0);
    // The window's clock is 300 ahead of the worker's, give or take 1; the server's 5 000 ahead of the window's, give or take 20.
    clock.addWindow(100, 102, 401);
    expect(clock.known).toBe(false);
    clock.setServer({ offsetMs: 5_000, errorMs: 20 });
    expect(clock.known).toBe(true);
    expect(clock.toServer(1_000)).toBe(6_300);
    expect(clock.errorMs).toBe(21);
    expect(clock.fromWindow(1_300)).toBe(1_000);
  });

  it('believes that the computer slept until the server is heard, and says how far off that may be', () => {
    const clock = new RingClock(1_000_000, 0);
    clock.addWindow(100, 102, 401);
    clock.setServer({ offsetMs: 5_000, errorMs: 20 });
    clock.slept(60_000);
    expect([clock.known, clock.toServer(1_000), clock.errorMs]).toEqual([true, 66_300, 60_021]);
    clock.setServer({ offsetMs: 64_900, errorMs: 20 });
    expect([clock.toServer(1_000), clock.errorMs]).toEqual([66_200, 21]);
  });
});
