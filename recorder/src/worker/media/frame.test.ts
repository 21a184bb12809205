import { expect, it } from 'vitest';
import { isBlack } from '../detectors/picture.js';
import { isBlackScreen } from '../detectors/screen-black.js';
import { brightnessOf, lumaOf, type Frame } from './frame.js';

/** 8×8, a grey for each pixel. */
const grey = (of: (column: number, row: number) => number): Frame => ({
  timeMs: 0,
  width: 8,
  height: 8,
  data: Uint8Array.from({ length: 192 }, (_, at) => of(Math.floor(at / 3) % 8, Math.floor(at / 24))),
});

it('brightness is the mean and the deviation', () => {
  expect(brightnessOf(grey(() => 100)).mean).toBeCloseTo(100);
  expect(brightnessOf(grey(() => 100)).deviation).toBeCloseTo(0);
  const halves = brightnessOf(grey((column) => (column < 4 ? 0 : 200)));
  expect(halves.mean).toBeCloseTo(100);
  expect(halves.deviation).toBeCloseTo(100);
  expect([...new Set(lumaOf(grey(() => 255)))]).toEqual([255]);
});

it('black is dark with nothing in it: a dark room with something bright, or a dark page with words, is not', () => {
  expect(isBlack(brightnessOf(grey(() => 6)))).toBe(true);
  expect(isBlack(brightnessOf(grey(() => 40)))).toBe(false);
  expect(isBlack(brightnessOf(grey((column, row) => (column === 0 && row === 0 ? 255 : 0))))).toBe(false);
  expect(isBlackScreen(brightnessOf(grey(() => 2)))).toBe(true);
  expect(isBlackScreen(brightnessOf(grey((column) => (column === 2 ? 60 : 0))))).toBe(false);
});
