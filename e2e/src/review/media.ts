import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sidecar } from '@vigil/protocol';
import { run } from '../support/run.js';

/** A segment's file, and what a sidecar says of it. */
export interface MadeSegment extends Pick<Sidecar, 'durationMs' | 'video' | 'audio' | 'bytes' | 'sha256'> {
  file: string;
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
  const ffmpeg = (...args: string[]): Promise<unknown> => run('ffmpeg', ['-v', 'error', '-y', ...args]);
  const vp8 = (kbps: number): string[] => ['-c:v', 'libvpx', '-b:v', `${kbps}k`, '-deadline', 'realtime', '-cpu-used', '16', '-g', '100000', '-auto-alt-ref', '0'];
  const [webcam, screen] = [join(folder, 'webcam.webm'), join(folder, 'screen.webm')];
  const [frame, waveform] = [join(folder, 'frame.jpg'), join(folder, 'waveform.png')];
  await ffmpeg(
    '-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=10:duration=${seconds.webcam}`, '-f', 'lavfi', '-i', `sine=frequency=220:duration=${seconds.webcam}`,
    ...vp8(150), '-c:a', 'libopus', '-b:a', '24k', '-ac', '1', '-f', 'webm', webcam,
  ); // prettier-ignore
  await ffmpeg('-f', 'lavfi', '-i', `testsrc=size=1280x720:rate=2:duration=${seconds.screen}`, ...vp8(250), '-pix_fmt', 'yuv420p', '-f', 'webm', screen);
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=1:duration=1', '-frames:v', '1', frame);
  await ffmpeg('-f', 'lavfi', '-i', 'color=size=320x120:color=steelblue', '-frames:v', '1', waveform);
  return {
    webcam: {
      ...(await told(webcam, seconds.webcam * 1_000)),
      video: { codec: 'vp8', width: 320, height: 240, frames: seconds.webcam * 10 },
      audio: { codec: 'opus', frames: seconds.webcam * 50 },
    },
    screen: { ...(await told(screen, seconds.screen * 1_000)), video: { codec: 'vp8', width: 1280, height: 720, frames: seconds.screen * 2 } },
    frame,
    waveform,
  };
}

async function told(file: string, durationMs: number): Promise<Pick<MadeSegment, 'file' | 'durationMs' | 'bytes' | 'sha256'>> {
  const bytes = await readFile(file);
  return { file, durationMs, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
