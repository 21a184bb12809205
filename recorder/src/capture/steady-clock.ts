/**
 * Wall clock that stands where `wall` stands now, and from here on only runs, as `elapsed` does: when someone sets the
 * server's clock, a recording under way must neither stop nor stretch.
 * @param wall ms since 1970.
 * @param elapsed ms from any beginning; never runs backward.
 */
export function steadyClock(wall: () => number, elapsed: () => number): () => number {
  const zero = wall() - elapsed();
  return () => zero + elapsed();
}
