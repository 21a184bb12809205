import { createDecipheriv } from 'node:crypto';
import { chunkContext, decodeRecords, type PieceHeader, type PieceRecord, splitChunks, tagBytes } from '@vigil/protocol';

/** A piece's file as it lies in the browser. */
export interface PieceFile {
  attempt: string;
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A piece, opened. */
export interface OpenedPiece extends PieceFile {
  header: PieceHeader;
  records: PieceRecord[];
}

/** Runs in a page before its scripts: keeps the key that the server tells at the join, for `keyIn`. */
export function noteKey(): void {
  const Native = WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      this.addEventListener('message', ({ data }) => {
        const key = /"ringKey":"([^"]+)"/.exec(String(data))?.[1];
        if (key) Object.assign(globalThis, { vigilRingKey: key });
      });
    }
  };
}

/** What is used of a page of Playwright's or Puppeteer's. */
export interface EvaluatesInPage {
  evaluate<T>(act: () => T | Promise<T>): Promise<T>;
}

/** The key that the page was told. @throws {Error} when it was not */
export async function keyIn(page: EvaluatesInPage): Promise<Buffer> {
  const key = await page.evaluate(() => (globalThis as unknown as { vigilRingKey?: string }).vigilRingKey);
  if (!key) throw new Error('no key was told at the join');
  return Buffer.from(key, 'base64');
}

/** The pieces in the page's private file system; those that are still written to cannot be read, and are left out. */
export async function piecesInFiles(page: EvaluatesInPage): Promise<PieceFile[]> {
  const files = await page.evaluate(async () => {
    interface Folder {
      values(): AsyncIterable<FileSystemDirectoryHandle | FileSystemFileHandle>;
    }
    const found: { attempt: string; name: string; text: string }[] = [];
    const root = await navigator.storage.getDirectory();
    const top = await root.getDirectoryHandle('vigil', { create: true });
    for await (const attempt of (top as unknown as Folder).values()) {
      if (attempt.kind !== 'directory') continue;
      for await (const entry of (attempt as unknown as Folder).values()) {
        if (entry.kind !== 'file' || entry.name.includes('.')) continue;
        const bytes = await (entry).getFile().then((file) => file.arrayBuffer()).catch(() => undefined);
        if (bytes) found.push({ attempt: attempt.name, name: entry.name, text: btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')) });
      }
    }
    return found;
  });
  return files.map(({ attempt, name, text }) => ({ attempt, name, bytes: new Uint8Array(Buffer.from(text, 'base64')) }));
}

/** The pieces in the page's database. */
export async function piecesInDatabase(page: EvaluatesInPage): Promise<PieceFile[]> {
  const parts = await page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('no answer'));
      });
    const database = await done(indexedDB.open('vigil-ring'));
    const store = database.transaction('parts').objectStore('parts');
    const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    database.close();
    return keys.map((key, i) => {
      const [attempt, name] = key as [string, string, number];
      return { attempt, name, text: btoa(Array.from(values[i] as Uint8Array, (byte) => String.fromCharCode(byte)).join('')) };
    });
  });
  const pieces = new Map<string, PieceFile>();
  for (const { attempt, name, text } of parts) {
    const before = pieces.get(name)?.bytes ?? new Uint8Array();
    pieces.set(name, { attempt, name, bytes: new Uint8Array(Buffer.concat([before, Buffer.from(text, 'base64')])) });
  }
  return [...pieces.values()];
}

/** Opens a piece with Node's own cryptography. @throws {Error} when it was not sealed for this attempt with this key. */
export function openPiece(file: PieceFile, key: Buffer): OpenedPiece {
  const contents = splitChunks(file.bytes).map(({ iv, sealed }, chunk) => {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
    decipher.setAAD(chunkContext(file.attempt, file.name, chunk));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  });
  const [head, ...rest] = contents;
  if (!head) throw new Error(`${file.name} is empty`);
  return { ...file, header: JSON.parse(head.toString()) as PieceHeader, records: rest.flatMap((content) => decodeRecords(content)) };
}
