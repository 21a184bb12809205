import type { Frame, Piece } from './open-piece.js';

/** A stretch of time, server wall clock, ms. */
export interface Stretch {
  startMs: number;
  endMs: number;
}

/** The frames of a piece that go into the record as one segment. */
export interface Placed extends Stretch {
  frames: Frame[];
}

/** What is missing for less than this nobody misses, and clocks differ by as much, ms. */
export const smallestMs = 200;

/**
 * Cuts a piece to what is missing. A picture can begin only with a key frame, so that what is placed may begin some seconds
 * before the hole; it ends with the hole.
 * @param missing sorted, server wall clock, ms.
 * @returns in order of time, none overlapping another, each beginning with a key frame if it has pictures at all.
 */
export function placePiece(piece: Piece, missing: readonly Stretch[]): Placed[] {
  const runs: Stretch[] = [];
  for (const hole of missing) {
    const endMs = Math.min(hole.endMs, piece.endMs);
    const fromMs = Math.max(hole.startMs, piece.startMs);
    if (endMs - fromMs < smallestMs) continue;
    const key = piece.frames.findLast(({ kind, timeMs }) => kind === 'key' && timeMs <= fromMs);
    const startMs = key?.timeMs ?? fromMs;
    const last = runs.at(-1);
    if (last && startMs < last.endMs) last.endMs = endMs;
    else runs.push({ startMs, endMs });
  }
  return runs.flatMap(({ startMs, endMs }): Placed[] => {
    const inside = piece.frames.filter(({ timeMs }) => timeMs >= startMs && timeMs < endMs);
    const firstKey = inside.findIndex(({ kind }) => kind === 'key');
    // What builds on a picture that is not there does not decode.
    const frames = inside.filter(({ kind }, index) => kind !== 'delta' || (firstKey >= 0 && index > firstKey));
    return frames[0] ? [{ startMs: frames[0].timeMs, endMs, frames }] : [];
  });
}
