import type { SegmentDocument } from '@vigil/protocol';
import { holesIn, spanOf, union, type Interval } from '../attempts/intervals.js';

type Segment = Pick<SegmentDocument, 'startMs' | 'durationMs' | 'gaps' | 'backfill' | 'video' | 'audio'>;

/** A part of a segment that is to be shown. */
export interface Part<S extends Segment = Segment> extends Interval {
  segment: S;
}

/** A later piece is shown where the live recording misses at least this much, ms. */
const smallestMs = 200;

/**
 * What of each segment of a track a player shows, in order of time and without overlaps: the live recording, and in its holes
 * what came later, if it has what is missing there. A later piece is shown from its beginning, since only there it has a key
 * frame; after it the live segment goes on, where capture found its next key frame.
 */
export function partsOf<S extends Segment>(segments: readonly S[]): Part<S>[] {
  const live = segments.filter(({ backfill }) => !backfill).sort((a, b) => a.startMs - b.startMs);
  const seen = heldBy(live, 'video');
  const heard = heldBy(live, 'audio');
  const seenOrHeard = union([...seen, ...heard]);
  const later: Part<S>[] = [];
  for (const segment of segments.filter(({ backfill }) => backfill).sort((a, b) => a.startMs - b.startMs)) {
    const span = spanOf(segment);
    // Sound alone does not take the place of a picture.
    const lacking = segment.video ? [...holesIn(span, seen), ...(segment.audio ? holesIn(span, heard) : [])] : holesIn(span, seenOrHeard);
    const previous = later.at(-1);
    const shownToMs = previous?.endMs ?? -Infinity;
    const useful = lacking.filter(({ startMs, endMs }) => endMs - Math.max(startMs, shownToMs) >= smallestMs);
    if (!useful.length) continue;
    // It may begin inside the piece before it, whose end then gives way.
    if (previous && previous.endMs > span.startMs) previous.endMs = span.startMs;
    later.push({ segment, startMs: span.startMs, endMs: Math.max(...useful.map(({ endMs }) => endMs)) });
  }
  const shown = later.filter(({ startMs, endMs }) => endMs > startMs);
  const around = live.flatMap((segment) => holesIn(spanOf(segment), shown).map((part) => ({ segment, ...part })));
  return [...around, ...shown].sort((a, b) => a.startMs - b.startMs);
}

/** Where live segments of a track have a picture, or sound. */
function heldBy(live: readonly Segment[], kind: 'video' | 'audio'): Interval[] {
  const holes = union(live.flatMap(({ gaps }) => gaps.filter(({ source }) => (source === 'microphone') === (kind === 'audio'))));
  return union(live.filter((segment) => segment[kind]).flatMap((segment) => holesIn(spanOf(segment), holes)));
}
