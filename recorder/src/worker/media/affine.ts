import type { Box, Point } from './box.js';

/**
 * Where a point of the output comes from: output (u, v) is input (a·u + b·v + c, d·u + e·v + f).
 * Pixels are counted from the middle of the first one.
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const applyAffine = ([a, b, c, d, e, f]: Affine, u: number, v: number): [x: number, y: number] => [
  a * u + b * v + c,
  d * u + e * v + f,
];

/** A square of the frame around `centre`, as `size` × `size` pixels of `scale` pixels of the frame each, turned by `angle` (radians). */
export function turnedSquare(centre: Point, scale: number, angle: number, size: number, mirrored = false): Affine {
  const cos = scale * Math.cos(angle);
  const sin = scale * Math.sin(angle);
  const side = mirrored ? -1 : 1;
  const half = size / 2;
  return [side * cos, -sin, centre.x - half * (side * cos - sin), side * sin, cos, centre.y - half * (side * sin + cos)];
}

/** A box laid into a square of `size` × `size` pixels. */
export interface Letterbox {
  affine: Affine;
  /** Pixels of the frame for each pixel of the square. */
  scale: number;
  /** The square's upper left corner in the frame. */
  left: number;
  top: number;
}

/** The smallest square around a box; it shows what lies beside the box, too. */
export function letterbox(box: Box, size: number): Letterbox {
  const side = Math.max(box.width, box.height);
  const scale = side / size;
  const left = box.x + (box.width - side) / 2;
  const top = box.y + (box.height - side) / 2;
  const middle = scale / 2 - 0.5;
  return { affine: [scale, 0, left + middle, 0, scale, top + middle], scale, left, top };
}

/** The turn, scale and shift that bring the points of `output` nearest to those of `input` (least squares). */
export function similarity(output: readonly Point[], input: readonly Point[]): Affine {
  const from = meanOf(output);
  const to = meanOf(input);
  let along = 0;
  let across = 0;
  let squares = 0;
  for (const [index, point] of output.entries()) {
    const u = point.x - from.x;
    const v = point.y - from.y;
    const x = (input[index]?.x ?? to.x) - to.x;
    const y = (input[index]?.y ?? to.y) - to.y;
    along += u * x + v * y;
    across += u * y - v * x;
    squares += u * u + v * v;
  }
  const cos = along / (squares || 1);
  const sin = across / (squares || 1);
  return [cos, -sin, to.x - cos * from.x + sin * from.y, sin, cos, to.y - sin * from.x - cos * from.y];
}

/** The middle of points. */
export function meanOf(points: readonly Point[]): Point {
  const sum = points.reduce((all, { x, y }) => ({ x: all.x + x, y: all.y + y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
