import { z } from 'zod';
import { frameDetector, type Detector, type Observation, type Timed } from './detector.js';
import { isBlack } from './picture.js';
import { differenceOf } from './signature.js';
import { stretchesOf } from './stretches.js';

/**
 * `still`: pictures of a camera differ by more from look to look, of 255 (mean over a 64×48 grey picture, over `stillMs`): its
 * sensor's noise and a breath do, also after a codec that repeats what hardly changes (0.27 at least, frozen ones 0.04 at most).
 * `windowMs`: a loop is looked for in so much at a time, and must repeat with a period of `shortestMs` to `longestMs`.
 * `likeness`: how alike the changes of motion must be after one period, as a correlation: ordinary ones reach 0.8 by chance.
 * `motion`: they must vary by so much to be compared.
 */
const thresholds = { still: 0.1, stillMs: 5_000, windowMs: 24_000, shortestMs: 1_500, longestMs: 120_000, likeness: 0.85, motion: 0.05 };

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
  const originMs = first.startMs;
  const stepOf = (ms: number): number => Math.round(((ms - originMs) / 1_000) * rate);
  // The motion in steps of a fifth of a second; NaN where nothing is known. A picture that stands longer moves as much in each.
  const motion = new Float32Array(stepOf(last.endMs)).fill(NaN);
  for (const { startMs, endMs, value } of samples) if (value.motion !== null) motion.fill(Math.log1p(value.motion), stepOf(startMs), stepOf(endMs));
  const changes = motion.map((value, at) => (at ? value - (motion[at - 1] ?? NaN) : NaN));
  const length = (thresholds.windowMs / 1_000) * rate;
  const [shortest, longest] = [Math.ceil((thresholds.shortestMs / 1_000) * rate), (thresholds.longestMs / 1_000) * rate];
  /** Where a window that repeats what was `lag` before it repeats it no more: the steps up to there agree best as a whole, those after it least. */
  const endOf = (from: number, lag: number): number => {
    const window = changes.subarray(from, from + length).map((value) => (Number.isNaN(value) ? 0 : value));
    const variance = window.reduce((sum, value) => sum + value ** 2, 0) / length;
    // How much two that are just alike enough differ, squared.
    const allowed = 2 * (1 - thresholds.likeness) * variance;
    let [agreement, most, end] = [0, -Infinity, from + length];
    window.forEach((value, at) => {
      const earlier = changes[from + at - lag] ?? NaN;
      if (!Number.isNaN(earlier)) agreement += allowed - (value - earlier) ** 2;
      if (agreement >= most) [most, end] = [agreement, from + at + 1];
    });
    return end;
  };
  const looped: Observation[] = [];
  for (let from = 0; from + length <= changes.length; from += 2 * rate) {
    const own = normalised(changes, from, length);
    if (!own) continue;
    let best = 0;
    let lag = shortest - 1;
    while (lag < Math.min(longest, from) && best <= thresholds.likeness) best = Math.max(best, likeness(own, changes, from - ++lag));
    if (best <= thresholds.likeness) continue;
    const startMs = originMs + (from / rate) * 1_000;
    const endMs = originMs + (endOf(from, lag) / rate) * 1_000;
    const open = looped.at(-1);
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
