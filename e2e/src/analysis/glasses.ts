import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDetectors } from '@vigil/recorder/worker';
import sharp from 'sharp';
import { medianOf } from '@vigil/protocol';
import { run } from '../support/run.js';
import type { Format } from './conditions.js';
import { fit } from './encode.js';

/** Glasses of our own making (CC0): dark rims, and a little of the screen's light in them. 44 units from eye to eye. */
const eyesApart = 44;
const drawing = { width: 100, height: 40 };
const lens = (x: number): string =>
  `<rect x="${x}" y="4" width="38" height="31" rx="11" fill="#9fb4c4" fill-opacity=".16" stroke="#1b1714" stroke-width="3.2"/>
  <path d="M${x + 9} 12l10-5" stroke="#fff" stroke-opacity=".55" stroke-width="3"/>`;
const glasses = `<path d="M47 15q3-4 6 0M9 13l-8-3M91 13l8-3" fill="none" stroke="#1b1714" stroke-width="3.2"/>${lens(9)}${lens(53)}`;

const looks = { perSecond: 7.5, width: 320, height: 240 };
const out = -1_000;

/**
 * Looks for the eyes of the one person in a film, and puts glasses onto them.
 * @returns ffmpeg's inputs, which count from 1, and a graph that makes `[picture]`.
 */
export async function glassesGraph(file: string, format: Format, folder: string): Promise<{ inputs: string[]; graph: string }> {
  const { findFaces } = await loadDetectors();
  const { width, height, perSecond } = looks;
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-vf', fit({ ...looks, fps: perSecond, kbps: 0 }), '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-threads', '1', '-']);
  const bytes = width * height * 3;
  const enlarged = format.width / width;
  const eyes: ({ x: number; y: number; apart: number } | undefined)[] = [];
  for (let at = 0; at + bytes <= stdout.length; at += bytes) {
    const face = (await findFaces({ timeMs: 0, width, height, data: stdout.subarray(at, at + bytes) })).sure[0]?.box;
    const middle = (axis: 'x' | 'y'): number => ((face!.leftEye[axis] + face!.rightEye[axis]) / 2) * enlarged;
    eyes.push(face && { x: middle('x'), y: middle('y'), apart: Math.hypot(face.rightEye.x - face.leftEye.x, face.rightEye.y - face.leftEye.y) * enlarged });
  }
  const scale = medianOf(eyes.flatMap((pair) => (pair ? [pair.apart] : []))) / eyesApart;
  const [w, h] = [Math.round(drawing.width * scale), Math.round(drawing.height * scale)];
  const picture = join(folder, 'glasses.png');
  await sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${drawing.width} ${drawing.height}">${glasses}</svg>`)).png().toFile(picture);
  const moves = eyes.map((pair, index) => {
    const [x, y] = pair ? [Math.round(pair.x - w / 2), Math.round(pair.y - h / 2)] : [out, out];
    return `${(index / perSecond).toFixed(3)} overlay@glasses x ${x}, overlay@glasses y ${y};`;
  });
  const commands = join(folder, 'moves.txt');
  await writeFile(commands, moves.join('\n'));
  return {
    inputs: ['-i', file, '-loop', '1', '-framerate', `${format.fps}`, '-i', picture],
    graph: `[1:v]${fit(format)},sendcmd=f='${commands}'[film];[film][2:v]overlay@glasses=x=${out}:y=${out}[picture]`,
  };
}
