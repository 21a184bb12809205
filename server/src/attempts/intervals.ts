/** A stretch of time, ms; `endMs` is not part of it. */
export interface Interval {
  startMs: number;
  endMs: number;
}

/** The time of a segment. */
export const spanOf = ({ startMs, durationMs }: { startMs: number; durationMs: number }): Interval => ({ startMs, endMs: startMs + durationMs });

/** Sorted by time, touching and overlapping ones joined, empty ones dropped. */
export function union(intervals: readonly Interval[]): Interval[] {
  const joined: Interval[] = [];
  for (const { startMs, endMs } of [...intervals].sort((a, b) => a.startMs - b.startMs)) {
    const last = joined.at(-1);
    if (endMs <= startMs) continue;
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else joined.push({ startMs, endMs });
  }
  return joined;
}

/** What of `whole` none of `covered` covers, sorted by time. */
export const uncovered = (whole: Interval, covered: readonly Interval[]): Interval[] => holesIn(whole, union(covered));

/** The same where many ask of one `covered`: that is joined already, as `union` does. */
export function holesIn(whole: Interval, covered: readonly Interval[]): Interval[] {
  const holes: Interval[] = [];
  let from = whole.startMs;
  for (const { startMs, endMs } of covered) {
    if (endMs <= from) continue;
    if (startMs > from) holes.push({ startMs: from, endMs: Math.min(startMs, whole.endMs) });
    from = Math.max(from, endMs);
    if (from >= whole.endMs) break;
  }
  if (from < whole.endMs) holes.push({ startMs: from, endMs: whole.endMs });
  return holes.filter(({ startMs, endMs }) => endMs > startMs);
}

/** How long the intervals last together, ms; what several cover counts once. */
export const totalMs = (intervals: readonly Interval[]): number =>
  union(intervals).reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
