import { describe, expect, it } from 'vitest';
import { darkOnWhite } from './dark-on-white.js';

const [width, height] = [640, 240];
type Box = readonly [left: number, top: number, right: number, bottom: number, brightness: number];

/** A page with boxes on it, and what becomes of single pixels. */
function made(paper: number, boxes: readonly Box[]): (x: number, y: number) => number {
  const data = new Uint8Array(width * height).fill(paper);
  for (const [left, top, right, bottom, brightness] of boxes) for (let y = top; y < bottom; y++) data.fill(brightness, y * width + left, y * width + right);
  const out = darkOnWhite({ width, height, data });
  return (x, y) => out[y * width + x] ?? -1;
}
/** An H of this height, with strokes as thick as a bold font's. */
const letter = (left: number, top: number, size: number, ink: number): Box[] => {
  const stroke = Math.round(size / 5);
  return [[left, top, left + stroke, top + size, ink], [left + size - stroke, top, left + size, top + size, ink], [left, top + size / 2, left + size, top + size / 2 + stroke, ink]];
};
const word = (left: number, top: number, size: number, ink: number): Box[] => [0, 1, 2, 3].flatMap((at) => letter(left + at * size * 1.2, top, size, ink));

describe('dark letters on white paper', () => {
  it.each([12, 32, 64, 100])('stay so, %d pixels high', (size) => {
    const at = made(250, word(40, 60, size, 10));
    expect(at(41, 61)).toBeLessThan(40);
    expect(at(40 + size / 2, 62)).toBeGreaterThan(240);
    expect(at(600, 200)).toBe(255);
  });

  it.each([12, 32, 64])('come of light ones on dark, %d pixels high', (size) => {
    const at = made(20, word(40, 60, size, 240));
    expect(at(41, 61)).toBeLessThan(40);
    expect(at(40 + size / 2, 62)).toBeGreaterThan(215);
  });

  it('come of light ones on a dark bar over a white page', () => {
    const at = made(255, [[0, 40, width, 80, 30], ...word(40, 52, 14, 230), ...word(40, 140, 14, 20)]);
    expect(at(41, 53)).toBeLessThan(60);
    expect(at(300, 60)).toBeGreaterThan(215);
    expect(at(41, 141)).toBeLessThan(60);
  });

  it('come of dark ones on a grey bar', () => {
    const at = made(255, [[0, 0, width, 60, 205], ...word(40, 20, 14, 30)]);
    expect(at(41, 21)).toBeLessThan(60);
    expect(at(300, 30)).toBe(255);
  });
});
