import { z } from 'zod';
import { sampleRate } from '../models/silero.js';
import { soundDetector, type Detector, type Timed } from './detector.js';
import { stretchesOf } from './stretches.js';

/** `full`: what counts as full scale after a codec; `loudShare`: the part of a second's samples there that loud, whole speech does not reach. */
const thresholds = { full: 0.95, loudShare: 0.012 };

/** The part of each second's samples at full scale. */
export function fullScaleIn(samples: Float32Array): Timed<number>[] {
  const seconds: Timed<number>[] = [];
  for (let from = 0; from < samples.length; from += sampleRate) {
    const second = samples.subarray(from, from + sampleRate);
    let full = 0;
    for (const sample of second) if (Math.abs(sample) > thresholds.full) full++;
    const [startMs, endMs] = [from, from + second.length].map((at) => (at / sampleRate) * 1_000) as [number, number];
    seconds.push({ startMs, endMs, value: Math.round((1_000 * full) / second.length) / 1_000 });
  }
  return seconds;
}

const isClipped = (share: number): boolean => share > thresholds.loudShare;

/** Says of a stretch of sound, ms, whether the microphone is overdriven in most of it; a second beside such a one is like it. */
export function clippedIn(samples: Float32Array): (stretch: Pick<Timed<unknown>, 'startMs' | 'endMs'>) => boolean {
  const seconds = fullScaleIn(samples).map(({ value }) => isClipped(value));
  const near = seconds.map((clipped, at) => clipped || (seconds[at - 1] ?? false) || (seconds[at + 1] ?? false));
  return ({ startMs, endMs }) => {
    const own = near.slice(Math.floor(startMs / 1_000), Math.ceil(endMs / 1_000));
    return own.filter(Boolean).length > own.length / 2;
  };
}

/** Quality: the microphone is overdriven, so that what is heard cannot be judged. What was made quieter after it was cut off is not told. */
export function soundClippedDetector(): Detector {
  return soundDetector({
    stamp: { name: 'sound-clipped', version: '1', model: 'none', thresholds },
    sample: z.number(),
    hear: ({ samples }) => Promise.resolve(fullScaleIn(samples)),
    // Half sure at the threshold.
    judge: (samples) => stretchesOf('sound-clipped', samples, (share) => (isClipped(share) ? 1 - thresholds.loudShare / (2 * share) : undefined)),
  });
}
