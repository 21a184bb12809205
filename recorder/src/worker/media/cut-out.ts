import type { Affine } from './affine.js';
import type { Frame } from './frame.js';

type Channels = readonly [red: number, green: number, blue: number];

/** How bytes become the numbers that a model takes: `byte * scale + offset`, the same for all channels or one for each. */
export interface Normalisation {
  scale: number | Channels;
  offset: number | Channels;
  /** The byte outside of the frame. */
  fill: number;
  /** `rgb` (what is taken if it is left out): red, green, blue of one pixel after the other; `bgr-planes`: all of blue, then green, then red. */
  order?: 'rgb' | 'bgr-planes';
}

/** What was cut out before and is done with, one of each length: the next one is drawn over it, or collecting garbage would cost much. */
const spare = new Map<number, Float32Array>();

/** Nobody reads these numbers any more. */
export function giveBack(numbers: Float32Array): void {
  spare.set(numbers.length, numbers);
}

function takeSpare(length: number): Float32Array {
  const numbers = spare.get(length) ?? new Float32Array(length);
  spare.delete(length);
  return numbers;
}

/** Cuts a `size` × `size` picture out of a frame, bilinear, as floats. */
export function cutOut(frame: Frame, size: number, affine: Affine, normalisation: Normalisation): Float32Array {
  const canvas = canvasOf(size, normalisation);
  const [, b, , d] = affine;
  // Not turned: what is to be mixed is the same in all rows and in all columns, and is worked out once.
  if (b === 0 && d === 0) drawLevel(canvas, frame, affine);
  else drawTurned(canvas, frame, affine);
  return canvas.numbers;
}

/** What is drawn on, filled with what is outside of the frame. */
interface Canvas {
  size: number;
  numbers: Float32Array;
  /** From one pixel to the next, and to its red, green and blue. */
  step: number;
  starts: Int32Array;
  scales: Float64Array;
  offsets: Float64Array;
}

function canvasOf(size: number, { scale, offset, fill, order = 'rgb' }: Normalisation): Canvas {
  const plane = size * size;
  const numbers = takeSpare(plane * 3);
  const step = order === 'rgb' ? 3 : 1;
  const starts = Int32Array.from(order === 'rgb' ? [0, 1, 2] : [2 * plane, plane, 0]);
  const scales = Float64Array.from(typeof scale === 'number' ? [scale, scale, scale] : scale);
  const offsets = Float64Array.from(typeof offset === 'number' ? [offset, offset, offset] : offset);
  const [red = 0, green = 0, blue = 0] = scales.map((each, channel) => fill * each + (offsets[channel] ?? 0));
  if (step === 1) numbers.fill(blue, 0, plane).fill(green, plane, 2 * plane).fill(red, 2 * plane);
  else if (red === green && red === blue) numbers.fill(red);
  else for (let at = 0; at < numbers.length; at += step) numbers.set([red, green, blue], at);
  return { size, numbers, step, starts, scales, offsets };
}

/** Which two columns, or rows, of the frame are mixed for each one of the output. */
interface Mixture {
  /** Those of the output that are in the frame: from `from` to before `to`. */
  from: number;
  to: number;
  /** Where the two begin in the frame's data. */
  first: Int32Array;
  second: Int32Array;
  /** The second one's part, 0 to 1. */
  part: Float64Array;
}

/** Of `length` columns or rows, which are `bytes` apart. */
function mixture(size: number, scale: number, shift: number, length: number, bytes: number): Mixture {
  const first = new Int32Array(size);
  const second = new Int32Array(size);
  const part = new Float64Array(size);
  let from = size;
  let to = 0;
  for (let index = 0; index < size; index++) {
    const at = scale * index + shift;
    const before = Math.floor(at);
    if (before < -1 || before >= length) continue;
    from = Math.min(from, index);
    to = index + 1;
    // At the frame's edge the last pixel is used twice.
    first[index] = Math.max(0, before) * bytes;
    second[index] = Math.min(length - 1, before + 1) * bytes;
    part[index] = at - before;
  }
  return { from, to, first, second, part };
}

/** What the four bytes at `p`, `q` and, below them, `r`, `s` give at a point between them. */
const mixed = (data: Uint8Array, p: number, q: number, r: number, s: number, right: number, below: number): number =>
  ((data[p] ?? 0) * (1 - right) + (data[q] ?? 0) * right) * (1 - below) +
  ((data[r] ?? 0) * (1 - right) + (data[s] ?? 0) * right) * below;

function drawLevel(canvas: Canvas, { data, width, height }: Frame, [a, , c, , e, f]: Affine): void {
  const { numbers, size, step } = canvas;
  // Constants of their own: read out of the arrays for each pixel they would take half as long again.
  const [toRed = 0, toGreen = 0, toBlue = 0] = canvas.starts;
  const [redScale = 0, greenScale = 0, blueScale = 0] = canvas.scales;
  const [redOffset = 0, greenOffset = 0, blueOffset = 0] = canvas.offsets;
  const { from, to, first, second, part } = mixture(size, a, c, width, 3);
  const rows = mixture(size, e, f, height, width * 3);
  for (let v = rows.from; v < rows.to; v++) {
    const top = rows.first[v] ?? 0;
    const bottom = rows.second[v] ?? 0;
    const below = rows.part[v] ?? 0;
    for (let u = from, at = (v * size + from) * step; u < to; u++, at += step) {
      const right = part[u] ?? 0;
      const x0 = first[u] ?? 0;
      const x1 = second[u] ?? 0;
      const p = top + x0;
      const q = top + x1;
      const r = bottom + x0;
      const s = bottom + x1;
      numbers[at + toRed] = mixed(data, p, q, r, s, right, below) * redScale + redOffset;
      numbers[at + toGreen] = mixed(data, p + 1, q + 1, r + 1, s + 1, right, below) * greenScale + greenOffset;
      numbers[at + toBlue] = mixed(data, p + 2, q + 2, r + 2, s + 2, right, below) * blueScale + blueOffset;
    }
  }
}

function drawTurned(canvas: Canvas, { data, width, height }: Frame, [a, b, c, d, e, f]: Affine): void {
  const { numbers, size, step } = canvas;
  const [toRed = 0, toGreen = 0, toBlue = 0] = canvas.starts;
  const [redScale = 0, greenScale = 0, blueScale = 0] = canvas.scales;
  const [redOffset = 0, greenOffset = 0, blueOffset = 0] = canvas.offsets;
  for (let v = 0, at = 0; v < size; v++)
    for (let u = 0; u < size; u++, at += step) {
      const x = a * u + b * v + c;
      const y = d * u + e * v + f;
      const column = Math.floor(x);
      const row = Math.floor(y);
      if (column < -1 || row < -1 || column >= width || row >= height) continue;
      const right = x - column;
      const below = y - row;
      const x0 = Math.max(0, column);
      const x1 = Math.min(width - 1, column + 1);
      const top = Math.max(0, row) * width;
      const bottom = Math.min(height - 1, row + 1) * width;
      const p = (top + x0) * 3;
      const q = (top + x1) * 3;
      const r = (bottom + x0) * 3;
      const s = (bottom + x1) * 3;
      numbers[at + toRed] = mixed(data, p, q, r, s, right, below) * redScale + redOffset;
      numbers[at + toGreen] = mixed(data, p + 1, q + 1, r + 1, s + 1, right, below) * greenScale + greenOffset;
      numbers[at + toBlue] = mixed(data, p + 2, q + 2, r + 2, s + 2, right, below) * blueScale + blueOffset;
    }
}
