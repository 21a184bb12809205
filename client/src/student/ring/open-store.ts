import { idbStore } from './idb-store.js';
import { opfsStore, type Folder } from './opfs-store.js';
import { isFull, type PieceStore } from './piece-store.js';

/** The parts of a worker's scope that storage needs. */
export interface StorageScope {
  navigator: { storage?: { getDirectory?: () => Promise<unknown> } };
  indexedDB?: IDBFactory;
}

/** The name of a file that is written to find out whether that works, in a tab of its own. */
const probeName = (): string => `vigil-probe-${crypto.randomUUID()}`;

async function writeProbe(root: Folder): Promise<void> {
  const probe = probeName();
  try {
    const handle = await (await root.getFileHandle(probe, { create: true })).createSyncAccessHandle();
    try {
      handle.write(Uint8Array.of(1), { at: 0 });
      handle.flush();
    } finally {
      handle.close();
    }
  } finally {
    await root.removeEntry(probe).catch(() => undefined);
  }
}

async function openFiles({ navigator }: StorageScope): Promise<PieceStore | undefined> {
  const { storage } = navigator;
  if (!storage?.getDirectory) return undefined;
  const root = (await storage.getDirectory()) as Folder;
  // Having it is not enough: in some private windows it is there, and refuses at the first write.
  await writeProbe(root).catch((error: unknown) => {
    // A full disk is no such window: what an earlier page left lies there, and sending it makes room.
    if (!isFull(error)) throw error;
  });
  return opfsStore(root);
}

/** The storage that works here: files, else the database; undefined when neither does. */
export async function openStore(scope: StorageScope): Promise<PieceStore | undefined> {
  try {
    const files = await openFiles(scope);
    if (files) return files;
  } catch {
    // As in a private window of Firefox: the database may work all the same.
  }
  try {
    return scope.indexedDB && (await idbStore(scope.indexedDB));
  } catch {
    return undefined;
  }
}
