import type { Frame } from './frame.js';

/**
 * Where a point of the output comes from: output (u, v) is input (a·u + b·v + c, d·u + e·v + f).
 * Pixels are counted from the middle of the first one.
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const applyAffine = ([a, b, c, d, e, f]: Affine, u: number, v: number): [x: number, y: number] => [
  a * u + b * v + c,
  d * u + e * v + f,
];

/** How a byte becomes a number for a model: `byte * scale + offset`; `fill` is the byte outside of the frame. */
export interface Normalisation {
  scale: number;
  offset: number;
  fill: number;
}

/** Cuts a `size` × `size` picture out of a frame, bilinear, as rows of RGB floats. */
export function cutOut(frame: Frame, size: number, affine: Affine, { scale, offset, fill }: Normalisation): Float32Array {
  const { data, width, height } = frame;
  const out = new Float32Array(size * size * 3).fill(fill * scale + offset);
  for (let v = 0, to = 0; v < size; v++)
    for (let u = 0; u < size; u++, to += 3) {
      const [x, y] = applyAffine(affine, u, v);
      const column = Math.floor(x);
      const row = Math.floor(y);
      if (column < -1 || row < -1 || column >= width || row >= height) continue;
      const right = x - column;
      const below = y - row;
      // At the frame's edge the last pixel is used twice.
      const x0 = Math.max(0, column);
      const x1 = Math.min(width - 1, column + 1);
      const top = Math.max(0, row) * width;
      const bottom = Math.min(height - 1, row + 1) * width;
      for (let channel = 0; channel < 3; channel++) {
        const value =
          ((data[(top + x0) * 3 + channel] ?? 0) * (1 - right) + (data[(top + x1) * 3 + channel] ?? 0) * right) * (1 - below) +
          ((data[(bottom + x0) * 3 + channel] ?? 0) * (1 - right) + (data[(bottom + x1) * 3 + channel] ?? 0) * right) * below;
        out[to + channel] = value * scale + offset;
      }
    }
  return out;
}
