import { peakMs, Strip, thumbnailMs } from '@vigil/protocol';
import sharp from 'sharp';
import type { Hearing } from '../detectors/hearing.js';
import { each } from '../detectors/look.js';
import { speechOf, speechStretches } from '../detectors/speech.js';
import { sampleRate } from '../models/silero.js';
import type { Frame } from './frame.js';

/** Thumbnails fit into it: pixels. */
const box = { width: 160, height: 90 };

/** A strip, and its thumbnails as JPEG if there are any. */
export interface MadeStrip {
  strip: Strip;
  pictures?: Buffer;
}

/** Makes the strip of a segment from what is decoded for its detectors. */
export class StripMaker {
  readonly #isDue = each(thumbnailMs);
  readonly #tiles: Buffer[] = [];
  readonly #timesMs: number[] = [];
  #size = { width: 0, height: 0 };
  #sound: Strip['sound'];
  #tookMs = 0;

  /** How long it has worked so far, ms. */
  get tookMs(): number {
    return this.#tookMs;
  }

  /** Hands frames on. One that is due is drawn small once whoever reads them is through with it: then its colours are made already. */
  async *pass(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void> {
    for await (const frame of frames) {
      yield frame;
      if (this.#isDue(frame.timeMs)) await this.#timed(() => this.#draw(frame));
    }
  }

  async hear(hearing: Hearing): Promise<void> {
    if (!hearing.samples.length) return;
    const speech = await hearing.speech();
    await this.#timed(() => {
      const stretches = speechOf(speechStretches(speech)).map(({ startMs, endMs }): [number, number] => [Math.round(startMs), Math.round(endMs)]);
      this.#sound = { peaks: Buffer.from(peaksOf(hearing.samples)).toString('base64'), speech: stretches };
    });
  }

  /** @param sha256 of the file that it was made of. */
  async finish(sha256: string): Promise<MadeStrip> {
    const { width, height } = this.#size;
    const count = this.#tiles.length;
    const pictures = count
      ? await this.#timed(() => sharp(Buffer.concat(this.#tiles), { raw: { width, height: height * count, channels: 3 } }).jpeg({ quality: 60 }).toBuffer())
      : undefined;
    const strip: Strip = { version: 1, sha256, ...(pictures && { pictures: { width, height, timesMs: this.#timesMs } }), ...(this.#sound && { sound: this.#sound }) };
    return { strip, ...(pictures && { pictures }) };
  }

  async #draw({ timeMs, width, height, data }: Frame): Promise<void> {
    if (!this.#tiles.length) {
      const scale = Math.min(1, box.width / width, box.height / height);
      this.#size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
    }
    // All in one size, one below the other: joined, they are one picture.
    this.#tiles.push(await sharp(data, { raw: { width, height, channels: 3 } }).resize({ ...this.#size, fit: 'fill' }).raw().toBuffer());
    this.#timesMs.push(Math.round(timeMs));
  }

  async #timed<T>(work: () => T | Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    this.#tookMs += performance.now() - began;
    return result;
  }
}

/** A waveform as `Strip` has it. @param samples mono, 16 kHz, −1 to 1. */
export function peaksOf(samples: Float32Array): Uint8Array {
  const each = (sampleRate * peakMs) / 1_000;
  return Uint8Array.from({ length: Math.ceil(samples.length / each) }, (_, at) => {
    let peak = 0;
    for (let sample = at * each, end = Math.min(samples.length, sample + each); sample < end; sample++) peak = Math.max(peak, Math.abs(samples[sample] ?? 0));
    return Math.round(255 * Math.sqrt(Math.min(1, peak)));
  });
}
