import { lumaOf, type Frame } from '../media/frame.js';

const small = { width: 64, height: 48 };

/** A frame as a grey picture of 64×48, each pixel the mean of what it covers, sampled. */
export function signatureOf(frame: Frame): Float32Array {
  const { width, height } = frame;
  const luma = lumaOf(frame);
  const out = new Float32Array(small.width * small.height);
  const [across, down] = [width / small.width, height / small.height];
  // At most 4×4 samples of what a pixel covers.
  const [stepX, stepY] = [Math.max(1, Math.floor(across / 4)), Math.max(1, Math.floor(down / 4))];
  for (let row = 0; row < small.height; row++) {
    const [top, bottom] = [Math.floor(row * down), Math.floor((row + 1) * down)];
    for (let column = 0; column < small.width; column++) {
      const [left, right] = [Math.floor(column * across), Math.floor((column + 1) * across)];
      let sum = 0;
      let count = 0;
      for (let y = top; y < bottom; y += stepY)
        for (let at = y * width + left, end = y * width + right; at < end; at += stepX) {
          sum += luma[at] ?? 0;
          count++;
        }
      out[row * small.width + column] = count ? sum / count : 0;
    }
  }
  return out;
}

const part = 8;

/** How much the part of two signatures differs that differs most, of 255: the mean over its 8×8 pixels. */
export function partDifferenceOf(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let top = 0; top < small.height; top += part)
    for (let left = 0; left < small.width; left += part) {
      let sum = 0;
      for (let row = top; row < top + part; row++)
        for (let at = row * small.width + left, end = at + part; at < end; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
      most = Math.max(most, sum);
    }
  return most / (part * part);
}

/** How much two signatures differ, of 255: the mean over their pixels. */
export function differenceOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  return sum / a.length;
}
