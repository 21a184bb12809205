import { expect, test } from 'vitest';
import { follow, type Following } from './follow.js';

const inStep: Following = {
  positionMs: 10_000,
  currentMs: 10_000,
  rate: 1,
  playing: true,
  sought: false,
  connected: true,
  lastRate: 1,
};
const rateOf = (change: Partial<Following>): number => {
  const step = follow({ ...inStep, ...change });
  return 'rate' in step ? step.rate : NaN;
};

test('in step it plays at the clock’s rate', () => {
  expect(follow(inStep)).toEqual({ rate: 1 });
  expect(rateOf({ currentMs: 10_015 })).toBe(1);
});

test('a small drift is nudged, against its direction, and harder when larger', () => {
  expect(rateOf({ currentMs: 10_050 })).toBeLessThan(1);
  expect(rateOf({ currentMs: 9_970 })).toBeGreaterThan(1);
  expect(rateOf({ currentMs: 9_850 })).toBeGreaterThan(rateOf({ currentMs: 9_970 }));
});

test('a nudge goes on until the drift is nearly gone', () => {
  expect(rateOf({ currentMs: 9_990, lastRate: 1.06 })).toBeGreaterThan(1);
  expect(rateOf({ currentMs: 9_998, lastRate: 1.06 })).toBe(1);
});

test('far ahead it jumps back, behind it hurries, far behind it jumps; what is far grows with the rate', () => {
  expect(follow({ ...inStep, currentMs: 10_300 })).toEqual({ jumpTo: 10_000 });
  expect(rateOf({ currentMs: 9_700 })).toBe(2);
  expect(follow({ ...inStep, currentMs: 7_500 })).toEqual({ jumpTo: 10_000 });
  expect(rateOf({ currentMs: 9_700, rate: 8, lastRate: 8 })).toBeLessThan(9);
});

test('after a seek it jumps at once, however near and in either direction', () => {
  for (const currentMs of [5_500, 9_700, 9_900, 10_200])
    expect(follow({ ...inStep, sought: true, currentMs })).toEqual({ jumpTo: 10_000 });
});

test('a paused pane shows the exact place', () => {
  expect(follow({ ...inStep, playing: false, currentMs: 9_950 })).toEqual({ jumpTo: 10_000 });
});

test('a hole between picture and clock is jumped', () => {
  expect(follow({ ...inStep, currentMs: 9_990, connected: false })).toEqual({ jumpTo: 10_000 });
});
