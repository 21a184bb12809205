import { describe, expect, it } from 'vitest';
import { codeRange, readPicture, stripCells } from './picture-code.js';

/** A grey picture with the strip of `value` at line `top`. */
function draw(value: number, width: number, height: number, top: number): Uint8Array {
  const picture = new Uint8Array(width * height).fill(90);
  const cells = stripCells(value);
  for (let y = 0; y < Math.floor(height / 6); y += 1)
    for (let x = 0; x < width; x += 1) {
      const cell = Math.floor(y / (height / 12)) * 20 + Math.floor((x / width) * 20);
      picture[(top + y) * width + x] = cells[cell] ? 200 : 30;
    }
  return picture;
}

describe('picture code', () => {
  it('reads back values at several sizes and heights', () => {
    for (const value of [0, 1, 4_711, 0xabcdef, codeRange - 1])
      for (const [width, height, top] of [[320, 240, 0], [640, 480, 200], [320, 180, 77]] as const)
        expect(readPicture(draw(value, width, height, top), width, height)).toBe(value);
  });

  it('says nothing where there is no strip, or one cell is wrong', () => {
    expect(readPicture(new Uint8Array(320 * 240).fill(0), 320, 240)).toBeNull();
    const picture = draw(4_711, 320, 240, 0);
    for (let y = 0; y < 20; y += 1) for (let x = 160; x < 176; x += 1) picture[y * 320 + x] = 230 - picture[y * 320 + x]!;
    expect(readPicture(picture, 320, 240)).toBeNull();
  });
});
