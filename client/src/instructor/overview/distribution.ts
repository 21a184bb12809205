/** So many attempts have at least `from` and less than `to` points; `to` is Infinity where the bar takes all that is beyond. */
export interface Bin {
  from: number;
  to: number;
  count: number;
}

const mostBins = 12;
/** Widths that people can read off. */
const widths = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1_000];

/**
 * How points are spread over a class, in bars of one width from 0 on. Empty without points.
 * @param bound above which an attempt is far from the class: what is beyond twice of it shares the last bar, so that a single one does not
 * make all others look alike.
 */
export function binsOf(points: readonly number[], bound = Infinity): Bin[] {
  if (!points.length) return [];
  const highest = Math.max(...points);
  const largest = Math.min(highest, 2 * bound);
  const width = widths.find((one) => largest < one * mostBins) ?? Math.ceil((largest + 1) / mostBins / 1_000) * 1_000;
  const bins = Array.from({ length: Math.floor(largest / width) + 1 }, (_, at): Bin => ({ from: at * width, to: (at + 1) * width, count: 0 }));
  for (const each of points) {
    const bin = bins[Math.min(bins.length - 1, Math.max(0, Math.floor(each / width)))];
    if (bin) bin.count += 1;
  }
  const last = bins.at(-1);
  if (last && highest >= last.to) last.to = Infinity;
  return bins;
}
