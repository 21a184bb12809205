import type { CoverageAnswer, Track } from '@vigil/protocol';

/** So little of a piece that is missing is not worth sending, ms: the clocks are not better than that. */
const toleranceMs = 200;

/** What to do with a piece. */
export type Verdict = 'keep' | 'delete' | 'send';

/** What a piece spans, server wall clock, ms. */
export interface Span {
  track: Track;
  startMs: number;
  endMs: number;
}

/**
 * What becomes of a piece, by what the server says is missing. What is not settled yet is kept until it is.
 * @param overAtMs end of the attempt, when it is over: nothing after it is wanted. Server wall clock, ms.
 */
export function verdictOn(piece: Span, answer: Pick<CoverageAnswer, 'tracks'>, overAtMs = Infinity): Verdict {
  const seen = answer.tracks.find(({ track }) => track === piece.track);
  if (!seen) return 'keep';
  const endMs = Math.min(piece.endMs, overAtMs);
  if (endMs > seen.settledToMs + toleranceMs) return 'keep';
  const lacks = seen.missing.some((gap) => Math.min(gap.endMs, endMs) - Math.max(gap.startMs, piece.startMs) > toleranceMs);
  return lacks ? 'send' : 'delete';
}
