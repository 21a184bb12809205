import { isPieceName, type PieceStore } from './piece-store.js';

/** How a piece lies in the database: its parts lie beside it, numbered from 0. */
interface PieceRow {
  bytes: number;
  parts: number;
  mark?: string;
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database gave no answer'));
  });

function open(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open('vigil-ring', 1);
  request.onupgradeneeded = () => {
    for (const name of ['attempts', 'pieces', 'parts']) request.result.createObjectStore(name);
  };
  return done(request);
}

/** Every key that begins with these: arrays come after all text and numbers (W3C IndexedDB, 2.4). */
const under = (...keys: string[]): IDBKeyRange => IDBKeyRange.bound(keys, [...keys, []]);

/**
 * Pieces in IndexedDB, for browsers without a private file system, as in private windows.
 * @throws {DOMException} when there is no database either.
 */
export async function idbStore(factory: IDBFactory): Promise<PieceStore> {
  const database = await open(factory);
  // Another tab has a newer version of this page: it must not wait for us.
  database.onversionchange = () => database.close();

  /** Runs in one transaction; resolves when that is complete. */
  function run<T>(mode: 'readonly' | 'readwrite', act: (store: (name: 'attempts' | 'pieces' | 'parts') => IDBObjectStore) => Promise<T>): Promise<T> {
    const transaction = database.transaction(['attempts', 'pieces', 'parts'], mode);
    const complete = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
    });
    const acted = act((name) => transaction.objectStore(name));
    return Promise.all([acted, complete]).then(([result]) => result);
  }
  const row = (pieces: IDBObjectStore, attempt: string, name: string): Promise<PieceRow | undefined> =>
    done<PieceRow | undefined>(pieces.get([attempt, name]) as IDBRequest<PieceRow | undefined>);

  return {
    attempts: () => run('readonly', async (store) => (await done(store('attempts').getAllKeys())).map(String)),
    begin: (attempt) =>
      run('readwrite', async (store) => {
        await done(store('attempts').put(true, attempt));
      }),
    removeAttempt: (attempt) =>
      run('readwrite', async (store) => {
        await done(store('parts').delete(under(attempt)));
        await done(store('pieces').delete(under(attempt)));
        await done(store('attempts').delete(attempt));
      }),
    list: (attempt) =>
      run('readonly', async (store) => {
        const keys = (await done(store('pieces').getAllKeys(under(attempt)))) as [string, string][];
        const rows = (await done(store('pieces').getAll(under(attempt)))) as PieceRow[];
        return keys.map(([, name], index) => ({ attempt, name, bytes: rows[index]?.bytes ?? 0 })).filter(({ name }) => isPieceName(name));
      }),
    append: (attempt, name, bytes) =>
      run('readwrite', async (store) => {
        const piece = (await row(store('pieces'), attempt, name)) ?? { bytes: 0, parts: 0 };
        store('attempts').put(true, attempt);
        store('parts').put(bytes, [attempt, name, piece.parts]);
        await done(store('pieces').put({ ...piece, bytes: piece.bytes + bytes.length, parts: piece.parts + 1 }, [attempt, name]));
      }),
    close: () => Promise.resolve(),
    read: (attempt, name) =>
      run('readonly', async (store) => {
        if (!(await row(store('pieces'), attempt, name))) return undefined;
        return new Blob((await done(store('parts').getAll(under(attempt, name)))) as Uint8Array<ArrayBuffer>[]);
      }),
    remove: (attempt, name) =>
      run('readwrite', async (store) => {
        await done(store('parts').delete(under(attempt, name)));
        await done(store('pieces').delete([attempt, name]));
      }),
    mark: (attempt, name) => run('readonly', async (store) => (await row(store('pieces'), attempt, name))?.mark),
    setMark: (attempt, name, text) =>
      run('readwrite', async (store) => {
        const piece = await row(store('pieces'), attempt, name);
        if (!piece) return;
        const { bytes, parts } = piece;
        await done(store('pieces').put({ bytes, parts, ...(text !== undefined && { mark: text }) }, [attempt, name]));
      }),
  };
}
