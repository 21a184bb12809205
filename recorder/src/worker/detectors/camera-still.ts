import { z } from 'zod';
import type { Frame } from '../media/frame.js';
import { frameDetector, type Detector, type Observation, type Timed } from './detector.js';
import { isBlack } from './camera-picture.js';
import { stretchesOf } from './stretches.js';

/**
 * `still`: pictures of a camera differ by more from look to look, of 255 (mean over a 64×48 grey picture, over `stillMs`): its
 * sensor's noise and a breath do, also after a codec that repeats what hardly changes (0.27 at least, frozen ones 0.04 at most).
 * `windowMs`: a loop is looked for in so much at a time, and must repeat with a period of `shortestMs` to `longestMs`.
 * `likeness`: how alike the motion must be after one period, as a correlation; ordinary motion is not by chance.
 */
const thresholds = { still: 0.1, stillMs: 5_000, windowMs: 16_000, shortestMs: 1_500, longestMs: 120_000, likeness: 0.9, motion: 0.12 };

/** Looks a second. */
const rate = 5;
const small = { width: 64, height: 48 };

/** A frame as a grey picture of 64×48, each pixel the mean of what it covers, sampled. */
export function signatureOf({ width, height }: Pick<Frame, 'width' | 'height'>, luma: Uint8Array): Float32Array {
  const out = new Float32Array(small.width * small.height);
  const [across, down] = [width / small.width, height / small.height];
  // At most 4×4 samples of what a pixel covers.
  const [stepX, stepY] = [Math.max(1, Math.floor(across / 4)), Math.max(1, Math.floor(down / 4))];
  for (let row = 0; row < small.height; row++)
    for (let column = 0; column < small.width; column++) {
      let sum = 0;
      let count = 0;
      for (let y = Math.floor(row * down); y < Math.floor((row + 1) * down); y += stepY)
        for (let x = Math.floor(column * across); x < Math.floor((column + 1) * across); x += stepX) {
          sum += luma[y * width + x] ?? 0;
          count++;
        }
      out[row * small.width + column] = count ? sum / count : 0;
    }
  return out;
}

function differenceOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  return sum / a.length;
}

const Sample = z.object({
  /** How much the picture differs from the one before, of 255; null: not known, or black. */
  motion: z.number().nullable(),
});
type Sample = z.infer<typeof Sample>;

/** The webcam's picture stands still as no camera's does, or repeats itself as no person does. */
export function cameraStillDetector(): Detector {
  return frameDetector({
    stamp: { name: 'camera-still', version: '1', model: 'none', thresholds },
    track: 'webcam',
    sample: Sample,
    look: () => {
      let before: Float32Array | undefined;
      return (look) => {
        const last = before;
        before = signatureOf(look.frame, look.luma);
        const motion = last && !isBlack(look.brightness) ? Math.round(differenceOf(last, before) * 100) / 100 : null;
        return { motion };
      };
    },
    judge: (samples) => [
      ...stillIn(samples),
      ...loopsIn(samples),
    ],
  });
}

/** Where the picture hardly differs from look to look for `stillMs` or longer. */
function stillIn(samples: readonly Timed<Sample>[]): Observation[] {
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

/** Correlation of `series` with itself from `from` on, `length` long, and the same `lag` earlier; 0 where one of them hardly varies. */
function likenessAt(series: Float32Array, from: number, length: number, lag: number): number {
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let at = from; at < from + length; at++) {
    const a = series[at] ?? 0;
    const b = series[at - lag] ?? 0;
    sumA += a;
    sumB += b;
    squaresA += a * a;
    squaresB += b * b;
    products += a * b;
  }
  const varianceA = squaresA - (sumA * sumA) / length;
  const varianceB = squaresB - (sumB * sumB) / length;
  if (varianceA / length < thresholds.motion ** 2 || varianceB / length < thresholds.motion ** 2) return 0;
  return (products - (sumA * sumB) / length) / Math.sqrt(varianceA * varianceB);
}

/**
 * Where the motion repeats itself. The motion of a film that is played again is the same again, whatever the codec does to its
 * pictures; a person's is not.
 */
export function loopsIn(samples: readonly Timed<Sample>[]): Observation[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) return [];
  // The motion in steps of a fifth of a second; where nothing is known, none.
  const series = new Float32Array(Math.ceil(((last.endMs - first.startMs) / 1_000) * rate) + 1);
  for (const { startMs, value } of samples) series[Math.round(((startMs - first.startMs) / 1_000) * rate)] = Math.log1p(value.motion ?? 0);
  const length = (thresholds.windowMs / 1_000) * rate;
  const [shortest, longest] = [(thresholds.shortestMs / 1_000) * rate, (thresholds.longestMs / 1_000) * rate];
  const step = rate * 2;
  const looped: Timed<number>[] = [];
  for (let from = 0; from + length <= series.length; from += step) {
    let best = 0;
    for (let lag = Math.ceil(shortest); lag <= Math.min(longest, from); lag++) {
      const likeness = likenessAt(series, from, length, lag);
      if (likeness > best) best = likeness;
      if (best > thresholds.likeness) break;
    }
    const startMs = first.startMs + (from / rate) * 1_000;
    if (best > thresholds.likeness) looped.push({ startMs, endMs: startMs + thresholds.windowMs, value: best });
  }
  // Windows overlap.
  const merged: Observation[] = [];
  for (const { startMs, endMs, value } of looped) {
    const open = merged.at(-1);
    if (open && startMs <= open.endMs) {
      open.endMs = endMs;
      open.confidence = Math.max(open.confidence, value);
    } else merged.push({ kind: 'camera-looped', startMs, endMs, confidence: value, shownAtMs: startMs });
  }
  return merged;
}
