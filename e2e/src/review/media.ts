import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { peakMs, thumbnailMs, type Sidecar, type Strip } from '@vigil/protocol';
import { run } from '../support/run.js';

/** A segment's file, and what a sidecar says of it. */
export interface MadeSegment extends Pick<Sidecar, 'durationMs' | 'video' | 'audio' | 'bytes' | 'sha256'> {
  file: string;
  /** Its thumbnails, a JPEG. */
  pictures: string;
  strip: Omit<Strip, 'version' | 'sha256'>;
}

/** What all attempts share: each file is made once. */
export interface Media {
  webcam: MadeSegment;
  screen: MadeSegment;
  frame: string;
  waveform: string;
}

const seconds = { webcam: 20, screen: 60 } as const;

/**
 * Makes them with the system's ffmpeg. As in a recording a segment's only key frame is its first: a jump to its end has to decode
 * all of it.
 */
export async function makeMedia(folder: string): Promise<Media> {
  const ffmpeg = (...args: string[]): Promise<unknown> => run('ffmpeg', ['-v', 'error', '-y', ...args], { timeoutMs: 300_000 });
  const vp8 = (kbps: number): string[] => ['-c:v', 'libvpx', '-b:v', `${kbps}k`, '-deadline', 'realtime', '-cpu-used', '16', '-g', '100000', '-auto-alt-ref', '0'];
  const [webcam, screen] = [join(folder, 'webcam.webm'), join(folder, 'screen.webm')];
  const [frame, waveform] = [join(folder, 'frame.jpg'), join(folder, 'waveform.png')];
  await ffmpeg(
    '-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=10:duration=${seconds.webcam}`, '-f', 'lavfi', '-i', `sine=frequency=220:duration=${seconds.webcam}`,
    ...vp8(150), '-c:a', 'libopus', '-b:a', '24k', '-ac', '1', '-f', 'webm', webcam,
  ); // prettier-ignore
  await ffmpeg('-f', 'lavfi', '-i', `testsrc=size=1280x720:rate=2:duration=${seconds.screen}`, ...vp8(250), '-pix_fmt', 'yuv420p', '-f', 'webm', screen);
  const thumbnails = async (file: string, of: keyof typeof seconds, size: { width: number; height: number }): Promise<Pick<MadeSegment, 'pictures' | 'strip'>> => {
    const count = (seconds[of] * 1_000) / thumbnailMs;
    await ffmpeg('-i', file, '-vf', `fps=${1_000 / thumbnailMs}:start_time=0:round=up,scale=${size.width}:${size.height},tile=1x${count}`, '-frames:v', '1', `${file}.jpg`);
    return { pictures: `${file}.jpg`, strip: { pictures: { ...size, timesMs: Array.from({ length: count }, (_, place) => place * thumbnailMs) } } };
  };
  const [webcamStrip, screenStrip] = [await thumbnails(webcam, 'webcam', { width: 120, height: 90 }), await thumbnails(screen, 'screen', { width: 160, height: 90 })];
  // Louder and softer; nobody speaks.
  webcamStrip.strip.sound = { peaks: Buffer.from(Array.from({ length: (seconds.webcam * 1_000) / peakMs }, (_, at) => Math.round(60 + 50 * Math.sin(at / 5) + 40 * Math.sin(at)))).toString('base64'), speech: [] };
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=1:duration=1', '-frames:v', '1', frame);
  await ffmpeg('-f', 'lavfi', '-i', 'color=size=320x120:color=steelblue', '-frames:v', '1', waveform);
  return {
    webcam: {
      ...(await told(webcam, seconds.webcam * 1_000)),
      ...webcamStrip,
      video: { codec: 'vp8', width: 320, height: 240, frames: seconds.webcam * 10 },
      audio: { codec: 'opus', frames: seconds.webcam * 50 },
    },
    screen: { ...(await told(screen, seconds.screen * 1_000)), ...screenStrip, video: { codec: 'vp8', width: 1280, height: 720, frames: seconds.screen * 2 } },
    frame,
    waveform,
  };
}

async function told(file: string, durationMs: number): Promise<Pick<MadeSegment, 'file' | 'durationMs' | 'bytes' | 'sha256'>> {
  const bytes = await readFile(file);
  return { file, durationMs, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
