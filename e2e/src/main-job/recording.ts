import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Sidecar, type Track } from '@vigil/protocol';
import { decodePictures, decodeSound } from '../clock/decode.js';
import type { Captured } from '../clock/capture-truth.js';

/** A segment's file, decoded; times are the server's wall clock, ms. */
export interface DecodedSegment {
  sidecar: Sidecar;
  frames: { atMs: number; code: number | null }[];
  bursts: Captured[];
  /** When there is any sound, in tenths of a second. */
  loud: number[];
}

/** What is on disk of an attempt. */
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
      const { bursts, loud } = sidecar.audio ? await decodeSound(file) : { bursts: [], loud: [] };
      recording[track].push({
        sidecar,
        frames: frames.map(({ atMs, code }) => ({ atMs: sidecar.startMs + atMs, code })),
        bursts: bursts.map(({ atMs, symbol }) => ({ atMs: sidecar.startMs + atMs, code: symbol })),
        loud: loud.map((atMs) => sidecar.startMs + atMs),
      });
    }
    recording[track].sort((a, b) => a.sidecar.startMs - b.sidecar.startMs);
  }
  return recording;
}
