import { z } from 'zod';
import { sampleRate, stepSamples } from '../models/silero.js';
import type { Model } from '../models/load.js';
import { soundDetector, type Detector, type Observation, type Timed } from './detector.js';
import { clippedIn } from './sound-clipped.js';

const thresholds = { on: 0.5, off: 0.35, minimumMs: 250, joinMs: 400 };
const stepMs = (stepSamples / sampleRate) * 1_000;

/** Stretches in which somebody speaks, each with its mean probability, from the probability of each 32 ms: begins at `on`, lasts while at `off`. */
export function speechStretches(probabilities: Float32Array): Timed<number>[] {
  const stretches: { first: number; last: number }[] = [];
  let speaking = false;
  probabilities.forEach((probability, step) => {
    const open = speaking ? stretches.at(-1) : undefined;
    speaking = probability >= (speaking ? thresholds.off : thresholds.on);
    if (!speaking) return;
    if (open) open.last = step;
    else stretches.push({ first: step, last: step });
  });
  return stretches.map(({ first, last }) => {
    const heard = probabilities.subarray(first, last + 1);
    const mean = heard.reduce((sum, probability) => sum + probability, 0) / heard.length;
    return { startMs: first * stepMs, endMs: (last + 1) * stepMs, value: Math.round(mean * 1_000) / 1_000 };
  });
}

/** Joins stretches at most `joinMs` apart, and drops what is then shorter than `minimumMs`. As sure as the sound was on average, without pauses. */
export function speechOf(stretches: readonly Timed<number>[]): Observation[] {
  const all: (Observation & { best: number; heardMs: number })[] = [];
  for (const { startMs, endMs, value } of stretches) {
    const last = all.at(-1);
    const ms = endMs - startMs;
    if (last && startMs - last.endMs <= thresholds.joinMs) {
      last.confidence = (last.confidence * last.heardMs + value * ms) / (last.heardMs + ms);
      last.heardMs += ms;
      last.endMs = Math.max(last.endMs, endMs);
      if (value > last.best) Object.assign(last, { best: value, shownAtMs: startMs });
    } else all.push({ kind: 'speech', startMs, endMs, confidence: value, shownAtMs: startMs, best: value, heardMs: ms });
  }
  return all
    .filter(({ startMs, endMs }) => endMs - startMs >= thresholds.minimumMs)
    .map(({ kind, startMs, endMs, confidence, shownAtMs }) => ({ kind, startMs, endMs, confidence, shownAtMs }));
}

/** Somebody speaks (Silero VAD 5). It does not know who, nor what is said. */
export function speechDetector(silero: Model): Detector {
  return soundDetector({
    stamp: { name: 'speech', version: '5', model: silero.label, thresholds },
    sample: z.object({ score: z.number(), clipped: z.literal(true).optional() }),
    hear: async (hearing) => {
      const isClipped = clippedIn(hearing.samples);
      return speechStretches(await hearing.speech()).map(({ value: score, ...when }) => ({ ...when, value: { score, ...(isClipped(when) && { clipped: true as const }) } }));
    },
    // Where the microphone is overdriven, a knock sounds like a voice.
    judge: (samples) => speechOf(samples.flatMap(({ value: { score, clipped }, ...when }) => (clipped ? [] : [{ ...when, value: score }]))),
  });
}
