import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../support/run.js';

/** Encoded frames at a steady rate; the first can be decoded alone. A clip is played in a loop. */
export interface Clip {
  frames: Buffer[];
  /** RTP ticks a second, and ticks from one frame to the next. */
  clockRate: number;
  ticks: number;
}

/** What every student sends. */
export interface Clips {
  webcam: Clip;
  microphone: Clip;
  screen: Clip;
}

const seconds = 30;
const webcamRate = 15;
const screenRate = 5;

/** Settings of a browser's encoder: real time, one key frame at the start and then only where one is asked for. */
const vp8 = (kbps: number): string[] => [
  ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-threads', '1', '-auto-alt-ref', '0', '-g', '9999'],
  ...['-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`, '-undershoot-pct', '95'],
];

/**
 * Makes the clips with ffmpeg in `folder`: a picture that moves all over, with noise as cameras have it; a screen with
 * something in it that changes; a tone with noise.
 * @throws {Error} when ffmpeg fails.
 */
export async function makeClips(folder: string): Promise<void> {
  const lavfi = (source: string): string[] => ['-v', 'error', '-y', '-f', 'lavfi', '-t', `${seconds}`, '-i', source];
  const camera = `mandelbrot=size=320x240:rate=${webcamRate},noise=alls=6:allf=t,format=yuv420p`;
  await run('ffmpeg', [...lavfi(camera), ...vp8(150), join(folder, 'webcam.ivf')]);
  await run('ffmpeg', [...lavfi(`testsrc2=size=1280x720:rate=${screenRate},format=yuv420p`), ...vp8(250), join(folder, 'screen.ivf')]);
  const sound = 'aevalsrc=0.3*sin(2*PI*220*t)*sin(2*PI*3*t)+0.05*random(0):sample_rate=48000';
  await run('ffmpeg', [...lavfi(sound), '-c:a', 'libopus', '-b:a', '24k', '-frame_duration', '20', join(folder, 'sound.ogg')]);
}

/** Reads what `makeClips` made. */
export async function readClips(folder: string): Promise<Clips> {
  const [webcam, screen, sound] = await Promise.all(
    ['webcam.ivf', 'screen.ivf', 'sound.ogg'].map((name) => readFile(join(folder, name))),
  );
  const video = (file: Buffer, rate: number): Clip => ({ frames: ivfFrames(file), clockRate: 90_000, ticks: 90_000 / rate });
  return {
    webcam: video(webcam!, webcamRate),
    // Behind the two headers (RFC 7845); the last packet may be cut short.
    microphone: { frames: oggPackets(sound!).slice(2, -1), clockRate: 48_000, ticks: 960 },
    screen: video(screen!, screenRate),
  };
}

/** IVF: a header of 32 bytes, then for each frame its length, 8 bytes of time, and the frame. */
export function ivfFrames(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 32; at + 12 <= file.length; ) {
    const end = at + 12 + file.readUInt32LE(at);
    frames.push(file.subarray(at + 12, end));
    at = end;
  }
  return frames;
}

/** Packets of an Ogg stream (RFC 3533): a segment of 255 bytes goes on in the next. */
export function oggPackets(file: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let page = 0; page + 27 <= file.length; ) {
    const segments = file[page + 26]!;
    let at = page + 27 + segments;
    for (let i = 0; i < segments; i += 1) {
      const length = file[page + 27 + i]!;
      parts.push(file.subarray(at, at + length));
      at += length;
      if (length === 255) continue;
      packets.push(Buffer.concat(parts));
      parts = [];
    }
    page = at;
  }
  return packets;
}
