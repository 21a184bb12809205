import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripFiles, type SegmentDocument } from '@vigil/protocol';
import { Measured, type Measuring } from '../measure.js';
import { writeWhole } from './finding-store.js';

/**
 * What was measured in each segment: `<data>/measurements/<attempt>/<segment>.json`, and its strip beside it. It can be made again from the
 * segment at any time.
 */
export class MeasurementStore {
  readonly #folder: string;

  /** @param folder `<data>/measurements` */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param writer Names this writer; two may write one file at a time. */
  async write({ _id, attempt }: SegmentDocument, { strip: made, ...measured }: Measuring, writer: string): Promise<void> {
    const folder = join(this.#folder, attempt);
    await mkdir(folder, { recursive: true });
    if (made) {
      const files = stripFiles(_id);
      // The thumbnails before what tells of them.
      if (made.pictures) await writeWhole(join(folder, files.pictures), made.pictures, writer);
      await writeWhole(join(folder, files.strip), JSON.stringify(made.strip), writer);
    }
    await writeWhole(this.#pathOf({ _id, attempt }), JSON.stringify(measured), writer);
  }

  /** Undefined: it is not there, or not as it was written. */
  async read(segment: Pick<SegmentDocument, '_id' | 'attempt'>): Promise<Measured | undefined> {
    const text = await readFile(this.#pathOf(segment), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    try {
      return Measured.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }

  #pathOf({ _id, attempt }: Pick<SegmentDocument, '_id' | 'attempt'>): string {
    return join(this.#folder, attempt, `${_id}.json`);
  }
}
