import type { FindingKind } from '@vigil/protocol';
import type { Observation, Timed } from './detector.js';

export { medianOf } from '@vigil/protocol';

/** Samples at most so far apart follow each other: a segment's border, ms. */
const BORDER_MS = 500;

/**
 * Joins consecutive samples that have a score to observations.
 * @param scoreOf 0 to 1; undefined: not this.
 * @param minimumMs shorter ones are dropped.
 */
export function stretchesOf<T>(
  kind: FindingKind,
  samples: readonly Timed<T>[],
  scoreOf: (value: T, index: number) => number | undefined,
  minimumMs = 0,
): Observation[] {
  const all: (Observation & { best: number; weight: number })[] = [];
  let open: (typeof all)[number] | undefined;
  samples.forEach(({ startMs, endMs, value }, index) => {
    const score = endMs > startMs ? scoreOf(value, index) : undefined;
    if (score === undefined) {
      if (endMs > startMs) open = undefined;
      return;
    }
    const weight = endMs - startMs;
    if (open && startMs - open.endMs <= BORDER_MS) {
      open.endMs = Math.max(open.endMs, endMs);
      open.confidence = (open.confidence * open.weight + score * weight) / (open.weight + weight);
      open.weight += weight;
      if (score > open.best) Object.assign(open, { best: score, shownAtMs: startMs });
    } else all.push((open = { kind, startMs, endMs, confidence: score, shownAtMs: startMs, best: score, weight }));
  });
  return all
    .filter(({ startMs, endMs }) => endMs - startMs >= minimumMs)
    .map(({ startMs, endMs, confidence, shownAtMs }) => ({ kind, startMs, endMs, confidence, shownAtMs }));
}
