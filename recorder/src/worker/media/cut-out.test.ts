import { describe, expect, it } from 'vitest';
import { applyAffine, letterbox, turnedSquare, type Affine } from './affine.js';
import { cutOut } from './cut-out.js';

/** 2×2: red, green / blue, white. */
const frame = { timeMs: 0, width: 2, height: 2, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255) };
const plain = { scale: 1, offset: 0, fill: 7 };

describe('cutOut', () => {
  it('copies a frame as it is', () => {
    expect([...cutOut(frame, 2, [1, 0, 0, 0, 1, 0], plain)]).toEqual([...frame.data]);
  });

  it('turns a frame: the output’s rows are the input’s columns', () => {
    expect([...cutOut(frame, 2, [0, 1, 0, 1, 0, 0], plain)]).toEqual([255, 0, 0, 0, 0, 255, 0, 255, 0, 255, 255, 255]);
  });

  it('mixes the four pixels around a point, and scales', () => {
    expect([...cutOut(frame, 1, [1, 0, 0.5, 0, 1, 0.5], { scale: 1 / 127.5, offset: -1, fill: 0 })]).toEqual([0, 0, 0]);
  });

  it('fills what is outside, at each side', () => {
    expect([...cutOut(frame, 1, [1, 0, 5, 0, 1, 5], plain)]).toEqual([7, 7, 7]);
    const around = cutOut(frame, 4, [1, 0, -1, 0, 1, -1], { ...plain, fill: 9 });
    // The frame's edge reaches one pixel out; what is right and below of it is outside.
    const isOutside = [0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((column) => row === 3 || column === 3));
    expect(isOutside.map((_, pixel) => [...around.subarray(pixel * 3, pixel * 3 + 3)].every((number) => number === 9))).toEqual(isOutside);
  });

  it('lays out planes of blue, green and red, each with its own scale', () => {
    const planes = cutOut(frame, 2, [1, 0, 0, 0, 1, 0], { scale: [1, 2, 3], offset: [0, 1, 2], fill: 0, order: 'bgr-planes' });
    expect([...planes]).toEqual([2, 2, 767, 767, 1, 511, 1, 511, 255, 0, 0, 255]);
    const outside = cutOut(frame, 1, [0, 1, 5, 1, 0, 5], { scale: [1, 2, 3], offset: [0, 1, 2], fill: 10, order: 'bgr-planes' });
    expect([...outside]).toEqual([32, 21, 10]);
  });

  const noise = { timeMs: 0, width: 23, height: 17, data: Uint8Array.from({ length: 23 * 17 * 3 }, (_, at) => (at * 7919) % 251) };
  it.each<[string, Affine]>([
    ['smaller', letterbox({ x: 0, y: 0, width: 23, height: 17 }, 11).affine],
    ['larger', letterbox({ x: 5, y: 3, width: 9, height: 6 }, 11).affine],
    ['mirrored', turnedSquare({ x: 20, y: 15 }, 1.3, 0, 11, true)],
    ['turned over the edge', turnedSquare({ x: 3, y: 14 }, 1.7, 0.6, 11)],
  ])('is the bilinear sample of each point: %s', (_, affine) => {
    const { data, width, height } = noise;
    const pixel = (x: number, y: number, channel: number): number =>
      data[(Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x))) * 3 + channel]!;
    const expected = Float32Array.from({ length: 11 * 11 * 3 }, (__, at) => {
      const channel = at % 3;
      const [x, y] = applyAffine(affine, Math.floor(at / 3) % 11, Math.floor(at / 33));
      const [column, row] = [Math.floor(x), Math.floor(y)];
      if (column < -1 || row < -1 || column >= width || row >= height) return plain.fill;
      const mix = (of: number): number => pixel(column, of, channel) * (1 - (x - column)) + pixel(column + 1, of, channel) * (x - column);
      return mix(row) * (1 - (y - row)) + mix(row + 1) * (y - row);
    });
    expect(cutOut(noise, 11, affine, plain)).toEqual(expected);
  });
});
