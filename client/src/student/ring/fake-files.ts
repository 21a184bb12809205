import type { AccessHandle, FileEntry, Folder } from './opfs-store.js';

const missing = (): DOMException => new DOMException('not there', 'NotFoundError');

/** A file in memory, with the rules of the private file system: one writer, and nobody reads meanwhile. */
class FakeFile implements FileEntry {
  readonly kind = 'file';
  bytes = new Uint8Array();
  locked = false;
  constructor(readonly disk: FakeDisk) {}

  createSyncAccessHandle(): Promise<AccessHandle> {
    if (this.locked) return Promise.reject(new DOMException('locked', 'NoModificationAllowedError'));
    this.locked = true;
    const handle: AccessHandle = {
      write: (bytes: Uint8Array, { at }: { at: number }) => {
        if (this.disk.refusal) throw new DOMException('refused', this.disk.refusal);
        const written = bytes.subarray(0, this.disk.freeBytes);
        if (!written.length && bytes.length) throw new DOMException('full', 'QuotaExceededError');
        this.disk.freeBytes -= written.length;
        const longer = new Uint8Array(Math.max(this.bytes.length, at + written.length));
        longer.set(this.bytes);
        longer.set(written, at);
        this.bytes = longer;
        return written.length;
      },
      getSize: () => this.bytes.length,
      truncate: (size: number) => {
        this.disk.freeBytes += Math.max(0, this.bytes.length - size);
        this.bytes = this.bytes.slice(0, size);
      },
      flush: () => void (this.disk.flushes += 1),
      close: () => void (this.locked = false),
    };
    // Locked at once, and had only later: so it is in a browser, where others come in between.
    return new Promise((resolve) => setImmediate(() => resolve(handle)));
  }

  getFile(): Promise<Blob> {
    return this.locked ? Promise.reject(new DOMException('locked', 'NotReadableError')) : Promise.resolve(new Blob([this.bytes]));
  }
}

class FakeFolder implements Folder {
  readonly kind = 'directory';
  readonly inside = new Map<string, FakeFolder | FakeFile>();
  constructor(readonly disk: FakeDisk) {}

  getDirectoryHandle(name: string, options?: { create: boolean }): Promise<Folder> {
    if (options?.create && !this.inside.has(name)) this.inside.set(name, new FakeFolder(this.disk));
    const entry = this.inside.get(name);
    return entry instanceof FakeFolder ? Promise.resolve(entry) : Promise.reject(missing());
  }

  getFileHandle(name: string, options?: { create: boolean }): Promise<FileEntry> {
    if (options?.create && !this.inside.has(name)) this.inside.set(name, new FakeFile(this.disk));
    const entry = this.inside.get(name);
    return entry instanceof FakeFile ? Promise.resolve(entry) : Promise.reject(missing());
  }

  removeEntry(name: string, options?: { recursive: boolean }): Promise<void> {
    const entry = this.inside.get(name);
    if (!entry) return Promise.reject(missing());
    if (entry instanceof FakeFile && entry.locked) return Promise.reject(new DOMException('locked', 'NoModificationAllowedError'));
    if (entry instanceof FakeFolder && entry.inside.size && !options?.recursive) return Promise.reject(new DOMException('not empty', 'InvalidModificationError'));
    this.inside.delete(name);
    return Promise.resolve();
  }

  async *entries(): AsyncIterable<[string, Folder | FileEntry]> {
    await Promise.resolve();
    yield* [...this.inside];
  }
}

/** A private file system in memory, for tests. */
export class FakeDisk {
  freeBytes = Infinity;
  flushes = 0;
  /** The name of the error that every write fails with. */
  refusal: string | undefined;
  readonly root: Folder = new FakeFolder(this);
}
