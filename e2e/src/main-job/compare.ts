import { medianOf } from '@vigil/protocol';
import type { Gap, Source } from '@vigil/protocol';
import type { Captured } from '../clock/capture-truth.js';

/** A stretch of time, ms. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** How one source's record compares with what was captured. */
export interface Comparison {
  /** Frames, or bursts, in the record. */
  count: number;
  /** With a code that was captured at about that time. */
  matched: number;
  /** Recorded time minus captured time, ms: median, and the largest distance from it. */
  shiftMs: number;
  spreadMs: number;
  /** The median shift of each window of 10 s. */
  windows: Map<number, number>;
}

const windowMs = 10_000;
/** Further apart, a code is another one: that of another repetition, or none of ours. */
const furthestMs = 1_000;

function groupBy<T>(list: readonly T[], key: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of list) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/** For each recorded code, the nearest time at which it was captured. */
export function match(recorded: readonly Captured[], captured: readonly Captured[]): { atMs: number; shiftMs: number }[] {
  const byCode = groupBy(captured, ({ code }) => code ?? Number.NaN);
  return recorded.flatMap(({ atMs, code }) => {
    const shifts = (code === null ? [] : (byCode.get(code) ?? [])).map((there) => atMs - there.atMs);
    const shiftMs = shifts.reduce((best, next) => (Math.abs(next) < Math.abs(best) ? next : best), Infinity);
    return Math.abs(shiftMs) < furthestMs ? [{ atMs, shiftMs }] : [];
  });
}

/** Compares a source's record with what its browser captured. */
export function compare(recorded: readonly Captured[], captured: readonly Captured[]): Comparison {
  const pairs = match(recorded, captured);
  const shiftMs = medianOf(pairs.map((pair) => pair.shiftMs));
  return {
    count: recorded.length,
    matched: pairs.length,
    shiftMs,
    spreadMs: Math.max(0, ...pairs.map((pair) => Math.abs(pair.shiftMs - shiftMs))),
    windows: new Map(
      [...groupBy(pairs, ({ atMs }) => Math.floor(atMs / windowMs))]
        .filter(([, inside]) => inside.length >= 3)
        .map(([window, inside]) => [window, medianOf(inside.map((pair) => pair.shiftMs))]),
    ),
  };
}

/** The most by which two sources are apart in any window, ms. NaN when no window has two of them. */
export function apart(comparisons: readonly Comparison[]): number {
  const windows = new Set(comparisons.flatMap((comparison) => [...comparison.windows.keys()]));
  const distances = [...windows].flatMap((window) => {
    const shifts = comparisons.flatMap((comparison) => comparison.windows.get(window) ?? []);
    return shifts.length > 1 ? [Math.max(...shifts) - Math.min(...shifts)] : [];
  });
  return distances.length ? Math.max(...distances) : Number.NaN;
}

/**
 * The whole seconds inside `window` (given by their begin, ms) in which the browser captured something and nothing is recorded.
 * Once is not enough: the record may have it just across the border.
 * @param leastMs what was captured must span at least so much of the second: less is lost when a browser is killed in it
 */
export function missingSeconds(recorded: readonly number[], captured: readonly number[], window: Span, leastMs = 0): number[] {
  const inside = (times: readonly number[]): Map<number, number[]> => groupBy(times, (atMs) => Math.floor(atMs / 1000));
  const [present, there] = [inside(recorded), inside(captured)];
  const isCaptured = (times: readonly number[]): boolean => times.length > 1 && Math.max(...times) - Math.min(...times) >= leastMs;
  const missing: number[] = [];
  for (let second = Math.ceil(window.fromMs / 1000); (second + 1) * 1000 <= window.toMs; second += 1)
    if (!present.has(second) && isCaptured(there.get(second) ?? [])) missing.push(second * 1000);
  return missing;
}

/** So long each source may take to get into the record at the start, ms; what takes longer is a gap. */
const startMs = 500;

/**
 * The times that stand for bursts of sound: a burst stands for its second, whose border it may lie on. One that began before the
 * window, or while sound was only starting, stands for none: nobody could record it whole.
 */
export const burstTimes = (bursts: readonly { atMs: number }[], { fromMs }: Span): number[] =>
  bursts.filter(({ atMs }) => atMs >= fromMs + startMs).flatMap(({ atMs }) => [atMs + 250, atMs + 500]);

/** The missing seconds that no gap of the source tells about. */
export function unmarked(missing: readonly number[], gaps: readonly Gap[], source: Source): number[] {
  return missing.filter(
    (second) => !gaps.some((gap) => gap.source === source && gap.startMs < second + 1000 && gap.endMs > second),
  );
}
