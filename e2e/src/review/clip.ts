import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { decodeSound, soundRate } from '../clock/decode.js';
import type { Line } from '../main-job/report.js';
import { run } from '../support/run.js';
import { openPage, type Stage } from './stage.js';

/** Opens “Export clip” and says from where to where, as a person writes it. */
export async function openExport(page: Page, from: string, to: string): Promise<void> {
  await page.getByTestId('export').click();
  await page.getByTestId('export-from').fill(from);
  await page.getByTestId('export-to').fill(to);
}

/** Frames of a part of a film's picture, as grey bytes, in order. */
export async function framesOf(file: string, crop: string, width: number, height: number): Promise<Buffer[]> {
  const { stdout } = await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', file, '-an', '-vf', `${crop}scale=${width}:${height}:flags=area`, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1']);
  const size = width * height;
  return Array.from({ length: stdout.length / size }, (_, i) => stdout.subarray(i * size, (i + 1) * size));
}

/** How far two grey pictures are from each other: the mean over their points, 0 to 255. */
export const apart = (a: Buffer, b: Buffer): number => a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;

/** What a clip is, as ffprobe says: each stream's codec and size, and the longest difference from a wanted length, s. */
export async function probeClip(file: string, seconds: number): Promise<{ streams: unknown[][]; offS: number }> {
  const probe = await run('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', file]);
  const { format, streams } = JSON.parse(probe.stdout.toString()) as { format: { duration: string }; streams: { codec_name: string; width?: number; height?: number; duration: string }[] };
  return {
    streams: streams.map(({ codec_name, width, height }) => [codec_name, width, height]),
    offS: Math.max(...[format, ...streams].map(({ duration }) => Math.abs(Number(duration) - seconds))),
  };
}
/** The screen in its own size, beside it a column of 320 with the camera, a name and a clock. */
export const clipStreams = [['h264', 1_600, 720], ['aac', undefined, undefined]];

/** Over the border between two segments of both tracks; s from the attempt's start. */
const clip = { fromS: 55, toS: 65, moments: [1.5, 5, 8.5] } as const;
/** Frames a second of the clip, the webcam's film and the screen's film (media.ts). */
const rate = { clip: 10, webcam: 10, screen: 2 } as const;
const small = { width: 160, height: 90 } as const;

/** Makes a clip in the page, and compares the saved file with the recording that it was made from. */
export async function compareClip(stage: Stage): Promise<Line[]> {
  const { product, seeded, media } = stage;
  const page = await openPage(stage, true);
  const foreign: string[] = [];
  page.context().on('request', (request) => /^(https?|wss?):/.test(request.url()) && new URL(request.url()).origin !== new URL(product.url).origin && foreign.push(request.url()));
  await page.goto(`${product.url}/review/attempts/${seeded.long}`);
  await expect(page.getByTestId('pane-webcam')).toHaveAttribute('data-state', 'paused');
  await openExport(page, '0:55', '1:05');
  const began = performance.now();
  const saved = page.waitForEvent('download', { timeout: 200_000 });
  await page.getByTestId('export-start').click();
  const download = await saved;
  const file = join(product.data, 'made', 'clip.mp4');
  await download.saveAs(file);
  const tookS = (performance.now() - began) / 1_000;
  await page.context().close();

  const seconds = clip.toS - clip.fromS;
  const { streams, offS } = await probeClip(file, seconds);
  const frames = await framesOf(file, 'crop=1280:720:0:0,', small.width, small.height);
  const faces = await framesOf(file, 'crop=320:240:1280:0,', small.width, small.height);
  const screen = await nearest(frames, media.screen.file, rate.screen, media.screen.durationMs / 1_000);
  const webcam = await nearest(faces, media.webcam.file, rate.webcam, media.webcam.durationMs / 1_000);
  const sound = await decodeSound(file);
  const hz = tone(sound);
  const found = (all: readonly Nearest[]): string => all.map(({ offS: off, apart: far }) => `${off.toFixed(1)} s (${far.toFixed(1)})`).join(', ');
  return [
    { what: 'clip, as ffprobe sees it', measured: `${streams.map((stream) => stream.filter(Boolean).join(' ')).join(', ')}; ${offS.toFixed(2)} s from ${seconds} s; made in ${Math.round(tookS)} s`, holds: JSON.stringify(streams) === JSON.stringify(clipStreams) && offS < 0.2 },
    { what: 'clip’s screen beside the record', measured: `at ${clip.moments.join(', ')} s it shows what was recorded, off by ${found(screen)}`, holds: screen.every((one) => one.offS < 0.6 && one.apart < 6) },
    { what: 'clip’s camera beside the record', measured: `the same, off by ${found(webcam)}`, holds: webcam.every((one) => one.offS < 0.15 && one.apart < 10) },
    { what: 'clip’s sound', measured: `${(sound.length / soundRate).toFixed(1)} s of a tone of ${Math.round(hz)} Hz; 220 Hz were recorded`, holds: Math.abs(hz - 220) < 5 && Math.abs(sound.length / soundRate - seconds) < 0.2 },
    { what: 'clip: other sites asked', measured: foreign.join(', ') || 'none', holds: !foreign.length },
  ];
}

interface Nearest {
  /** How far what is shown is from what has to be shown then, s. */
  offS: number;
  /** How unlike the nearest frame is. */
  apart: number;
}

/** For each moment: which of the film's frames is most like the clip's, and how far that is from where it has to be. */
async function nearest(frames: readonly Buffer[], film: string, fps: number, filmS: number): Promise<Nearest[]> {
  const source = await framesOf(film, '', small.width, small.height);
  return clip.moments.map((atS) => {
    const shown = frames[Math.round(atS * rate.clip)];
    if (!shown) return { offS: Infinity, apart: Infinity };
    const distances = source.map((frame) => apart(frame, shown));
    const best = distances.indexOf(Math.min(...distances));
    const offS = Math.abs(best / fps - Math.floor(((clip.fromS + atS) % filmS) * fps) / fps);
    return { offS: Math.min(offS, filmS - offS), apart: distances[best] ?? Infinity };
  });
}

/** A sound's tone, Hz, by how often it goes through zero upwards; 0 where there is none. */
function tone(sound: Float32Array): number {
  const loud = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  if (loud < 0.01) return 0;
  let ups = 0;
  for (let i = 1; i < sound.length; i += 1) if (sound[i - 1]! < 0 && sound[i]! >= 0) ups += 1;
  return ups / (sound.length / soundRate);
}
