import { expect, test } from 'vitest';
import { DeathWatch } from './death-watch.js';

const node = (leaseMs: number) => ({ _id: 'a', url: '', sessions: 0, leaseUntil: new Date(leaseMs) });
/** What is dead at looks, each with its time, the node's lease, and since when one's own is in time. */
const looks = (...each: [nowMs: number, leaseMs: number, steadySinceMs?: number][]): number[] => {
  const watch = new DeathWatch(3_000);
  return each.map(([nowMs, leaseMs, steadySinceMs = 0]) => watch.look([node(leaseMs)], nowMs, steadySinceMs).length);
};

test.each<[string, [number, number, number?][], number[]]>([
  ['whose lease holds lives', [[9_000, 10_000], [9_999, 10_000]], [0, 0]],
  ['without a lease is dead at the second look', [[10_000, 10_000], [15_000, 10_000]], [0, 1]],
  ['had no time to renew between two looks', [[10_000, 10_000], [13_000, 10_000], [13_001, 10_000]], [0, 0, 1]],
  ['renewed in between', [[10_000, 10_000], [15_000, 21_000]], [0, 0]],
  ['renewed in between, and is without again', [[10_000, 10_000], [30_000, 21_000], [35_000, 21_000]], [0, 0, 1]],
  ['is not told by who is late as well', [[10_000, 10_000, Infinity], [15_000, 10_000], [20_000, 10_000]], [0, 0, 1]],
  ['is not told by who was late in between', [[10_000, 10_000], [15_000, 10_000, 12_000], [20_000, 10_000, 12_000]], [0, 0, 1]],
  ['is not told when the clock was set back', [[10_000, 10_000], [9_000, 10_000], [11_000, 10_000]], [0, 0, 0]],
])('a process %s', (_, each, dead) => {
  expect(looks(...each)).toEqual(dead);
});
