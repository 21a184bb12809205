import sharp from 'sharp';
import { sampleRate } from '../models/silero.js';
import type { Frame } from './frame.js';

// One thread, as everywhere in a worker; nothing is drawn twice.
sharp.concurrency(1);
sharp.cache(false);

const pictureWidth = 320;

/** A frame as JPEG, at most 320 pixels wide. */
export const drawFrame = ({ data, width, height }: Frame): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: pictureWidth, withoutEnlargement: true })
    .jpeg({ quality: 72 })
    .toBuffer();

/** What stands where nothing can be shown. */
export const drawNothing = (): Promise<Buffer> =>
  sharp({ create: { width: pictureWidth, height: (pictureWidth * 3) / 4, channels: 3, background: '#8a8f96' } })
    .jpeg()
    .toBuffer();

const waveHeight = 80;
const contextMs = 1_000;

/** The sound from `startMs` to `endMs` as PNG, with a second before and after it; the interval itself stands out. */
export function drawWaveform(samples: Float32Array, startMs: number, endMs: number): Promise<Buffer> {
  const sampleOf = (ms: number): number => Math.round((ms / 1_000) * sampleRate);
  const from = Math.max(0, sampleOf(startMs - contextMs));
  const to = Math.min(samples.length, sampleOf(endMs + contextMs));
  const perColumn = Math.max(1, (to - from) / pictureWidth);
  const columnOf = (sample: number): number => Math.min(pictureWidth, Math.max(0, (sample - from) / perColumn));
  const peaks = Array.from({ length: pictureWidth }, (_, column) => {
    const begin = from + Math.floor(column * perColumn);
    let peak = 0;
    for (let sample = begin; sample < Math.min(to, begin + perColumn); sample++) peak = Math.max(peak, Math.abs(samples[sample] ?? 0));
    return peak;
  });
  // Quiet speech must be visible as well; silence stays flat.
  const loudest = Math.max(0.02, ...peaks);
  const half = waveHeight / 2;
  const path = peaks
    .map((peak, column) => {
      const length = Math.max(0.5, (peak / loudest) * (half - 4));
      return `M${column + 0.5} ${(half - length).toFixed(1)}V${(half + length).toFixed(1)}`;
    })
    .join('');
  const left = columnOf(sampleOf(startMs)).toFixed(1);
  const width = (columnOf(sampleOf(endMs)) - Number(left)).toFixed(1);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${pictureWidth}" height="${waveHeight}">
    <rect width="100%" height="100%" fill="#f4f5f7"/>
    <rect x="${left}" width="${width}" height="100%" fill="#cfe0f5"/>
    <path d="${path}" stroke="#27517f"/>
  </svg>`;
  return sharp(Buffer.from(svg)).png({ palette: true }).toBuffer();
}
