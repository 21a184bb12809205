import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { cameraFps } from '../clock/camera-clip.js';
import { run } from '../support/run.js';
import { turnFace } from './turned-face.js';

const size = { width: 1280, height: 960 };

/** A student's card of our own drawing, beside the face. */
export async function withCard(face: Buffer, given: string, surname: string): Promise<Buffer> {
  const [width, height] = [520, 330];
  const text = (x: number, y: number, pixels: number, words: string, more = ''): string => `<text x="${x}" y="${y}" font-size="${pixels}" ${more}>${words}</text>`;
  const card = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" fill="#222">
    <rect width="${width}" height="${height}" rx="20" fill="#dfe8ee"/><rect width="${width}" height="54" fill="#2b5a88"/>
    ${text(20, 37, 26, 'UNIVERSITY OF VIGIL', 'fill="#fff"')}<rect x="20" y="72" width="120" height="156" fill="#b9a898"/>
    ${text(160, 96, 16, 'Surname')}${text(160, 130, 30, surname, 'font-weight="bold"')}
    ${text(160, 162, 16, 'Given names')}${text(160, 196, 30, given, 'font-weight="bold"')}
    ${text(160, 232, 18, 'Student card 2026-2027')}</svg>`;
  return sharp(await sharp(face).resize(size).toBuffer()).composite([{ input: Buffer.from(card), left: size.width - width - 20, top: size.height - height - 20 }]).jpeg({ quality: 90 }).toBuffer();
}

/**
 * The film of a student's onboarding, again and again: too dark, nobody, the face from the front, from both sides (turned by a program,
 * as there is no film of a head that turns), closer, and beside a card with the student's name.
 * @param face JPEG of 640×480 with one face @returns Motion JPEG for Chromium's camera.
 */
export async function onboardingFilm(face: string, folder: string): Promise<string> {
  const grown = (picture: string | Buffer): Promise<Buffer> => sharp(picture).resize(size).jpeg({ quality: 90 }).toBuffer();
  const front = await grown(face);
  const near = await sharp(face).extract({ left: 96, top: 48, width: 448, height: 336 }).resize(size).jpeg({ quality: 90 }).toBuffer();
  const scenes: [seconds: number, picture: Buffer][] = [
    [2, await sharp(front).linear(0.15, 0).jpeg().toBuffer()],
    [2, await sharp({ create: { ...size, channels: 3, background: '#8d9aa4' } }).jpeg().toBuffer()],
    [4, front],
    [3, await grown(await turnFace(face, 60))],
    [3, await grown(await turnFace(face, -60))],
    [3, near],
    [4, await withCard(front, 'ADA', 'LOVELACE')],
  ];
  await mkdir(folder, { recursive: true });
  const list = await Promise.all(
    scenes.map(async ([seconds, picture], at) => {
      await writeFile(join(folder, `${at}.jpg`), picture);
      return `file '${at}.jpg'\nduration ${seconds}\n`;
    }),
  );
  // The last one's length counts only where another entry follows.
  await writeFile(join(folder, 'list.txt'), `${list.join('')}file '${scenes.length - 1}.jpg'\n`);
  const film = join(folder, 'onboarding.mjpeg');
  await run('ffmpeg', ['-v', 'error', '-y', '-f', 'concat', '-i', join(folder, 'list.txt'), '-r', `${cameraFps}`, '-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '3', '-f', 'mjpeg', film]);
  return film;
}

/** A film of somebody in front of the camera. */
export async function plainFilm(clip: string, from: number, seconds: number, file: string): Promise<string> {
  await run('ffmpeg', ['-v', 'error', '-y', '-ss', `${from}`, '-t', `${seconds}`, '-i', clip, '-an', '-r', `${cameraFps}`, '-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '6', '-f', 'mjpeg', file]);
  return file;
}
