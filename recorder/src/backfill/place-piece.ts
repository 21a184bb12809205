import type { Source } from '@vigil/protocol';
import { heldBy, sourcesIn, type Stretch } from './held.js';
import type { Frame, Piece } from './open-piece.js';

/** A stretch in which a source is not in the record. */
export interface Hole extends Stretch {
  source: Source;
}

/** The frames of a piece that go into the record as one segment. */
export interface Placed extends Stretch {
  frames: Frame[];
}

/** What is missing for less than this nobody misses, and clocks differ by as much, ms. */
export const smallestMs = 200;

const cut = (a: Stretch, b: Stretch): Stretch => ({ startMs: Math.max(a.startMs, b.startMs), endMs: Math.min(a.endMs, b.endMs) });
const counts = ({ startMs, endMs }: Stretch): boolean => endMs - startMs >= smallestMs;

/** The holes in the time of a piece, of sources that it has at all. */
export function holesUnder<H extends Hole>(piece: Piece, missing: readonly H[]): H[] {
  const sources = sourcesIn(piece.track, piece.frames);
  return missing.filter((hole) => sources.includes(hole.source) && counts(cut(hole, piece)));
}

/**
 * Cuts a piece to what is missing and what it shows. A picture can begin only with a key frame, so that what is placed may begin
 * some seconds before the hole; it ends with the hole.
 * @param missing of its track; server wall clock, ms.
 * @returns in order of time, none overlapping another, each beginning with a key frame if it has pictures at all.
 */
export function placePiece(piece: Piece, missing: readonly Hole[]): Placed[] {
  const held = new Map(sourcesIn(piece.track, piece.frames).map((source) => [source, heldBy(source, piece.frames, piece)]));
  const filled = missing
    .flatMap((hole) => (held.get(hole.source) ?? []).map((stretch) => cut(hole, stretch)))
    .filter(counts)
    .sort((a, b) => a.startMs - b.startMs);
  const runs: Stretch[] = [];
  for (const { startMs: fromMs, endMs } of filled) {
    const key = piece.frames.findLast(({ kind, timeMs }) => kind === 'key' && timeMs <= fromMs);
    const startMs = key?.timeMs ?? fromMs;
    const last = runs.at(-1);
    if (last && startMs < last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else runs.push({ startMs, endMs });
  }
  return runs.flatMap(({ startMs, endMs }): Placed[] => {
    const frames = piece.frames.filter(({ timeMs }) => timeMs >= startMs && timeMs < endMs);
    return frames[0] ? [{ startMs: frames[0].timeMs, endMs, frames }] : [];
  });
}
