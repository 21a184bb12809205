import { describe, expect, it } from 'vitest';
import { bitrateOf, uplinkSteps } from './encodings.js';
import { UplinkLadder, type LadderSample } from './uplink-ladder.js';

const calm: Omit<LadderSample, 'atMs'> = { availableBitrate: 2_000_000, fractionLost: 0, roundTripMs: 30, limited: false, kept: true };

/**
 * A path that carries so much, for so many seconds, looked at every 2 s. Like a browser, it tells of its limit only when what is
 * sent comes near to it.
 */
function drive(ladder: UplinkLadder, kbps: (second: number) => number, seconds: number, from = 0, more: Partial<LadderSample> = {}) {
  const changes: { second: number; step: number }[] = [];
  for (let second = from; second < from + seconds; second += 2) {
    const carried = kbps(second) * 1_000;
    const sent = bitrateOf(uplinkSteps[ladder.step]!);
    const limited = sent > carried;
    const change = ladder.observe({ ...calm, atMs: second * 1_000, availableBitrate: Math.min(carried, Math.max(2 * sent, 100_000)), limited, ...more });
    if (change) changes.push({ second, step: change.step });
  }
  return changes;
}

describe('the steps', () => {
  it('each take less than the one before, and the last nothing', () => {
    const rates = uplinkSteps.map(bitrateOf);
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
    expect(rates.at(-1)).toBe(0);
    expect(rates.at(-2)).toBeLessThan(100_000);
  });
});

describe('the ladder', () => {
  it('stays where it is on a good path', () => {
    expect(drive(new UplinkLadder(1_000_000), () => 2_000, 3_600)).toEqual([]);
  });

  it('goes down within seconds when the path gets thin, and does not bounce', () => {
    const ladder = new UplinkLadder(1_000_000);
    const changes = drive(ladder, () => 100, 28);
    expect(changes[0]?.second).toBeLessThanOrEqual(6);
    expect(ladder.step).toBe(3);
    expect(changes.map(({ step }) => step)).toEqual(changes.map(({ step }) => step).toSorted((a, b) => a - b));
  });

  it('ends with nothing on a path that carries nothing, and comes back by itself', () => {
    const ladder = new UplinkLadder(1_000_000);
    drive(ladder, () => 20, 120, 0, { fractionLost: 0.4 });
    expect(ladder.step).toBe(uplinkSteps.length - 1);
    drive(ladder, () => 2_000, 600, 120);
    expect(ladder.step).toBe(0);
  });

  it('goes on sending the least where nothing is kept, and does so at once when keeping stops', () => {
    const ladder = new UplinkLadder(1_000_000);
    const lossy = { fractionLost: 0.4 };
    drive(ladder, () => 20, 120, 0, { ...lossy, kept: false });
    expect(ladder.step).toBe(uplinkSteps.length - 2);
    drive(ladder, () => 20, 20, 120, lossy);
    expect(ladder.step).toBe(uplinkSteps.length - 1);
    expect(drive(ladder, () => 20, 20, 140, { ...lossy, kept: false })).toEqual([{ second: 140, step: uplinkSteps.length - 2 }]);
  });

  it('sends at least something under any cap', () => {
    expect(new UplinkLadder(60_000).step).toBe(uplinkSteps.length - 2);
  });

  it('does not swing on a path between two steps: tries are ever rarer', () => {
    const ladder = new UplinkLadder(1_000_000);
    const changes = drive(ladder, () => 150, 3_600);
    expect(changes.length).toBeLessThan(40);
    const late = changes.filter(({ second }) => second > 1_800);
    expect(late.length).toBeLessThan(16);
    for (let i = 1; i < late.length; i += 2) expect(late[i]!.second - late[i - 1]!.second).toBeGreaterThanOrEqual(4);
  });

  it('goes up one step at a time', () => {
    const ladder = new UplinkLadder(1_000_000);
    drive(ladder, () => 80, 60);
    const from = ladder.step;
    const changes = drive(ladder, () => 2_000, 300, 60);
    expect(changes.map(({ step }) => step)).toEqual(Array.from({ length: from }, (_, i) => from - 1 - i));
    for (let i = 1; i < changes.length; i += 1) expect(changes[i]!.second - changes[i - 1]!.second).toBeGreaterThanOrEqual(30);
  });

  it('first holds pieces back, and gives way itself when that does not help within seconds', () => {
    const ladder = new UplinkLadder(1_000_000);
    const thin = { ...calm, availableBitrate: 100_000, limited: true };
    expect(ladder.observe({ ...thin, atMs: 0 })).toBeUndefined();
    expect(ladder.spare.paused).toBe(true);
    expect(ladder.observe({ ...thin, atMs: 2_000 })).toBeUndefined();
    expect(ladder.observe({ ...thin, atMs: 4_000 })).toMatchObject({ step: 3 });
    expect(ladder.spare.paused).toBe(true);
    ladder.observe({ ...calm, atMs: 6_000 });
    expect(ladder.spare.paused).toBe(false);
  });

  it('keeps to the cap, and to low-data mode', () => {
    expect(new UplinkLadder(1_000_000).step).toBe(0);
    expect(new UplinkLadder(150_000).step).toBe(2);
    expect(new UplinkLadder(1_000_000, 2).step).toBe(2);
    const ladder = new UplinkLadder(150_000);
    drive(ladder, () => 2_000, 3_600);
    expect(ladder.step).toBe(2);
  });

  it('takes loss and slow answers for trouble in browsers without an estimate', () => {
    for (const sign of [{ fractionLost: 0.3 }, { roundTripMs: 4_000 }, { limited: true }]) {
      const ladder = new UplinkLadder(1_000_000);
      for (let second = 0; second <= 6; second += 2) ladder.observe({ ...calm, availableBitrate: undefined, ...sign, atMs: second * 1_000 });
      expect(ladder.step).toBe(1);
    }
  });

  it('does not take 5 % of loss for trouble: what is lost is sent again', () => {
    expect(drive(new UplinkLadder(1_000_000), () => 2_000, 600, 0, { fractionLost: 0.05 })).toEqual([]);
  });
});
