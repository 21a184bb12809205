/** A place in a frame, in its pixels. */
export interface Point {
  x: number;
  y: number;
}

/** A rectangle in a frame: its upper left corner and its size, in the frame's pixels. */
export interface Box extends Point {
  width: number;
  height: number;
}

/** The middle of a box. */
export const centreOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });

/** Overlap of two boxes as a part of both together, 0 to 1. */
export function overlap(a: Box, b: Box): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const common = Math.max(0, across) * Math.max(0, down);
  return common / (a.width * a.height + b.width * b.height - common || 1);
}

/** Keeps the best of things with the same label whose boxes overlap by more than `limit`, best first. */
export function withoutOverlaps<T extends { score: number; box: Box; label?: string }>(things: readonly T[], limit: number): T[] {
  const kept: T[] = [];
  for (const thing of [...things].sort((a, b) => b.score - a.score))
    if (kept.every((other) => other.label !== thing.label || overlap(thing.box, other.box) <= limit)) kept.push(thing);
  return kept;
}
