import type { Coverage } from './gaps.js';
import { gapsBySource, gapsOf, missingSeconds } from './gaps.js';
import { totalMs, union } from './intervals.js';

/** A hole that is shorter than this makes a record no less complete, ms: sources need a moment to start. */
const holeMs = 2_000;
/**
 * Nor do several such holes of a source that are together no longer than this, ms: a hundredth of the attempt, but at least a
 * moment at its start and one at its end, and at most what is still too little for anything to have happened unseen.
 */
const togetherMs = (windowMs: number): number => Math.min(10_000, Math.max(2 * holeMs, windowMs / 100));

/** Seconds in which a record lacks anything, by all sources together; 0 when it lacks so little that it is complete. */
export function lackingSeconds(coverage: Coverage): number {
  const { startMs, endMs } = coverage.window;
  const gaps = gapsOf(coverage);
  const lacks = [...gapsBySource(gaps).values()].some((own) => {
    const holes = union(own);
    return totalMs(holes) > togetherMs(endMs - startMs) || holes.some((hole) => hole.endMs - hole.startMs >= holeMs);
  });
  return lacks ? missingSeconds(gaps) : 0;
}
