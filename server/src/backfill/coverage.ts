import type { CoverageAnswer, Track } from '@vigil/protocol';
import { sourcesOf, trackOf } from '@vigil/protocol';
import { gapsOf, isMissing, isSilenced, type Coverage } from '../attempts/gaps.js';
import { union } from '../attempts/intervals.js';

/** Holes smaller than this are not asked for, ms. */
const smallestMs = 500;
/** Besides its length, a live segment needs at most so long to be closed and indexed, ms: key frame, reordering, disk. */
const closingMs = 15_000;

/** What coverage is judged by. Times are server wall clock, ms since 1970. */
export interface CoverageInput extends Coverage {
  /** Length after which a live segment is cut, by track, ms. */
  segmentMs: Readonly<Record<Track, number>>;
}

/**
 * What is missing of each track and source and could come later, from the content of the segments. While an attempt is recorded, the segment that is being
 * written is not in the index yet: what follows the last closed one counts as missing only when that one should be closed by now.
 */
export function coverageOf({ segmentMs, ...input }: CoverageInput): CoverageAnswer['tracks'] {
  const gaps = gapsOf({ ...input, writing: false });
  const sources = sourcesOf(input.rules);
  return [...new Set(sources.map(trackOf))].map((track) => {
    const settledToMs = settledTo(input, track, segmentMs[track]);
    const wanted = (gaps.get(track) ?? []).filter((gap) => isMissing(gap) && !isSilenced(gap));
    const missing = sources.flatMap((source) =>
      union(wanted.filter((gap) => gap.source === source))
        .map(({ startMs, endMs }) => ({ source, startMs, endMs: Math.min(endMs, settledToMs) }))
        .filter(({ startMs, endMs }) => endMs - startMs >= smallestMs),
    );
    return { track, settledToMs, missing };
  });
}

function settledTo({ writing, window, segments }: Omit<CoverageInput, 'segmentMs'>, track: Track, segmentMs: number): number {
  if (!writing) return window.endMs;
  const closed = segments
    .filter((segment) => segment.track === track && segment.closedBy !== 'backfill')
    .map(({ startMs, durationMs }) => startMs + durationMs);
  return Math.min(window.endMs, Math.max(window.startMs, window.endMs - 1.5 * segmentMs - closingMs, ...closed));
}
