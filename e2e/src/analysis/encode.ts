import { run } from '../support/run.js';
import { wav } from '../clock/sound-clip.js';
import type { Format } from './conditions.js';
import { rate } from './noises.js';

/** What a file is made of. */
export interface Parts {
  /** ffmpeg's arguments for the inputs of the picture. */
  inputs?: readonly string[];
  /** A filter graph that makes `[picture]` of them. */
  graph?: string;
  format?: Format;
  /** Mono samples at `rate`, or a file. With it, the inputs of the picture count from 1. */
  sound?: Float32Array;
  soundFile?: string;
  seconds: number;
}

/** Fits a picture into a format. */
export const fit = ({ width, height, fps }: Format): string =>
  `fps=${fps},scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:-1:-1,setsar=1`;

/**
 * Writes a WebM file as a student's browser sends it: VP8 in real time with one key frame at the start, Opus at 20 kbit/s.
 * @throws {Error} when ffmpeg fails.
 */
export async function encode(file: string, { inputs = [], graph, format, sound, soundFile, seconds }: Parts): Promise<void> {
  const picture = graph && format
    ? [
        ...['-filter_complex', graph, '-map', '[picture]', '-pix_fmt', 'yuv420p', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '-8', '-g', '9999'],
        ...['-b:v', `${format.kbps}k`, '-maxrate', `${format.kbps}k`, '-bufsize', `${format.kbps}k`, '-undershoot-pct', '95', '-auto-alt-ref', '0'],
      ]
    : [];
  const source = soundFile ?? (sound && 'pipe:0');
  const heard = source ? ['-map', '0:a', '-c:a', 'libopus', '-b:a', '20k', '-ac', '1', '-application', 'voip'] : [];
  await run(
    'ffmpeg',
    ['-v', 'error', '-nostdin', '-y', ...(source ? ['-i', source] : []), ...inputs, ...picture, ...heard, '-t', `${seconds}`, '-threads', '1', file],
    { timeoutMs: 600_000, ...(sound && { input: wav(sound, rate) }) },
  );
}
