import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { SegmentBuilder } from '../src/capture/segment-builder.js';

/** Clips of our own making: drawn, and spoken by espeak-ng. Nobody's likeness, nobody's voice. */

const run = (program: string, parameters: readonly string[]) => promisify(execFile)(program, parameters, { timeout: 60_000 });

const face = (x: number, y: number, scale: number): string => `<g transform="translate(${x} ${y}) scale(${scale})">
  <ellipse cy="-18" rx="62" ry="80" fill="#3a2a1e"/><rect x="-24" y="50" width="48" height="60" fill="#b98563"/>
  <path d="M-110 150Q-90 95-24 92H24Q90 95 110 150Z" fill="#31466b"/><ellipse rx="54" ry="72" fill="url(#skin)"/>
  <path d="M-54-12Q-50-72 0-72T54-12Q40-48 0-50T-54-12Z" fill="#3a2a1e"/>
  <path d="M-40-22Q-26-31-10-23M40-22Q26-31 10-23" stroke="#32231a" stroke-width="5" fill="none"/>
  <path d="M-37-8Q-25-17-12-7-25-1-37-8ZM37-8Q25-17 12-7 25-1 37-8Z" fill="#fff"/>
  <circle cx="-25" cy="-9" r="5" fill="#22160f"/><circle cx="25" cy="-9" r="5" fill="#22160f"/>
  <path d="M-38-9Q-25-19-11-8M38-9Q25-19 11-8" stroke="#2a1a12" stroke-width="2.5" fill="none"/>
  <path d="M-5-5Q-9 15-12 20-6 27 0 26T12 20Q9 15 5-5" fill="#0002"/>
  <ellipse cx="-6" cy="22" rx="3" ry="2" fill="#5a3526"/><ellipse cx="6" cy="22" rx="3" ry="2" fill="#5a3526"/>
  <path d="M-20 42Q-8 36 0 39T20 42Q0 54-20 42Z" fill="#a5544c"/><path d="M-20 42Q0 45 20 42" stroke="#6b2f2a" stroke-width="2" fill="none"/>
</g>`;

const room = (people: string): string => `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">
  <radialGradient id="skin" cx=".42" cy=".4"><stop stop-color="#edbf9d"/><stop offset=".7" stop-color="#d9a380"/><stop offset="1" stop-color="#a8714f"/></radialGradient>
  <linearGradient id="wall" x2="1" y2="1"><stop stop-color="#cfd3d6"/><stop offset="1" stop-color="#9fa6ab"/></linearGradient>
  <rect width="640" height="480" fill="url(#wall)"/><rect x="420" y="60" width="150" height="110" fill="#7d8b74"/>${people}</svg>`;

/** What a clip can show. */
export const scenes = {
  one: room(face(320, 230, 1.4)),
  two: room(face(190, 240, 1.2) + face(460, 250, 1.1)),
  nobody: room(''),
  black: '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480"/></svg>',
  page: `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#fff"/>
    ${Array.from({ length: 12 }, (_, line) => `<rect x="60" y="${40 + line * 34}" width="${300 + ((line * 97) % 200)}" height="12" fill="#444"/>`).join('')}</svg>`,
  darkPage: `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#000"/>
    ${Array.from({ length: 12 }, (_, line) => `<rect x="60" y="${40 + line * 34}" width="${300 + ((line * 97) % 200)}" height="6" fill="#bbb"/>`).join('')}</svg>`,
} as const;
export type Scene = keyof typeof scenes;

/** A scene as one decoded frame. */
export async function drawScene(scene: Scene) {
  const { data, info } = await sharp(Buffer.from(scenes[scene])).blur(1).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { timeMs: 0, width: info.width, height: info.height, data };
}

export interface ClipOptions {
  /** Shown one after the other, each for its seconds. */
  scenes?: readonly (readonly [Scene, seconds: number])[];
  /** Frames a second before `filter`. */
  rate?: number;
  /** An ffmpeg filter for the picture, e.g. to drop frames or to draw a caret. */
  filter?: string;
  /** ffmpeg's arguments for a sound, e.g. `['-i', 'x.wav']`. */
  sound?: readonly string[];
}

/** Makes a WebM file (VP8, Opus), and answers its path. */
export async function makeClip(folder: string, name: string, { scenes: shown = [], rate = 10, filter = 'null', sound }: ClipOptions): Promise<string> {
  const file = join(folder, `${name}.webm`);
  const inputs: string[] = [];
  for (const [scene, seconds] of shown) {
    const picture = join(folder, `${scene}.png`);
    await sharp(Buffer.from(scenes[scene])).blur(1).png().toFile(picture);
    inputs.push('-loop', '1', '-framerate', String(rate), '-t', String(seconds), '-i', picture);
  }
  const video = shown.length
    ? [
        ...['-filter_complex', `${shown.map((_, index) => `[${index}:v]`).join('')}concat=n=${shown.length},${filter}[picture]`, '-map', '[picture]'],
        ...['-vsync', 'passthrough', '-pix_fmt', 'yuv420p', '-c:v', 'libvpx', '-b:v', '300k', '-deadline', 'realtime', '-cpu-used', '-8', '-g', '600'],
      ]
    : [];
  const audio = sound ? ['-map', `${shown.length}:a`, '-c:a', 'libopus', '-b:a', '24k', '-ac', '1'] : [];
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...inputs, ...(sound ?? []), ...video, ...audio, '-threads', '1', file]);
  return file;
}

/** Speaks a sentence into a WAV file, with two seconds of silence before and after it, and answers its path. */
export async function speak(folder: string, sentence: string): Promise<string> {
  const spoken = join(folder, 'spoken.wav');
  const file = join(folder, 'padded.wav');
  await run('espeak-ng', ['-s', '150', '-w', spoken, sentence]);
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', spoken, '-af', 'adelay=2000,apad=pad_dur=2', file]);
  return file;
}

/** Writes a clip's pictures as capture would (blocks with durations), each at the time that `timeMs` gives it. */
export async function recordAgain(clip: string, size: { width: number; height: number }, timeMs: (index: number) => number, endMs: number): Promise<string> {
  const ivf = `${clip}.ivf`;
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', clip, '-c', 'copy', ivf]);
  const frames = await readFile(ivf);
  const beganMs = Date.UTC(2030, 0, 1);
  let written: Buffer = Buffer.alloc(0);
  let open = 0;
  const segment = new SegmentBuilder({ video: { codec: 'vp8', ...size }, audio: false }, beganMs, {
    write: (data, tail) => {
      written = Buffer.concat([written.subarray(0, written.length - open), data, tail]);
      open = tail.length;
    },
  });
  // IVF: a header of 32 bytes; before each frame its size and its time, 12 bytes.
  for (let at = 32, index = 0; at < frames.length; index++) {
    const bytes = frames.readUInt32LE(at);
    segment.video(beganMs + timeMs(index), index === 0, [frames.subarray(at + 12, at + 12 + bytes)], bytes);
    at += 12 + bytes;
  }
  segment.finish(beganMs + endMs);
  const file = `${clip}.recorded.webm`;
  await writeFile(file, written);
  return file;
}

/** Makes a WebM file as a browser sends a screen, of drawings (SVG), each for its seconds. */
export async function encodePictures(folder: string, drawings: readonly (readonly [svg: string, seconds: number])[]): Promise<string> {
  const file = join(folder, 'screen.webm');
  const inputs: string[] = [];
  for (const [index, [svg, seconds]] of drawings.entries()) {
    const picture = join(folder, `screen-${index}.png`);
    await sharp(Buffer.from(svg)).png().toFile(picture);
    inputs.push('-loop', '1', '-framerate', '2', '-t', String(seconds), '-i', picture);
  }
  const graph = `${drawings.map((_, index) => `[${index}:v]`).join('')}concat=n=${drawings.length}[picture]`;
  const video = ['-pix_fmt', 'yuv420p', '-c:v', 'libvpx', '-b:v', '200k', '-maxrate', '200k', '-bufsize', '200k', '-deadline', 'realtime', '-cpu-used', '-8', '-g', '9999'];
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...inputs, '-filter_complex', graph, '-map', '[picture]', ...video, '-threads', '1', file]);
  return file;
}
