import { DetectorStamp, VigilError, type Gap } from '@vigil/protocol';
import { z } from 'zod';
import type { Detectors } from './detectors/all.js';
import type { Detector, Known, Timed } from './detectors/detector.js';
import { Hearing } from './detectors/hearing.js';
import { Look } from './detectors/look.js';
import { Pace } from './detectors/pace.js';
import { decode, type Source } from './media/decode.js';
import type { Frame } from './media/frame.js';
import type { MadeStrip, StripMaker } from './media/strip.js';

export interface FileToMeasure extends Source {
  /** From the sidecar, ms. */
  durationMs?: number | undefined;
  /** Of the picture, ms from the file's time zero. */
  gaps?: readonly Pick<Gap, 'startMs' | 'endMs'>[];
}

/** What the detectors measured in one file, as it is stored: `[startMs, endMs, value]` from the file's time zero. */
export const Measured = z.object({
  version: z.literal(1),
  /** Of the file that was measured. */
  sha256: z.string().optional(),
  /** Of the student's face that it was compared with, see `Onlooker`. */
  baseline: z.string().optional(),
  detectors: z.array(z.object({ stamp: DetectorStamp, samples: z.array(z.tuple([z.number(), z.number(), z.unknown()])) })),
});
export type Measured = z.infer<typeof Measured>;

/** What was measured in a segment, with what it looks and sounds like. */
export type Measuring = Measured & { strip?: MadeStrip };

/** A screen's frame stands until the next one comes, however late; a webcam that sends nothing is not known to see the same. */
const holdMs = { webcam: 2_000, screen: Infinity } as const;

/**
 * Decodes a file once and has every detector of its track measure it. The same file gives the same.
 * @param strip makes the file's strip of the same frames and sound.
 * @throws {VigilError} `badInput` the file cannot be decoded; `internal` ffmpeg cannot be started.
 */
export async function measureFile(source: FileToMeasure, detectors: Detectors, known: Known, signal?: AbortSignal, strip?: StripMaker): Promise<Measured> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const own = detectors.all.filter(({ track }) => track === source.track);
  // Screens are judged by their brightness, whether they are read or not.
  const decoded = decode(source, either, source.track === 'webcam' ? 'colour' : own.some(({ reads }) => reads) ? 'full' : 'grey');
  const frames = strip?.pass(decoded.frames) ?? decoded.frames;
  try {
    const [seen, heard] = await Promise.all([watch(frames, source, detectors, known, either), listen(decoded.sound, own, detectors, strip), decoded.ended]);
    if (source.video && !seen.size) throw new VigilError('badInput', 'No frame of the picture could be decoded.');
    const samplesOf = (detector: Detector): Timed<unknown>[] => seen.get(detector) ?? heard.get(detector) ?? [];
    return {
      version: 1,
      detectors: own.map((detector) => ({
        stamp: detector.stamp,
        samples: samplesOf(detector).map(({ startMs, endMs, value }) => [Math.round(startMs), Math.round(endMs), value]),
      })),
    };
  } catch (error) {
    stop.abort();
    signal?.throwIfAborted();
    throw error;
  }
}

/** What the detectors of a track see in its frames, each value with how long it holds. Empty: there were no frames. */
export async function watch(
  frames: AsyncIterable<Frame>,
  source: Pick<FileToMeasure, 'track' | 'durationMs' | 'gaps'>,
  { all, findFaces }: Pick<Detectors, 'all' | 'findFaces'>,
  known: Known,
  signal?: AbortSignal,
): Promise<Map<Detector, Timed<unknown>[]>> {
  const looking = all.flatMap((detector) => {
    const { track, look: begin } = detector;
    return begin && track === source.track ? [{ detector, begin, see: begin(known), samples: [] as Timed<unknown>[] }] : [];
  });
  const standsUntil = (fromMs: number, nextMs: number): number => {
    const gap = source.gaps?.find((one) => one.endMs > fromMs && one.startMs < nextMs);
    return Math.max(fromMs, Math.min(nextMs, fromMs + holdMs[source.track], gap?.startMs ?? Infinity));
  };
  let lastMs: number | undefined;
  let pace = new Pace();
  /** The frame that was seen last is shown until then. */
  const settle = (nextMs: number): boolean => {
    if (lastMs === undefined) return true;
    const untilMs = standsUntil(lastMs, nextMs);
    for (const { samples } of looking) {
      const last = samples.at(-1);
      if (last?.endMs === lastMs) last.endMs = untilMs;
    }
    return untilMs === nextMs;
  };
  for await (const frame of frames) {
    const { timeMs } = frame;
    // After a hole everything is looked at anew.
    if (!settle(timeMs)) {
      pace = new Pace();
      for (const one of looking) one.see = one.begin(known);
    }
    lastMs = timeMs;
    const seen = new Look(frame, findFaces, signal, pace);
    for (const one of looking) {
      const value = await one.see(seen);
      if (value !== undefined) one.samples.push({ startMs: timeMs, endMs: timeMs, value });
    }
  }
  if (lastMs === undefined) return new Map();
  settle(Math.max(source.durationMs ?? 0, lastMs));
  return new Map(looking.map(({ detector, samples }) => [detector, samples.filter(({ startMs, endMs }) => endMs > startMs)]));
}

async function listen(sound: Promise<Float32Array>, own: readonly Detector[], { findSpeech }: Pick<Detectors, 'findSpeech'>, strip?: StripMaker): Promise<Map<Detector, Timed<unknown>[]>> {
  const samples = await sound;
  const hearing = new Hearing(samples, findSpeech);
  const heard = new Map<Detector, Timed<unknown>[]>();
  for (const detector of own) if (detector.hear && samples.length) heard.set(detector, await detector.hear(hearing));
  await strip?.hear(hearing);
  return heard;
}
