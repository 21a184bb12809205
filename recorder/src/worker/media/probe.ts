import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { VigilError } from '@vigil/protocol';
import { z } from 'zod';
import { limited } from './ffmpeg.js';

const Answer = z.object({
  streams: z.array(
    z.object({ codec_type: z.string(), width: z.number().int().optional(), height: z.number().int().optional() }),
  ),
  packets: z.array(z.object({ pts_time: z.coerce.number(), duration_time: z.coerce.number().default(0) })),
});

/**
 * What is in a file that has no sidecar. The duration comes from the packets, as a recording may not say it.
 * @throws {VigilError} `badInput`: it is not a WebM file.
 */
export async function probe(
  file: string,
): Promise<{ video?: { width: number; height: number } | undefined; audio: boolean; durationMs: number }> {
  const entries = 'stream=codec_type,width,height:packet=pts_time,duration_time';
  const { stdout } = await promisify(execFile)(
    ...limited('ffprobe', ['-v', 'error', '-protocol_whitelist', 'file,pipe', '-f', 'matroska', '-show_entries', entries, '-of', 'json', `file:${file}`]),
    { timeout: 60_000, maxBuffer: 256 * 1024 * 1024 },
  ).catch((cause: unknown) => {
    throw new VigilError('badInput', `${file} cannot be read as a WebM file.`, { cause });
  });
  const { streams, packets } = Answer.parse(JSON.parse(stdout));
  const video = streams.find((stream) => stream.codec_type === 'video');
  const ends = packets.map(({ pts_time, duration_time }) => pts_time + duration_time);
  return {
    video: video?.width && video.height ? { width: video.width, height: video.height } : undefined,
    audio: streams.some((stream) => stream.codec_type === 'audio'),
    durationMs: 1_000 * ends.reduce((a, b) => Math.max(a, b), 0),
  };
}

/** How long a WebM's picture lasts, ms, that is in memory and must not be on a disk. 0: it cannot be read. */
export async function pictureMsOf(file: Uint8Array): Promise<number> {
  const entries = ['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
  const child = execFile(...limited('ffprobe', ['-v', 'error', '-protocol_whitelist', 'pipe', '-f', 'matroska', ...entries, 'pipe:0']), {
    timeout: 60_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
  // It may end before it has read all.
  child.stdin?.on('error', () => undefined).end(file);
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  const times = text.split('\n').map(Number.parseFloat).filter(Number.isFinite);
  return times.length < 2 ? 0 : 1_000 * (times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b)));
}
