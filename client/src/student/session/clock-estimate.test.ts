import { describe, expect, it } from 'vitest';
import { ClockEstimate, askClock } from './clock-estimate.js';

describe('ClockEstimate', () => {
  it('knows nothing before the first answer', () => {
    expect(new ClockEstimate().best).toBeUndefined();
  });

  it('takes the middle of the way, and half of the way as the error', () => {
    const estimate = new ClockEstimate();
    estimate.add(1_000, 1_080, 500_040);
    expect(estimate.best).toEqual({ offsetMs: 499_000, errorMs: 40 });
  });

  it('holds to the quickest answer, and to the newer of two that are as quick', () => {
    const estimate = new ClockEstimate();
    estimate.add(0, 20, 1_010);
    estimate.add(100, 300, 1_230);
    expect(estimate.best).toEqual({ offsetMs: 1_000, errorMs: 10 });
    estimate.add(400, 420, 1_412);
    expect(estimate.best).toEqual({ offsetMs: 1_002, errorMs: 10 });
  });

  it('forgets after ten minutes, but keeps the last word', () => {
    const estimate = new ClockEstimate();
    estimate.add(0, 2, 1_001);
    estimate.add(600_003, 600_103, 601_060);
    expect(estimate.best).toEqual({ offsetMs: 1_007, errorMs: 50 });
  });

  it('begins anew when a clock was set, or the computer slept', () => {
    const estimate = new ClockEstimate();
    estimate.add(0, 2, 1_001);
    estimate.add(1_000, 1_400, 90_000);
    expect(estimate.best).toEqual({ offsetMs: 88_800, errorMs: 200 });
  });
});

describe('askClock', () => {
  it('adds nothing when the question fails', async () => {
    const estimate = new ClockEstimate();
    await expect(askClock(estimate, () => 0, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(estimate.best).toBeUndefined();
    let now = 0;
    expect(await askClock(estimate, () => (now += 10), () => Promise.resolve({ nowMs: 115, more: 1 }))).toEqual({ nowMs: 115, more: 1 });
    expect(estimate.best).toEqual({ offsetMs: 100, errorMs: 5 });
  });
});
