import type { TimelineSegment } from '@vigil/protocol';
import { joinRanges, type Range } from './ranges.js';

/** Holes shorter than this are bridged: the last frame stays. ms. */
export const BRIDGE_MS = 500;

type Kind = 'picture+sound' | 'picture' | 'sound';

/** A segment, or the part of one that is shown, in the attempt's own time. */
export interface IndexedSegment extends Range {
  /** Of the part: a segment that goes on after a later piece comes twice. */
  id: string;
  /** Where the file's own time begins; earlier than `fromMs` in a later part. */
  zeroMs: number;
  /** Came later, from the browser's own recording. */
  later: boolean;
  url: string;
  mimeType: string;
  /** Which kinds of track are inside; a SourceBuffer takes only segments of one kind (Media Source Extensions, 3.5.8). */
  kind: Kind;
  /** Names the unbroken stretch of segments of one kind that this one is in. */
  run: string;
  /** The last one of its run. */
  endsRun: boolean;
  /** Until when it is what a pane shows: its end, or the next segment's start if that is near; a little longer for the last one. */
  holdToMs: number;
  /** Where the next segment starts; Infinity for the last one. */
  nextMs: number;
}

function kindOf(mimeType: string): Kind {
  if (!mimeType.startsWith('video/')) return 'sound';
  return mimeType.includes('opus') ? 'picture+sound' : 'picture';
}

/** The segments of one track by position; answers which one to play and which ones to load. */
export class SegmentIndex {
  readonly segments: readonly IndexedSegment[];

  /** @param originMs the attempt's start, ms since 1970. @param address of the segments, without their ids */
  constructor(segments: readonly Omit<TimelineSegment, 'analysis'>[], originMs: number, address = '/api/segments') {
    const sorted = segments
      .filter(({ durationMs }) => durationMs > 0)
      .sort((a, b) => a.startMs - b.startMs);
    let run = '';
    this.segments = sorted.map((segment, i) => {
      const fromMs = segment.startMs - originMs;
      const next = sorted[i + 1];
      const nextMs = next ? next.startMs - originMs : Infinity;
      const toMs = Math.min(fromMs + segment.durationMs, nextMs);
      const kind = kindOf(segment.mimeType);
      run ||= `${segment.id}@${fromMs}`;
      const here = run;
      const endsRun = !next || nextMs - toMs >= BRIDGE_MS || kindOf(next.mimeType) !== kind;
      if (endsRun) run = '';
      return {
        id: `${segment.id}@${fromMs}`,
        zeroMs: segment.zeroMs - originMs,
        later: segment.backfill,
        url: `${address}/${segment.id}`,
        mimeType: segment.mimeType,
        kind,
        run: here,
        endsRun,
        fromMs,
        toMs,
        holdToMs: next ? (nextMs - toMs < BRIDGE_MS ? nextMs : toMs) : toMs + BRIDGE_MS,
        nextMs,
      };
    });
  }

  /** The segment to show at a position, or nothing in a gap. */
  at(positionMs: number): IndexedSegment | undefined {
    const after = this.#firstAfter(positionMs);
    const last = this.segments[after - 1];
    if (last) return positionMs < last.holdToMs ? last : undefined;
    // Sources start a few frames after the attempt does; its page should not begin with a gap.
    const first = this.segments[after];
    return first && first.fromMs - positionMs < BRIDGE_MS ? first : undefined;
  }

  /** The first segment that starts after a position. */
  after(positionMs: number): IndexedSegment | undefined {
    return this.segments[this.#firstAfter(positionMs)];
  }

  /** What must be loaded to play on from a position for `aheadMs`, the most urgent first. */
  wanted(positionMs: number, aheadMs: number): IndexedSegment[] {
    const after = this.#firstAfter(positionMs);
    const here = this.at(positionMs);
    const wanted = here && here !== this.segments[after] ? [here] : [];
    for (let i = after; i < this.segments.length; i++) {
      const segment = this.segments[i];
      if (!segment || segment.fromMs >= positionMs + aheadMs) break;
      wanted.push(segment);
    }
    return wanted;
  }

  /** The stretches that are in the record, bridged; `only` leaves out segments without that kind of track, `later` those that came otherwise. */
  stretches(only: 'picture' | 'sound', later?: boolean): Range[] {
    return joinRanges(
      this.segments.filter((segment) => segment.kind.includes(only) && (later === undefined || segment.later === later)),
      BRIDGE_MS,
    ).map(({ fromMs, toMs }) => ({ fromMs, toMs }));
  }

  #firstAfter(positionMs: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const segment = this.segments[middle];
      if (segment && segment.fromMs <= positionMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
