import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Sidecar, type Track } from '@vigil/protocol';
import type { Captured } from '../clock/capture-truth.js';
import { decodePictures, decodeSound, soundRate } from '../clock/decode.js';
import { readBursts } from '../clock/sound-code.js';

/** A segment's file, decoded; times are the server's wall clock, ms. */
export interface DecodedSegment {
  sidecar: Sidecar;
  frames: { atMs: number; code: number | null }[];
  /** Mono, from the file's time zero. */
  sound: Float32Array;
}

/** What is on disk of an attempt, in order of time. */
export type Recording = Record<Track, DecodedSegment[]>;

/** The attempts that have segments in a data folder. */
export const recordedAttempts = (data: string): Promise<string[]> => readdir(join(data, 'segments'));

/** Decodes every segment of an attempt from its file alone. @throws {Error} when one cannot be played by itself. */
export async function decodeRecording(data: string, attempt: string): Promise<Recording> {
  const recording: Recording = { webcam: [], screen: [] };
  for (const track of ['webcam', 'screen'] as const) {
    const folder = join(data, 'segments', attempt, track);
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.json')) continue;
      const sidecar = Sidecar.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
      const file = join(folder, name.replace(/json$/, 'webm'));
      const frames = sidecar.video ? await decodePictures(file, track === 'webcam' ? '4:3' : '16:9') : [];
      recording[track].push({
        sidecar,
        frames: frames.map(({ atMs, code }) => ({ atMs: sidecar.startMs + atMs, code })),
        sound: sidecar.audio ? await decodeSound(file) : new Float32Array(),
      });
    }
    recording[track].sort((a, b) => a.sidecar.startMs - b.sidecar.startMs);
  }
  return recording;
}

/** Segments that follow each other this closely are heard as one, ms. */
const joinMs = 60;

/**
 * The sound of an attempt as it is played: segment after segment, for a burst may lie across a border.
 * @returns its bursts, and the tenths of a second in which there is any sound; server wall clock, ms.
 */
export function soundOf(segments: readonly DecodedSegment[]): { bursts: Captured[]; loud: number[] } {
  const bursts: Captured[] = [];
  const loud: number[] = [];
  const hear = (startMs: number, samples: Float32Array): void => {
    for (const { atMs, symbol } of readBursts(samples, soundRate)) bursts.push({ atMs: startMs + atMs, code: symbol });
    const tenth = soundRate / 10;
    for (let from = 0; from + tenth <= samples.length; from += tenth)
      if (samples.subarray(from, from + tenth).some((sample) => Math.abs(sample) > 0.003))
        loud.push(startMs + (from / soundRate) * 1000);
  };
  let run: DecodedSegment[] = [];
  const end = (): void => {
    const [first] = run;
    const last = run.at(-1);
    if (!first || !last) return;
    const at = ({ sidecar }: DecodedSegment): number =>
      Math.round(((sidecar.startMs - first.sidecar.startMs) * soundRate) / 1000);
    const samples = new Float32Array(at(last) + last.sound.length);
    for (const segment of run) samples.set(segment.sound.subarray(0, samples.length - at(segment)), at(segment));
    hear(first.sidecar.startMs, samples);
    run = [];
  };
  for (const segment of segments) {
    const before = run.at(-1)?.sidecar;
    if (before && Math.abs(segment.sidecar.startMs - before.startMs - before.durationMs) > joinMs) end();
    run.push(segment);
  }
  end();
  return { bursts, loud };
}
