import type { Detectors } from '../src/worker/detectors/all.js';
import type { Known } from '../src/worker/detectors/detector.js';
import { observe, type Judged } from '../src/worker/judge.js';
import { measureFile, type FileToMeasure } from '../src/worker/measure.js';
import { show } from '../src/worker/show.js';

/** What is observed in one file, as if it were a whole attempt that begins at 0 ms. */
export async function analyseFile(source: FileToMeasure, detectors: Detectors, signal?: AbortSignal, known: Known = {}): Promise<Judged[]> {
  const measured = await measureFile(source, detectors, known, signal);
  return observe([{ track: source.track, startMs: 0, measured }], detectors);
}

/** What shows one of them. */
export const showIn = (source: FileToMeasure, judged: Judged): Promise<Buffer> =>
  show(judged, [{ ...source, startMs: 0, durationMs: source.durationMs ?? Infinity }]);

/** Some of the detectors. */
export const only = ({ all, ...others }: Detectors, names: readonly string[]): Detectors => ({
  ...others,
  all: all.filter(({ stamp }) => names.includes(stamp.name)),
});
