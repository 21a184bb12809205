import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import type { Upload } from '@tus/server';
import { VigilError } from '@vigil/protocol';
import { lock } from '../locks/name-lock.js';
import { removeUpload, uploadsIn } from './upload-files.js';

/** One page sends one piece at a time; a few more are left by pages that were closed in the middle. */
const mostOpen = 8;

/** The files of uploads, each named `<attempt>-<number>`; of an attempt there are only so many at once. */
export class UploadStore extends FileStore {
  /** Whole, and on the way into the record. */
  readonly #finishing = new Set<string>();

  constructor(folder: string) {
    super({ directory: folder });
  }

  /** Makes room first; of an attempt one at a time, for of several at once none would count the others. @throws {VigilError} tooMany. */
  override async create(upload: Upload): Promise<Upload> {
    const prefix = upload.id.slice(0, upload.id.indexOf('-') + 1);
    const unlock = await lock(join(this.directory, prefix));
    try {
      await this.#makeRoom(prefix);
      return await super.create(upload);
    } finally {
      unlock();
    }
  }

  /**
   * Does with an upload that is whole what is to be done, and removes it, also after a failure: one that is still there would look
   * to the browser like one that was taken.
   * @throws {VigilError} wrongState, when that is being done already.
   */
  async finish<T>(id: string, act: (file: string) => Promise<T>): Promise<T> {
    if (this.#finishing.has(id)) throw new VigilError('wrongState');
    this.#finishing.add(id);
    try {
      return await act(join(this.directory, id));
    } finally {
      await removeUpload(this.directory, id);
      this.#finishing.delete(id);
    }
  }

  /** Throws the oldest unfinished ones away when there are too many. */
  async #makeRoom(prefix: string): Promise<void> {
    const unfinished = (await uploadsIn(this.directory, prefix)).filter(({ name }) => !this.#finishing.has(name));
    const finishing = [...this.#finishing].filter((name) => name.startsWith(prefix)).length;
    if (finishing >= mostOpen) throw new VigilError('tooMany');
    for (const { name } of unfinished.slice(mostOpen - 1 - finishing)) await removeUpload(this.directory, name);
  }
}
