import { run } from '../support/run.js';
import { readPicture } from './picture-code.js';

/** A decoded frame: presentation time in ms from the file's time zero, and the code in it, or null. */
export interface DecodedFrame {
  atMs: number;
  code: number | null;
}

const width = 320;

/** Decodes every frame of a video file and reads its code. The picture's shape must be 4:3 or 16:9. */
export async function decodePictures(file: string, shape: '4:3' | '16:9'): Promise<DecodedFrame[]> {
  const height = shape === '4:3' ? 240 : 180;
  const { stdout, stderr } = await run('ffmpeg', [
    // `-copyts`: times as the file says them, not shifted to begin at 0.
    '-nostdin', '-hide_banner', '-copyts', '-i', file, '-an', '-threads', '1', '-fps_mode', 'passthrough',
    '-vf', `showinfo=checksum=0,scale=${width}:${height}:flags=area`, '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1',
  ]); // prettier-ignore
  const times = [...stderr.matchAll(/pts_time:\s*(-?[\d.]+)/g)].map((match) => Number(match[1]) * 1000);
  const size = width * height;
  if (times.length !== stdout.length / size) throw new Error(`${file}: ${times.length} times for ${stdout.length / size} frames`);
  return times.map((atMs, i) => ({ atMs, code: readPicture(stdout.subarray(i * size, (i + 1) * size), width, height) }));
}

/** Samples a second of decoded sound. */
export const soundRate = 16_000;

/** Decodes a file's sound, laid out by its timestamps: mono, −1 to 1; a hole in the file is a hole in the samples. */
export async function decodeSound(file: string): Promise<Float32Array> {
  const { stdout } = await run('ffmpeg', [
    '-nostdin', '-v', 'error', '-copyts', '-i', file, '-vn', '-af', 'aresample=async=1:first_pts=0:min_hard_comp=0.02',
    '-ac', '1', '-ar', `${soundRate}`, '-f', 'f32le', 'pipe:1',
  ]); // prettier-ignore
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
}
