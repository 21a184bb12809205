import { sampleRate, speechProbabilities, stepSamples } from '../models/silero.js';
import type { Model } from '../models/load.js';
import type { SoundDetector, SoundSpan } from './detector.js';

const thresholds = { on: 0.5, off: 0.35, minimumMs: 250, joinMs: 400 };
const stepMs = (stepSamples / sampleRate) * 1_000;

/**
 * Spans of speech from the probability of each 32 ms: begins at `on`, lasts until it stays below `off` for `joinMs`,
 * and is dropped when it is shorter than `minimumMs`, unless it touches the segment's border: there it may go on in the next.
 */
export function speechSpans(probabilities: Float32Array): SoundSpan[] {
  const spans: { first: number; last: number }[] = [];
  let open: { first: number; last: number } | undefined;
  let speaking = false;
  probabilities.forEach((probability, step) => {
    speaking = probability >= (speaking ? thresholds.off : thresholds.on);
    if (!speaking) return;
    if (open && (step - open.last - 1) * stepMs <= thresholds.joinMs) open.last = step;
    else spans.push((open = { first: step, last: step }));
  });
  return spans
    .filter(({ first, last }) => {
      const atBorder = first === 0 || last === probabilities.length - 1;
      return atBorder || (last - first + 1) * stepMs >= thresholds.minimumMs;
    })
    .map(({ first, last }) => {
      const heard = probabilities.subarray(first, last + 1);
      const confidence = heard.reduce((sum, probability) => sum + probability, 0) / heard.length;
      return { kind: 'speech', startMs: first * stepMs, endMs: (last + 1) * stepMs, confidence };
    });
}

/** Somebody speaks (Silero VAD 5). It does not know who, nor what is said. */
export function speechDetector(silero: Model): SoundDetector {
  return {
    stamp: { name: 'speech', version: '1', model: silero.label, thresholds },
    hear: async (samples) => speechSpans(await speechProbabilities(silero, samples)),
  };
}
