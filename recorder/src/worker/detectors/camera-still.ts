import { z } from 'zod';
import { frameDetector, type Detector, type Observation, type Timed } from './detector.js';
import { isBlack } from './picture.js';
import { differenceOf } from './signature.js';
import { stretchesOf } from './stretches.js';

/**
 * `still`: pictures of a camera differ by more from look to look, of 255 (mean over a 64×48 grey picture, over `stillMs`): its
 * sensor's noise and a breath do, also after a codec that repeats what hardly changes (0.27 at least, frozen ones 0.04 at most).
 * `windowMs`: a loop is looked for in so much at a time, and must repeat with a period of `shortestMs` to `longestMs`.
 * `likeness`: how alike the changes of motion must be after one period, as a correlation: ordinary ones reach 0.8 by chance; `goesOn`: for a
 * loop that has begun. `motion`: they must vary by so much to be compared.
 */
const thresholds = { still: 0.1, stillMs: 7_000, windowMs: 24_000, shortestMs: 1_500, longestMs: 120_000, likeness: 0.85, goesOn: 0.7, motion: 0.05 };

/** Looks a second. */
const rate = 5;
const Sample = z.object({
  /** How much the picture differs from the one before, of 255; null: not known, or black. */
  motion: z.number().nullable(),
  /** The first one of a segment or after a hole. */
  first: z.literal(true).optional(),
});
type Sample = z.infer<typeof Sample>;

/** The webcam's picture stands still as no camera's does, or repeats itself as no person does. */
export function cameraStillDetector(): Detector {
  return frameDetector({
    stamp: { name: 'camera-still', version: '5', model: 'none', thresholds },
    track: 'webcam',
    sample: Sample,
    look: () => {
      let before: Float32Array | undefined;
      return (look) => {
        const last = before;
        before = look.signature;
        const motion = last && !isBlack(look.brightness) ? Math.round(differenceOf(last, before) * 100) / 100 : null;
        return last ? { motion } : { motion, first: true as const };
      };
    },
    judge: (samples) => [
      ...stillIn(samples),
      ...loopsIn(samples),
    ],
  });
}

/** Where the picture hardly differs from look to look for `stillMs` or longer. */
function stillIn(all: readonly Timed<Sample>[]): Observation[] {
  // A segment's first picture says nothing: those on both sides of it follow each other.
  const samples = all.filter(({ value }) => !value.first);
  const still = samples.map(() => false);
  let from = 0;
  let [sum, unknown] = [0, 0];
  const add = (at: number, sign: 1 | -1): void => {
    const motion = samples[at]?.value.motion ?? null;
    if (motion === null) unknown += sign;
    else sum += sign * motion;
  };
  samples.forEach(({ endMs }, to) => {
    add(to, 1);
    while (endMs - (samples[from]?.startMs ?? endMs) > thresholds.stillMs) add(from++, -1);
    const lengthMs = endMs - (samples[from]?.startMs ?? endMs);
    if (!unknown && lengthMs > thresholds.stillMs * 0.9 && sum / (to - from + 1) < thresholds.still) still.fill(true, from, to + 1);
  });
  return stretchesOf('camera-frozen', samples, ({ motion }, at) => (still[at] ? 1 - Math.min(1, motion ?? 0) : undefined));
}

/**
 * Where the motion repeats itself. The motion of a film that is played again is the same again, whatever the codec does to its
 * pictures; a person's is not.
 */
export function loopsIn(samples: readonly Timed<Sample>[]): Observation[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) return [];
  // The motion in steps of a fifth of a second; NaN where nothing is known. A picture that stands longer moves as much in each. Steps are
  // counted from sample to sample: the first picture in each fifth of a second is looked at, early in one and late in the next.
  const steps = (ms: number): number => Math.max(1, Math.round((ms / 1_000) * rate));
  const known: number[] = [];
  const timesMs: number[] = [];
  let [at, beforeMs] = [0, first.startMs];
  for (const { startMs, endMs, value } of samples) {
    if (startMs > beforeMs) at += steps(startMs - beforeMs);
    beforeMs = startMs;
    while (timesMs.length < at) timesMs.push((timesMs.at(-1) ?? startMs) + 1_000 / rate);
    for (let step = 0; step < steps(endMs - startMs); step++) {
      timesMs[at + step] = startMs + (step * 1_000) / rate;
      if (value.motion !== null) known[at + step] = Math.log1p(value.motion);
    }
  }
  const motion = Float32Array.from(timesMs, (_, step) => known[step] ?? NaN);
  const timeOf = (step: number): number => timesMs[step] ?? last.endMs;
  const changes = motion.map((value, step) => (step ? value - (motion[step - 1] ?? NaN) : NaN));
  const length = (thresholds.windowMs / 1_000) * rate;
  const [shortest, longest] = [Math.ceil((thresholds.shortestMs / 1_000) * rate), (thresholds.longestMs / 1_000) * rate];
  /** The part of a window that repeats what was `lag` before it: the steps that agree best as a whole (Kadane's largest sum). */
  const partOf = (from: number, lag: number): [from: number, to: number] => {
    const window = changes.subarray(from, from + length).map((value) => (Number.isNaN(value) ? 0 : value));
    const variance = window.reduce((sum, value) => sum + value ** 2, 0) / length;
    // How much two that are just alike enough differ, squared.
    const allowed = 2 * (1 - thresholds.likeness) * variance;
    let [sum, begin, most] = [0, from, 0];
    let part: [number, number] = [from, from + length];
    window.forEach((value, step) => {
      const earlier = changes[from + step - lag] ?? NaN;
      // No more than the variance: a cut that is seen one step sooner or later is no end.
      if (!Number.isNaN(earlier)) sum += allowed - Math.min(variance, (value - earlier) ** 2);
      if (sum < 0) [sum, begin] = [0, from + step + 1];
      else if (sum >= most) [most, part] = [sum, [begin, from + step + 1]];
    });
    return part;
  };
  const looped: Observation[] = [];
  for (let from = 0; from + length <= changes.length; from += 2 * rate) {
    const own = normalised(changes, from, length);
    if (!own) continue;
    const open = looped.at(-1);
    const enough = open && timeOf(from) <= open.endMs ? thresholds.goesOn : thresholds.likeness;
    let best = 0;
    let lag = shortest - 1;
    while (lag < Math.min(longest, from) && best <= enough) best = Math.max(best, likeness(own, changes, from - ++lag));
    if (best <= enough) continue;
    const [startMs, endMs] = partOf(from, lag).map(timeOf) as [number, number];
    // Windows overlap.
    if (open && startMs <= open.endMs) Object.assign(open, { endMs: Math.max(open.endMs, endMs), confidence: Math.max(open.confidence, best) });
    else looped.push({ kind: 'camera-looped', startMs, endMs, confidence: Math.min(1, best), shownAtMs: startMs });
  }
  return looped;
}

/** A window with mean 0 and length 1; undefined where it hardly varies, or not all is known. A segment's first picture has no motion. */
function normalised(series: Float32Array, from: number, length: number): Float32Array | undefined {
  const window = series.slice(from, from + length).map((value) => (Number.isNaN(value) ? 0 : value));
  const unknown = series.subarray(from, from + length).reduce((count, value) => count + Number(Number.isNaN(value)), 0);
  const mean = window.reduce((sum, value) => sum + value, 0) / length;
  const size = Math.sqrt(window.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  if (unknown > length / 12 || size / Math.sqrt(length) < thresholds.motion) return undefined;
  return window.map((value) => (value - mean) / size);
}

/** Correlation of a normalised window with the series from `from` on. */
function likeness(own: Float32Array, series: Float32Array, from: number): number {
  let [products, sum, squares] = [0, 0, 0];
  for (let at = 0; at < own.length; at++) {
    const value = series[from + at] ?? 0;
    if (Number.isNaN(value)) continue;
    products += (own[at] ?? 0) * value;
    sum += value;
    squares += value * value;
  }
  const size = Math.sqrt(squares - (sum * sum) / own.length);
  return size > thresholds.motion ? products / size : 0;
}
