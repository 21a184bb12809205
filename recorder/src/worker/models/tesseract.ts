import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Worker as Thread } from 'node:worker_threads';
import { VigilError } from '@vigil/protocol';
import { createWorker, OEM, PSM, type Worker } from 'tesseract.js';
import type { GreyPicture } from '../media/frame.js';

/** A line of text in a picture, with its first row and the row after its last one. */
export interface ReadLine {
  text: string;
  top: number;
  bottom: number;
}

/** Reads text in pictures. */
export interface Reader {
  /** As `Model.label`. */
  readonly label: string;
  /**
   * The lines of text in a picture, in no order.
   * @throws {VigilError} `internal` the reader broke; and why `signal` was aborted.
   */
  read: (picture: GreyPicture, signal?: AbortSignal) => Promise<ReadLine[]>;
}

const file = 'eng.traineddata.gz';
const tested = '45b4cb346724ac1774f1c36f42f182b887bcdb28ebe63e6fff90ac41f3fcff91';
/** Words that are read with less certainty are pictures and lines taken for letters, of 100. */
const leastCertainty = 30;
/** Parts of a picture, pixels, that are turned round where they are darker than `middle`, of 255: light letters beside dark ones are not seen otherwise. */
const tile = { width: 64, height: 8 };
const middle = 128;
/** No picture takes so long to read, ms. */
const timeLimitMs = 120_000;

/**
 * Tesseract 5, English. It runs in one thread of its own, which is started when something is read, and ends with the process.
 * @throws {VigilError} `internal`: what it knows of the language is missing or not what was tested.
 */
export async function loadReader(): Promise<Reader> {
  const folder = `${dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json'))}/4.0.0_best_int`;
  const bytes = await readFile(`${folder}/${file}`).catch((cause: unknown) => {
    throw new VigilError('internal', `The model ${file} is missing. Install Vigil again.`, { cause });
  });
  const sum = createHash('sha256').update(bytes).digest('hex');
  if (sum !== tested) throw new VigilError('internal', `The model ${file} is not the one that was tested: its SHA-256 is ${sum}. Install Vigil again.`);
  return new TesseractReader(`${file} ${sum.slice(0, 12)}`, folder);
}

interface Started {
  worker: Worker;
  thread: Thread;
  /** Rejects when the thread breaks. */
  broken: Promise<never>;
}

class TesseractReader implements Reader {
  readonly label: string;
  readonly #folder: string;
  #started: Promise<Started> | undefined;

  constructor(label: string, folder: string) {
    this.label = label;
    this.#folder = folder;
  }

  async read(picture: GreyPicture, signal?: AbortSignal): Promise<ReadLine[]> {
    signal?.throwIfAborted();
    const started = await (this.#started ??= this.#start());
    const { worker, thread, broken } = started;
    const ends = AbortSignal.any([AbortSignal.timeout(timeLimitMs), ...(signal ? [signal] : [])]);
    // An idle thread keeps no process alive.
    thread.ref();
    try {
      const { data } = await Promise.race([worker.recognize(bitmapOf(picture), {}, { text: false, tsv: true }), broken, whenAborted(ends)]);
      return linesOf(data.tsv ?? '');
    } catch (error) {
      // What it is doing cannot be stopped otherwise.
      this.#started = undefined;
      await worker.terminate();
      signal?.throwIfAborted();
      throw new VigilError('internal', 'The words on the screen could not be read.', { cause: error });
    } finally {
      thread.unref();
    }
  }

  async #start(): Promise<Started> {
    // Nothing is fetched, and nothing is written. Without a handler of errors the library throws where nobody can catch it.
    const worker = await createWorker('eng', OEM.LSTM_ONLY, { langPath: this.#folder, cacheMethod: 'none', gzip: true, errorHandler: () => undefined });
    // The size only keeps Tesseract from writing its own guess to the log.
    await worker.setParameters({ tessedit_pageseg_mode: PSM.SPARSE_TEXT, user_defined_dpi: '96' });
    const { worker: thread } = worker as Worker & { worker: Thread };
    const broken = new Promise<never>((_, reject) => thread.once('error', reject));
    broken.catch(() => undefined);
    return { worker, thread, broken };
  }
}

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });

/** As PGM (netpbm.sourceforge.net/doc/pgm.html), dark on light everywhere. */
function bitmapOf({ width, height, data }: GreyPicture): Buffer {
  const light = Uint8Array.from(data);
  for (let top = 0; top < height; top += tile.height)
    for (let left = 0; left < width; left += tile.width) {
      const [bottom, right] = [Math.min(height, top + tile.height), Math.min(width, left + tile.width)];
      let dark = 0;
      for (let y = top; y < bottom; y++) for (let at = y * width + left; at < y * width + right; at++) if ((data[at] ?? 0) < middle) dark++;
      if (dark * 2 <= (bottom - top) * (right - left)) continue;
      for (let y = top; y < bottom; y++) for (let at = y * width + left; at < y * width + right; at++) light[at] = 255 - (data[at] ?? 0);
    }
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), light]);
}

/**
 * The lines of Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, certainty, text. A line of
 * text is a row of level 4, followed by its words of level 5.
 */
export function linesOf(table: string): ReadLine[] {
  const lines: ReadLine[] = [];
  for (const row of table.split('\n')) {
    const [level, , , , , , , top, , height, certainty, text = ''] = row.split('\t');
    if (level === '4') lines.push({ text: '', top: Number(top), bottom: Number(top) + Number(height) });
    const last = lines.at(-1);
    if (level === '5' && last && Number(certainty) >= leastCertainty && text.trim()) last.text += `${last.text && ' '}${text.trim()}`;
  }
  return lines.filter(({ text }) => text);
}
