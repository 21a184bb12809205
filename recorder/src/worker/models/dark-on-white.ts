import type { GreyPicture } from '../media/frame.js';

/** Pixels along a side of the parts that are looked at as one: about a small letter. */
const cell = 8;
/** What is darker is dark, of 255. */
const middle = 128;
/** Around a part, in parts: a line of text, and a heading or a paragraph. */
const windows = { line: { across: 17, down: 3 }, block: { across: 33, down: 11 } };
/** Where so much of a window is dark, it is the ground: black letters, however thick, cover less of theirs. */
const groundShare = 0.6;

/**
 * A screen as Tesseract reads it best: dark letters on white paper, also where they are light on dark, or on a grey bar. Letters may be of any
 * size: what is inside of thick ones is no ground.
 */
export function darkOnWhite({ width, height, data }: GreyPicture): Uint8Array {
  const grid = { columns: Math.ceil(width / cell), rows: Math.ceil(height / cell) };
  const ground = groundOf(darkShares({ width, height, data }, grid), grid);
  const light = new Uint8Array(data.length);
  /** The lightest pixel of each part: its paper, but inside of thick letters. */
  const lightest = new Uint8Array(ground.length);
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0, row = Math.floor(y / cell) * grid.columns; x < width; x++, pixel++) {
      const at = row + Math.floor(x / cell);
      const value = ground[at] ? 255 - (data[pixel] ?? 0) : (data[pixel] ?? 0);
      light[pixel] = value;
      if (value > (lightest[at] ?? 0)) lightest[at] = value;
    }
  const papers = papersOf(lightest, grid);
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0, row = Math.floor(y / cell) * grid.columns; x < width; x++, pixel++)
      light[pixel] = Math.min(255, ((light[pixel] ?? 0) * 255) / (papers[row + Math.floor(x / cell)] ?? 255));
  return light;
}

interface Grid {
  columns: number;
  rows: number;
}

/** How much of each part is dark, 0 to 1. */
function darkShares({ width, height, data }: GreyPicture, { columns, rows }: Grid): Float32Array {
  const dark = new Float32Array(columns * rows);
  const total = new Float32Array(columns * rows);
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0, row = Math.floor(y / cell) * columns; x < width; x++, pixel++) {
      const at = row + Math.floor(x / cell);
      total[at] = (total[at] ?? 0) + 1;
      if ((data[pixel] ?? 0) < middle) dark[at] = (dark[at] ?? 0) + 1;
    }
  return dark.map((count, at) => count / (total[at] ?? 1));
}

/** Which parts are a dark ground: where most of a line or a block is dark, and what is dark beside that. */
function groundOf(dark: Float32Array, { columns, rows }: Grid): Uint8Array {
  const sums = sumsOf(dark, columns, rows);
  const ground = new Uint8Array(dark.length);
  const found: number[] = [];
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at++)
      if (Object.values(windows).some((window) => meanIn(sums, { columns, rows }, column, row, window) > groundShare)) {
        ground[at] = 1;
        found.push(at);
      }
  for (let at = found.pop(); at !== undefined; at = found.pop()) {
    const column = at % columns;
    for (const next of [column > 0 ? at - 1 : -1, column + 1 < columns ? at + 1 : -1, at - columns, at + columns])
      if (ground[next] === 0 && (dark[next] ?? 0) > 0.5) {
        ground[next] = 1;
        found.push(next);
      }
  }
  return ground;
}

/** The paper of each part: the median of the lightest pixels along its line. */
function papersOf(lightest: Uint8Array, { columns, rows }: Grid): Uint8Array {
  const papers = new Uint8Array(lightest.length);
  const counts = new Uint32Array(256);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at++) {
      counts.fill(0);
      const { left, right, top, bottom } = around(column, row, { columns, rows }, windows.line);
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) {
          const value = lightest[y * columns + x] ?? 0;
          counts[value] = (counts[value] ?? 0) + 1;
        }
      let value = 0;
      for (let seen = counts[0] ?? 0, half = ((right - left) * (bottom - top)) >> 1; seen <= half; seen += counts[value] ?? 0) value++;
      papers[at] = Math.max(middle, value);
    }
  return papers;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const around = (column: number, row: number, { columns, rows }: Grid, { across, down }: { across: number; down: number }): Box => ({
  left: Math.max(0, column - (across >> 1)),
  right: Math.min(columns, column + (across >> 1) + 1),
  top: Math.max(0, row - (down >> 1)),
  bottom: Math.min(rows, row + (down >> 1) + 1),
});

/** Summed-area table (Crow 1984), a row and a column larger than the grid. */
function sumsOf(values: Float32Array, columns: number, rows: number): Float64Array {
  const sums = new Float64Array((columns + 1) * (rows + 1));
  for (let row = 0; row < rows; row++)
    for (let column = 0, sum = 0; column < columns; column++) {
      sum += values[row * columns + column] ?? 0;
      sums[(row + 1) * (columns + 1) + column + 1] = (sums[row * (columns + 1) + column + 1] ?? 0) + sum;
    }
  return sums;
}

function meanIn(sums: Float64Array, grid: Grid, column: number, row: number, window: { across: number; down: number }): number {
  const { left, right, top, bottom } = around(column, row, grid, window);
  const at = (x: number, y: number): number => sums[y * (grid.columns + 1) + x] ?? 0;
  return (at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top)) / ((right - left) * (bottom - top));
}
