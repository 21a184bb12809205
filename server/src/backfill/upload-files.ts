import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { repeat } from '../start/repeat.js';

/** An upload that is not whole after so long is thrown away; the browser still has the piece, and begins again. */
const expiryMs = 24 * 3_600_000;
const sweepMs = 3_600_000;

/** Where uploads are while they are not whole, and segments while they are being made; on the same file system as the segments. */
export const uploadsFolder = (data: string): string => join(data, 'uploads');

/** Names of uploads that begin with `prefix`, newest first by their last byte. One that a crash left without its data counts too. */
export async function uploadsIn(folder: string, prefix = ''): Promise<{ name: string; atMs: number }[]> {
  const atMs = new Map<string, number>();
  for (const file of (await readdir(folder)).filter((one) => one.startsWith(prefix))) {
    const name = file.replace(/\.json$/, '');
    const { mtimeMs } = await stat(join(folder, file)).catch(() => ({ mtimeMs: 0 }));
    atMs.set(name, Math.max(mtimeMs, atMs.get(name) ?? 0));
  }
  return [...atMs].map(([name, at]) => ({ name, atMs: at })).sort((a, b) => b.atMs - a.atMs);
}

/** Removes an upload and what is known of it; one that is gone already is no error. */
export async function removeUpload(folder: string, name: string): Promise<void> {
  for (const file of [name, `${name}.json`]) await rm(join(folder, file), { force: true });
}

/** Removes what nobody went on with, and what a crash left of segments that were being made. */
async function sweepUploads(folder: string): Promise<void> {
  const now = Date.now();
  for (const { name, atMs } of await uploadsIn(folder)) if (now - atMs > expiryMs) await removeUpload(folder, name);
}

/** Sweeps now and every hour. @returns what stops it. */
export const startUploadSweep = (folder: string, log: Logger): Promise<() => void> =>
  repeat(
    () =>
      sweepUploads(folder).catch((error: unknown) => {
        // Nothing was uploaded yet.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn({ err: error }, 'uploads not swept');
      }),
    sweepMs,
  );
