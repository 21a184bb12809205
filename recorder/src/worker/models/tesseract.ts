import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker as Thread } from 'node:worker_threads';
import { VigilError } from '@vigil/protocol';
import sharp from 'sharp';
import { createWorker, OEM, PSM, type OutputFormats, type Page, type Worker } from 'tesseract.js';
import type { GreyPicture } from '../media/frame.js';
import { darkOnWhite } from './dark-on-white.js';
import { modelFolder, readModel } from './load.js';

/** A line of text in a picture, or a part of one, with its first column, its first row and the row after its last one. */
export interface ReadLine {
  text: string;
  left: number;
  top: number;
  bottom: number;
}

/** Reads text in pictures. */
export interface Reader {
  /** As `Model.label`. */
  readonly label: string;
  /**
   * The lines of text in a picture, in no order; undefined: it took too long, as noise all over a screen would.
   * @throws {VigilError} `internal` the reader broke; and why `signal` was aborted.
   */
  read: (picture: GreyPicture, signal?: AbortSignal) => Promise<ReadLine[] | undefined>;
}

const file = 'eng.traineddata';
/** Words that are read with less certainty are pictures and lines taken for letters, of 100. */
const leastCertainty = 30;
/** Pictures no wider than `widest` are made so much larger: letters of 9 to 14 pixels are mistaken otherwise. */
const enlarged = { by: 1.5, widest: 1_600 };
/** A screen full of small print takes some seconds to read; what takes so long, ms, is none. */
const timeLimitMs = 60_000;

/** Reads screens. @throws {VigilError} as `loadTesseract`. */
export async function loadReader(): Promise<Reader> {
  const tesseract = await loadTesseract(timeLimitMs);
  return {
    label: tesseract.label,
    read: async (picture, signal) => {
      signal?.throwIfAborted();
      const scale = picture.width <= enlarged.widest ? enlarged.by : 1;
      try {
        const { tsv } = await tesseract.read(await bitmapOf(picture, scale), { text: false, tsv: true }, signal);
        return linesOf(tsv ?? '', scale);
      } catch (error) {
        if (error instanceof VigilError && error.cause instanceof TooLong) return undefined;
        throw error;
      }
    },
  };
}

/** Tesseract, whose pictures take `limitMs` at most. @throws {VigilError} as `readModel`. */
export async function loadTesseract(limitMs: number): Promise<Tesseract> {
  const { label } = await readModel(file);
  return new Tesseract(label, modelFolder, limitMs);
}

class TooLong extends Error {}

interface Started {
  thread: Thread;
  /** Rejects when it cannot be started. */
  worker: Promise<Worker>;
}

/**
 * Tesseract 5, English. It runs in one thread of its own, which is started when something is read, keeps no process alive while it is
 * idle, and is started anew after a failure.
 */
export class Tesseract {
  readonly label: string;
  readonly #folder: string;
  readonly #limitMs: number;
  #started: Started | undefined;

  /** @param folder where `eng.traineddata` is. @param limitMs for one picture, and the start before it. */
  constructor(label: string, folder: string, limitMs: number) {
    this.label = label;
    this.#folder = folder;
    this.#limitMs = limitMs;
  }

  /**
   * What is written in a picture (PNG, PGM).
   * @throws {VigilError} `internal` it broke or took too long; and why `signal` was aborted.
   */
  async read(picture: Buffer, output: Partial<OutputFormats>, signal?: AbortSignal): Promise<Page> {
    signal?.throwIfAborted();
    const started = (this.#started ??= this.#start());
    const { thread, worker } = started;
    let cut: (reason: unknown) => void = () => undefined;
    const broken = new Promise<never>((_, reject) => (cut = reject));
    const abort = (): void => cut(signal?.reason);
    const exit = (): void => cut(new Error('Its thread ended.'));
    const timer = setTimeout(() => cut(new TooLong(`It took longer than ${this.#limitMs} ms.`)), this.#limitMs);
    signal?.addEventListener('abort', abort);
    thread.on('error', cut).on('exit', exit).ref();
    try {
      const { data } = await Promise.race([worker.then((one) => one.recognize(picture, {}, output)), broken]);
      return data;
    } catch (error) {
      // What it is doing cannot be stopped otherwise.
      await this.#end(started);
      signal?.throwIfAborted();
      throw new VigilError('internal', 'The words in the picture could not be read.', { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      thread.off('error', cut).off('exit', exit).unref();
    }
  }

  /** Ends the thread: what is being read fails. What is read later starts another. */
  async close(): Promise<void> {
    if (this.#started) await this.#end(this.#started);
  }

  #start(): Started {
    let thread: Thread | undefined;
    // The library gives its thread away only once it has started, if ever.
    const hear = (message: unknown): void => void ({ worker: thread } = message as { worker: Thread });
    subscribe('worker_threads', hear);
    const worker = new Promise<Worker>((resolve, reject) => {
      const begin = async (): Promise<void> => {
        // Nothing is fetched, and nothing is written. Some failures are told to the handler alone; without one the library throws where nobody can catch it.
        const one = await createWorker('eng', OEM.LSTM_ONLY, { langPath: this.#folder, cacheMethod: 'none', gzip: false, errorHandler: reject });
        // The size only keeps Tesseract from writing its own guess to the log.
        await one.setParameters({ tessedit_pageseg_mode: PSM.SPARSE_TEXT, user_defined_dpi: '96' });
        resolve(one);
      };
      begin().catch(reject);
    });
    unsubscribe('worker_threads', hear);
    worker.catch(() => undefined);
    if (!thread) throw new VigilError('internal', 'Tesseract began no thread.');
    const started = { thread, worker };
    // An error that nobody hears would end the process; the thread's end follows it.
    thread.on('error', () => undefined).once('exit', () => this.#forget(started));
    return started;
  }

  #forget(started: Started): void {
    if (this.#started === started) this.#started = undefined;
  }

  async #end(started: Started): Promise<void> {
    this.#forget(started);
    await started.thread.terminate();
  }
}

/** As PGM (netpbm.sourceforge.net/doc/pgm.html), dark on white everywhere. */
async function bitmapOf(picture: GreyPicture, scale: number): Promise<Buffer> {
  const { width, height } = picture;
  const { data: pixels, info } = await sharp(darkOnWhite(picture), { raw: { width, height, channels: 1 } })
    .resize({ width: Math.round(width * scale) })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Buffer.concat([Buffer.from(`P5\n${info.width} ${info.height}\n255\n`), pixels]);
}

/**
 * The lines of Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, certainty, text. A line of
 * text is a row of level 4, followed by its words of level 5.
 * @param scale of the picture that was read.
 */
function linesOf(table: string, scale: number): ReadLine[] {
  const lines: ReadLine[] = [];
  for (const row of table.split('\n')) {
    const [level, , , , , , left, top, , height, certainty, text = ''] = row.split('\t');
    if (level === '4') lines.push({ text: '', left: Number(left) / scale, top: Number(top) / scale, bottom: (Number(top) + Number(height)) / scale });
    const last = lines.at(-1);
    if (level === '5' && last && Number(certainty) >= leastCertainty && text.trim()) last.text += `${last.text && ' '}${text.trim()}`;
  }
  return lines.filter(({ text }) => text);
}
