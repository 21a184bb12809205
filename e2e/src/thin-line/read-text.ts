import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createWorker, PSM, type Worker } from 'tesseract.js';

/** Reads the words in pictures (Tesseract 5, English). */
export class Reader {
  private constructor(private readonly worker: Worker) {}

  static async open(): Promise<Reader> {
    const data = join(dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')), '4.0.0_best_int');
    const worker = await createWorker('eng', undefined, { langPath: data, cacheMethod: 'none', gzip: true });
    await worker.setParameters({ tessedit_pageseg_mode: PSM.SINGLE_BLOCK });
    return new Reader(worker);
  }

  async read(picture: Buffer): Promise<string> {
    return (await this.worker.recognize(picture)).data.text;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

const plain = (text: string): string => text.replaceAll(/[’‘]/g, "'").replaceAll(/\s+/g, ' ').trim();

/** Least number of letters that are put in, left out or exchanged to make one text of another (Levenshtein 1966). */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}

/** Share of a text's letters that were read right, 0 to 1. */
export function readRight(expected: string, read: string): number {
  const [wanted, got] = [plain(expected), plain(read)];
  return Math.max(0, 1 - distance(wanted, got) / wanted.length);
}
