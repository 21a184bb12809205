import type { Coverage } from './gaps.js';
import { gapsBySource, gapsOf, missingSeconds } from './gaps.js';
import { totalMs, union } from './intervals.js';

/** A hole that is shorter than this makes a record no less complete, ms: sources need a moment to start. */
const holeMs = 2_000;
/**
 * Nor do several such holes of a source that are together no longer than this, ms: a hundredth of the attempt, but at least a
 * moment at its start and one at its end (of each part, where it was opened again), and at most what is still too little for anything to have happened unseen.
 */
const togetherMs = (windowMs: number, parts: number): number => Math.min(10_000, Math.max(2 * parts * holeMs, windowMs / 100));

/** Seconds in which a record lacks anything, by all sources together; 0 when it lacks so little that it is complete. */
export function lackingSeconds(coverage: Coverage): number {
  const { window: whole, pauses = [] } = coverage;
  const windowMs = whole.endMs - whole.startMs - totalMs(pauses);
  const gaps = gapsOf(coverage);
  const lacks = [...gapsBySource(gaps).values()].some((own) => {
    const holes = union(own);
    return totalMs(holes) > togetherMs(windowMs, pauses.length + 1) || holes.some((hole) => hole.endMs - hole.startMs >= holeMs);
  });
  return lacks ? missingSeconds(gaps) : 0;
}
