import { z } from 'zod';
import { likenessOf, voiceSamples, voicesIn } from '../models/ge2e.js';
import type { Model } from '../models/load.js';
import { sampleRate } from '../models/silero.js';
import { soundDetector, type Detector, type Observation, type Timed } from './detector.js';
import { clippedIn } from './sound-clipped.js';
import { speechOf, speechStretches } from './speech.js';

/**
 * `voicesAlike`: two voices are of two people when their means are less alike: those of one person, who speaks higher or lower, stay above 0.72,
 * of two people from 0.4 to 0.85. `windows`: so many of each voice are needed. `voiced`: the part of a window in which a tone is heard;
 * in a whisper there is none. `aboveNoise`: dB, how far speech stands above what is under it: noise changes a voice, as a whisper does.
 */
const thresholds = { voicesAlike: 0.7, windows: 3, voiced: 0.4, aboveNoise: 18 };

/** From window to window, samples: half of one is new. */
const step = 0.8 * sampleRate;
/** What is so far apart, ms, is not compared: as long as a segment of the webcam is, or somewhat longer. */
const blockMs = 30_000;
/** Mean power that the model was trained with. */
const level = 10 ** (-30 / 20);

/** What was heard in one block. What a voice sounds like is not kept: only how alike the windows are to each other. */
const Sample = z.object({
  /** Begin of each window, ms from the sample's begin. */
  fromMs: z.array(z.number()),
  /** How alike each window is to those after it, window by window. */
  likeness: z.array(z.number()),
});
type Sample = z.infer<typeof Sample>;

/** More than one voice: it tells voices of a few seconds from each other, and knows whose they are as little as what is said. */
export function voicesDetector(ge2e: Model): Detector {
  return soundDetector({
    stamp: { name: 'voices', version: '2', model: ge2e.label, thresholds },
    sample: Sample,
    hear: async (hearing) => {
      const isClipped = clippedIn(hearing.samples);
      const windows = windowsIn(hearing.samples, speechOf(speechStretches(await hearing.speech())).filter((one) => !isClipped(one)));
      const blocks = new Map<number, Window[]>();
      for (const window of windows) {
        const block = Math.floor(window.startMs / blockMs);
        blocks.set(block, [...(blocks.get(block) ?? []), window]);
      }
      const heard: Timed<Sample>[] = [];
      for (const block of blocks.values()) {
        const [first, last] = [block[0], block.at(-1)];
        if (!first || !last || block.length < 2 * thresholds.windows) continue;
        const voices = await voicesIn(ge2e, block.map(({ samples }) => samples));
        heard.push({
          startMs: first.startMs,
          endMs: last.startMs + windowMs,
          value: {
            fromMs: block.map(({ startMs }) => Math.round(startMs - first.startMs)),
            likeness: voices.flatMap((one, at) => voices.slice(at + 1).map((other) => Math.round(likenessOf(one, other) * 1_000) / 1_000)),
          },
        });
      }
      return heard;
    },
    judge: (samples) => samples.flatMap(severalIn),
  });
}

interface Window {
  startMs: number;
  samples: Float32Array;
}
const windowMs = (voiceSamples / sampleRate) * 1_000;

/** The windows in stretches of speech that say whose voice it is, all equally loud. */
function windowsIn(samples: Float32Array, stretches: readonly Observation[]): Window[] {
  return stretches.flatMap(({ startMs, endMs }) => {
    const [from, to] = [startMs, endMs].map((ms) => Math.round((ms / 1_000) * sampleRate)) as [number, number];
    const stretch = samples.subarray(from, to);
    const gain = level / (Math.sqrt(stretch.reduce((sum, sample) => sum + sample * sample, 0) / stretch.length) || 1);
    const windows: Window[] = [];
    for (let at = 0; at + voiceSamples <= stretch.length; at += step) {
      const window = stretch.subarray(at, at + voiceSamples);
      if (isClear(window)) windows.push({ startMs: ((from + at) / sampleRate) * 1_000, samples: window.map((sample) => sample * gain) });
    }
    return windows;
  });
}

/** Frames of 40 ms, in which a deep voice swings three times. */
const frame = 640;
/** Lags of a tone from 70 to 400 Hz, samples. */
const lags = { shortest: 40, longest: 228 };

/** Whether a voice is heard in a window, well above the noise. */
export function isClear(window: Float32Array): boolean {
  const frames = Array.from({ length: Math.floor(window.length / frame) }, (_, at) => window.subarray(at * frame, (at + 1) * frame));
  const levels = frames.map((one) => 10 * Math.log10(one.reduce((sum, sample) => sum + sample * sample, 1e-9)));
  const sorted = [...levels].sort((a, b) => a - b);
  const part = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const [quiet, loud] = [part(0.05), part(0.9)];
  if (loud - quiet < thresholds.aboveNoise) return false;
  const heard = frames.filter((_, at) => (levels[at] ?? 0) > loud - 20);
  return heard.filter(isTone).length >= thresholds.voiced * heard.length;
}

/** Whether a frame repeats itself as a voice does: its autocorrelation has a high peak. Every second sample is enough. */
function isTone(samples: Float32Array): boolean {
  for (let lag = lags.shortest; lag <= lags.longest; lag += 2) {
    let [products, own, later] = [0, 0, 0];
    for (let at = 0; at + lag < samples.length; at += 2) {
      const [a, b] = [samples[at] ?? 0, samples[at + lag] ?? 0];
      products += a * b;
      own += a * a;
      later += b * b;
    }
    if (products > 0.6 * Math.sqrt(own * later)) return true;
  }
  return false;
}

/** From where the second voice comes in, in a block that has one, to the last that is heard of both. */
function severalIn({ startMs, value: { fromMs, likeness } }: Timed<Sample>): Observation[] {
  const count = fromMs.length;
  const alike = (a: number, b: number): number => {
    const [first, second] = a < b ? [a, b] : [b, a];
    return first === second ? 1 : (likeness[first * count - (first * (first + 1)) / 2 + second - first - 1] ?? 1);
  };
  const groups = twoVoices(count, alike);
  if (!groups) return [];
  const { voices, likeness: near } = groups;
  const from = startMs + Math.max(...voices.map((windows) => fromMs[Math.min(...windows)] ?? 0));
  const to = startMs + Math.max(...voices.map((windows) => fromMs[Math.max(...windows)] ?? 0)) + windowMs;
  // At the threshold half sure.
  return [{ kind: 'voices-several', startMs: from, endMs: to, confidence: 1 - Math.max(0, near) / (2 * thresholds.voicesAlike), shownAtMs: from }];
}

/**
 * The two largest groups of windows that are of two people, by joining again and again what is most alike (average linkage); undefined:
 * there are none.
 */
function twoVoices(count: number, alike: (a: number, b: number) => number): { likeness: number; voices: readonly (readonly number[])[] } | undefined {
  const between = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, one) => sum + b.reduce((own, other) => own + alike(one, other), 0), 0) / (a.length * b.length);
  let groups = Array.from({ length: count }, (_, at) => [at]);
  let two: ReturnType<typeof twoVoices>;
  while (groups.length > 1) {
    const [more, fewer] = groups.filter(({ length }) => length >= thresholds.windows).sort((a, b) => b.length - a.length);
    if (more && fewer) {
      const likeness = between(more, fewer) / Math.sqrt(between(more, more) * between(fewer, fewer));
      if (likeness < thresholds.voicesAlike) two = { likeness, voices: [more, fewer] };
    }
    let nearest: { a: number[]; b: number[]; likeness: number } | undefined;
    for (const [at, a] of groups.entries())
      for (const b of groups.slice(at + 1)) {
        const likeness = between(a, b);
        if (!nearest || likeness > nearest.likeness) nearest = { a, b, likeness };
      }
    if (!nearest) break;
    const { a, b } = nearest;
    groups = [...groups.filter((one) => one !== a && one !== b), [...a, ...b]];
  }
  return two;
}
