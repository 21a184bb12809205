import { expect, it } from 'vitest';
import { Look } from './look.js';
import { Pace } from './pace.js';

/** Shows a picture of 64×48 five times a second, of which a corner has the brightness that `cornerAt` says; gives the seconds that are looked at. */
function secondsOf(seconds: number, cornerAt: (second: number) => number, then: (look: Look) => void = () => undefined): number[] {
  const pace = new Pace();
  const due: number[] = [];
  for (let at = 0; at < seconds * 5; at++) {
    const luma = Uint8Array.from({ length: 64 * 48 }, (_, pixel) => (pixel % 64 < 8 && pixel < 8 * 64 ? cornerAt(Math.floor(at / 5)) : 100));
    const look = new Look({ timeMs: at * 200, width: 64, height: 48, data: new Uint8Array(), luma }, () => Promise.reject(new Error('no faces')), undefined, pace);
    if (!look.isDue) continue;
    due.push(at / 5);
    then(look);
  }
  return due;
}

it('every other second is looked at while nothing moves, and a second in which a part of the picture changes', () => {
  expect(secondsOf(8, () => 100)).toEqual([0, 2, 4, 6]);
  expect(secondsOf(8, (second) => (second < 3 ? 100 : 140))).toEqual([0, 2, 3, 5, 7]);
  expect(secondsOf(6, (second) => second * 20)).toEqual([0, 1, 2, 3, 4, 5]);
});

it('no second is left out for some time after something happened', () => {
  expect(secondsOf(12, () => 100, (look) => look.timeMs === 2_000 && look.hurry())).toEqual([0, 2, 3, 4, 5, 6, 8, 10]);
});

it('what was left out can be looked at after all', () => {
  const leftOut: (number | undefined)[] = [];
  secondsOf(5, (second) => (second < 3 ? 100 : 140), (look) => leftOut.push(look.leftOut?.timeMs));
  expect(leftOut).toEqual([undefined, 1_000, undefined]);
});
