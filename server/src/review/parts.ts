import type { SegmentDocument } from '@vigil/protocol';
import { union, uncovered, type Interval } from '../attempts/intervals.js';

type Segment = Pick<SegmentDocument, 'startMs' | 'durationMs' | 'gaps' | 'backfill'>;

/** A part of a segment that is to be shown. */
export interface Part<S extends Segment = Segment> extends Interval {
  segment: S;
}

/** A later piece is shown where the live recording misses at least this much, ms. */
const smallestMs = 200;

const spanOf = ({ startMs, durationMs }: Segment): Interval => ({ startMs, endMs: startMs + durationMs });

/**
 * What of each segment of a track a player shows, in order of time and without overlaps: the live recording, and in its holes
 * what came later. A later piece is shown from its beginning, since only there it has a key frame; after it the live segment
 * goes on, where capture found its next key frame.
 */
export function partsOf<S extends Segment>(segments: readonly S[]): Part<S>[] {
  const live = segments.filter(({ backfill }) => !backfill).sort((a, b) => a.startMs - b.startMs);
  const holesInside = union(live.flatMap(({ gaps }) => gaps));
  const good = live.flatMap((segment) => uncovered(spanOf(segment), holesInside));
  const later: Part<S>[] = [];
  for (const segment of segments.filter(({ backfill }) => backfill).sort((a, b) => a.startMs - b.startMs)) {
    const span = spanOf(segment);
    const useful = uncovered(span, [...good, ...later]).filter(({ startMs, endMs }) => endMs - startMs >= smallestMs);
    const last = useful.at(-1);
    if (!last) continue;
    const previous = later.at(-1);
    // It may begin inside the piece before it, whose end then gives way.
    if (previous && previous.endMs > span.startMs) previous.endMs = span.startMs;
    later.push({ segment, startMs: span.startMs, endMs: last.endMs });
  }
  const shown = later.filter(({ startMs, endMs }) => endMs > startMs);
  const around = live.flatMap((segment) => uncovered(spanOf(segment), shown).map((part) => ({ segment, ...part })));
  return [...around, ...shown].sort((a, b) => a.startMs - b.startMs);
}
