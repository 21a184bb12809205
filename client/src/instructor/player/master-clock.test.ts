import { expect, test } from 'vitest';
import { MasterClock } from './master-clock.js';

function clockAt(limitMs = 60_000): { clock: MasterClock; pass: (ms: number) => void } {
  let now = 1_000;
  return { clock: new MasterClock(() => now, limitMs), pass: (ms) => void (now += ms) };
}

test('it runs at its rate only while playing', () => {
  const { clock, pass } = clockAt();
  pass(500);
  expect(clock.positionMs).toBe(0);
  clock.play();
  pass(500);
  clock.setRate(4);
  pass(500);
  expect(clock.positionMs).toBe(2_500);
  clock.pause();
  pass(500);
  expect(clock.positionMs).toBe(2_500);
});

test('a hold stops it and a release goes on from there', () => {
  const { clock, pass } = clockAt();
  clock.play();
  pass(1_000);
  clock.hold();
  pass(5_000);
  expect(clock.playing).toBe(true);
  expect(clock.positionMs).toBe(1_000);
  clock.release();
  pass(1_000);
  expect(clock.positionMs).toBe(2_000);
});

test('it stays inside the attempt', () => {
  const { clock, pass } = clockAt(10_000);
  clock.seek(-3);
  expect(clock.positionMs).toBe(0);
  clock.seek(9_000);
  clock.play();
  pass(5_000);
  expect(clock.positionMs).toBe(10_000);
  expect(clock.atEnd).toBe(true);
});

test('an attempt that grows lets the clock go on from the old end', () => {
  const { clock, pass } = clockAt(10_000);
  clock.seek(10_000);
  clock.play();
  pass(3_000);
  clock.setLimit(20_000);
  expect(clock.positionMs).toBe(10_000);
  pass(1_000);
  expect(clock.positionMs).toBe(11_000);
});
