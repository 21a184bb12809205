import { expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.js';

/** More than there is ever room for, bytes. */
const tooMuch = 9_000_000;

function setUp() {
  let now = 1_000_000;
  let floods = 0;
  const budget = new ByteBudget(() => now, () => (floods += 1));
  const send = (packets: number, bytes: number): number => {
    let taken = 0;
    for (let sent = 0; sent < packets; sent += 1) if (budget.take(bytes)) taken += 1;
    return taken;
  };
  return { budget, send, wait: (ms: number) => (now += ms), floods: () => floods };
}

it('counts the work of a packet as 100 bytes: small packets are no way around it', () => {
  const { send, wait } = setUp();
  expect(send(100_000, 0)).toBe(80_000);
  wait(1_000);
  expect(send(100_000, 150)).toBe(1_000);
});

it('refusals that go on for 5 s are a flood, and nothing new begins for half a minute', () => {
  const { budget, send, wait, floods } = setUp();
  send(8_000, 900);
  for (let ms = 0; ms < 4_900; ms += 100) {
    expect(budget.take(tooMuch)).toBe(false);
    wait(100);
  }
  expect([floods(), budget.rests]).toEqual([0, false]);
  wait(100);
  budget.take(tooMuch);
  expect([floods(), budget.rests]).toEqual([1, true]);
  budget.take(tooMuch);
  wait(31_900);
  expect([floods(), budget.rests]).toEqual([1, true]);
  wait(100);
  expect(budget.rests).toBe(false);
});

it('a moment too much, again and again, is none', () => {
  const { budget, wait, floods } = setUp();
  for (let times = 0; times < 60; times += 1) {
    budget.take(tooMuch);
    wait(1_000);
  }
  expect(floods()).toBe(0);
});

it('a clock that is set makes no flood, and no rest without end', () => {
  const { budget, wait, floods } = setUp();
  const flood = (): void => {
    for (let ms = 0; ms <= 5_000; ms += 500) {
      budget.take(tooMuch);
      wait(500);
    }
  };
  budget.take(tooMuch);
  wait(3_600_000);
  budget.take(tooMuch);
  expect(floods()).toBe(0);
  wait(-3_600_000);
  flood();
  expect([floods(), budget.rests]).toEqual([1, true]);
  wait(-86_400_000);
  expect(budget.rests).toBe(false);
  flood();
  expect(floods()).toBe(2);
});
