/** A stretch of a clip, ms from its begin. */
export interface Span {
  startMs: number;
  endMs: number;
}

/** The same stretches without overlaps, in order. */
export function union(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const { startMs, endMs } of [...spans].sort((a, b) => a.startMs - b.startMs)) {
    const last = joined.at(-1);
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else joined.push({ startMs, endMs });
  }
  return joined;
}

export const lengthOf = (spans: readonly Span[]): number => union(spans).reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);

/** How much of the one lies in the other, ms. */
export function overlapOf(spans: readonly Span[], others: readonly Span[]): number {
  const within = union(others);
  return union(spans).reduce(
    (sum, { startMs, endMs }) =>
      sum + within.reduce((inside, other) => inside + Math.max(0, Math.min(endMs, other.endMs) - Math.max(startMs, other.startMs)), 0),
    0,
  );
}

/** Longer at both ends by `ms`; shorter, where it is negative, unless nothing would be left. */
export function widen({ startMs, endMs }: Span, ms: number): Span {
  return endMs - startMs + 2 * ms > 0 ? { startMs: startMs - ms, endMs: endMs + ms } : { startMs, endMs };
}
