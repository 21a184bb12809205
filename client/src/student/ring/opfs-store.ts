import { isPieceName, type PieceStore, type StoredPiece } from './piece-store.js';

/** What is needed of a FileSystemSyncAccessHandle (WHATWG File System, 2.7). */
export interface AccessHandle {
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/** What is needed of a FileSystemFileHandle. */
export interface FileEntry {
  readonly kind: 'file';
  createSyncAccessHandle(): Promise<AccessHandle>;
  getFile(): Promise<Blob>;
}

/** What is needed of a FileSystemDirectoryHandle. */
export interface Folder {
  readonly kind: 'directory';
  getDirectoryHandle(name: string, options?: { create: boolean }): Promise<Folder>;
  getFileHandle(name: string, options?: { create: boolean }): Promise<FileEntry>;
  removeEntry(name: string, options?: { recursive: boolean }): Promise<void>;
  entries(): AsyncIterable<[string, Folder | FileEntry]>;
}

interface OpenFile {
  handle: AccessHandle;
  bytes: number;
}

const markOf = (name: string): string => `${name}.sent-to`;

/** Undefined instead of an error where there is no such entry. */
async function ifThere<T>(entry: Promise<T>): Promise<T | undefined> {
  try {
    return await entry;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** Writes all of it or nothing: what is half written is cut off again. */
function write({ handle, bytes: at }: OpenFile, bytes: Uint8Array<ArrayBuffer>): void {
  try {
    for (let done = 0; done < bytes.length; ) {
      const written = handle.write(bytes.subarray(done), { at: at + done });
      if (written <= 0) throw new DOMException('nothing was written', 'QuotaExceededError');
      done += written;
    }
    handle.flush();
  } catch (error) {
    handle.truncate(at);
    throw error;
  }
}

/**
 * Pieces as files `vigil/<attempt>/<piece>` of the origin's private file system. For a dedicated worker: only there files
 * can be appended to in place. @param root of the file system
 */
export function opfsStore(root: Folder): PieceStore {
  const open = new Map<string, OpenFile>();
  /** Marks that are being written: a file that is open cannot be removed. */
  const marking = new Map<string, Promise<void>>();
  const keyOf = (attempt: string, name: string): string => `${attempt}/${name}`;
  const top = (): Promise<Folder> => root.getDirectoryHandle('vigil', { create: true });
  const folderOf = async (attempt: string): Promise<Folder | undefined> => ifThere((await top()).getDirectoryHandle(attempt));

  const closeFile = (attempt: string, name: string): void => {
    open.get(keyOf(attempt, name))?.handle.close();
    open.delete(keyOf(attempt, name));
  };
  const removeFile = async (folder: Folder | undefined, name: string): Promise<void> => {
    if (folder) await ifThere(folder.removeEntry(name));
  };

  const writeMark = async (attempt: string, name: string, text: string | undefined): Promise<void> => {
    const folder = await folderOf(attempt);
    if (text === undefined || !folder) return removeFile(folder, markOf(name));
    const handle = await (await folder.getFileHandle(markOf(name), { create: true })).createSyncAccessHandle();
    try {
      handle.truncate(0);
      write({ handle, bytes: 0 }, new TextEncoder().encode(text));
    } finally {
      handle.close();
    }
  };

  return {
    attempts: async () => {
      const names: string[] = [];
      for await (const [name, entry] of (await top()).entries()) if (entry.kind === 'directory') names.push(name);
      return names;
    },
    begin: async (attempt) => {
      await (await top()).getDirectoryHandle(attempt, { create: true });
    },
    removeAttempt: async (attempt) => {
      await Promise.allSettled(marking.values());
      for (const key of [...open.keys()]) if (key.startsWith(`${attempt}/`)) closeFile(attempt, key.slice(attempt.length + 1));
      await ifThere((await top()).removeEntry(attempt, { recursive: true }));
    },
    list: async (attempt) => {
      const pieces: Promise<StoredPiece>[] = [];
      const folder = await folderOf(attempt);
      if (folder)
        for await (const [name, entry] of folder.entries()) {
          if (entry.kind !== 'file' || !isPieceName(name)) continue;
          const written = open.get(keyOf(attempt, name))?.bytes;
          // A file that another tab is writing to cannot be looked at; it counts when it is closed.
          const size = written ?? entry.getFile().then((file) => file.size, () => 0);
          pieces.push(Promise.resolve(size).then((bytes) => ({ attempt, name, bytes })));
        }
      return Promise.all(pieces);
    },
    append: async (attempt, name, bytes) => {
      const key = keyOf(attempt, name);
      let file = open.get(key);
      if (!file) {
        const folder = await (await top()).getDirectoryHandle(attempt, { create: true });
        const entry = await folder.getFileHandle(name, { create: true });
        const handle = await entry.createSyncAccessHandle();
        file = { handle, bytes: handle.getSize() };
        open.set(key, file);
      }
      write(file, bytes);
      file.bytes += bytes.length;
    },
    close: (attempt, name) => {
      closeFile(attempt, name);
      return Promise.resolve();
    },
    read: async (attempt, name) => {
      const folder = await folderOf(attempt);
      const entry = folder && (await ifThere(folder.getFileHandle(name)));
      return entry && ifThere(entry.getFile());
    },
    remove: async (attempt, name) => {
      closeFile(attempt, name);
      await marking.get(keyOf(attempt, name))?.catch(() => undefined);
      const folder = await folderOf(attempt);
      await removeFile(folder, name);
      await removeFile(folder, markOf(name));
    },
    mark: async (attempt, name) => {
      const folder = await folderOf(attempt);
      const entry = folder && (await ifThere(folder.getFileHandle(markOf(name))));
      return (entry && (await (await entry.getFile()).text())) || undefined;
    },
    setMark: (attempt, name, text) => {
      const key = keyOf(attempt, name);
      const before = marking.get(key) ?? Promise.resolve();
      const written = before.catch(() => undefined).then(() => writeMark(attempt, name, text));
      const done = written.finally(() => {
        if (marking.get(key) === done) marking.delete(key);
      });
      marking.set(key, done);
      return done;
    },
  };
}
