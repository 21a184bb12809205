import { toPositionMs } from './media-time.js';

/** A stretch of time, ms from the attempt's start; `toMs` is not part of it. */
export interface Range {
  fromMs: number;
  toMs: number;
}

/** What `HTMLMediaElement.buffered` says, as positions in the attempt. */
export function rangesOf(buffered: Pick<TimeRanges, 'length' | 'start' | 'end'>): Range[] {
  return Array.from({ length: buffered.length }, (_, i) => ({
    fromMs: toPositionMs(buffered.start(i)),
    toMs: toPositionMs(buffered.end(i)),
  }));
}

/** The range that holds a position. */
export function rangeAt(ranges: readonly Range[], positionMs: number): Range | undefined {
  return ranges.find(({ fromMs, toMs }) => positionMs >= fromMs && positionMs < toMs);
}

/** How much of `window` the ranges cover, ms. */
export function coveredMs(ranges: readonly Range[], window: Range): number {
  return ranges.reduce(
    (sum, { fromMs, toMs }) =>
      sum + Math.max(0, Math.min(toMs, window.toMs) - Math.max(fromMs, window.fromMs)),
    0,
  );
}

/** The stretch without data around a position that no range holds. */
export function holeAt(ranges: readonly Range[], positionMs: number): Range {
  let fromMs = -Infinity;
  let toMs = Infinity;
  for (const range of ranges) {
    if (range.toMs <= positionMs) fromMs = Math.max(fromMs, range.toMs);
    if (range.fromMs > positionMs) toMs = Math.min(toMs, range.fromMs);
  }
  return { fromMs, toMs };
}

/** The parts of the ranges that lie outside of `keep`. */
export function outside(ranges: readonly Range[], keep: Range): Range[] {
  return ranges
    .flatMap(({ fromMs, toMs }) => [
      { fromMs, toMs: Math.min(toMs, keep.fromMs) },
      { fromMs: Math.max(fromMs, keep.toMs), toMs },
    ])
    .filter(({ fromMs, toMs }) => toMs > fromMs);
}

/** Joins ranges that lie closer together than `bridgeMs`; they must be sorted. */
export function joinRanges(ranges: readonly Range[], bridgeMs: number): Range[] {
  const joined: Range[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last && range.fromMs - last.toMs < bridgeMs) last.toMs = Math.max(last.toMs, range.toMs);
    else joined.push({ ...range });
  }
  return joined;
}
