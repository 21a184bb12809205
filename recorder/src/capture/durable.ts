import { access, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Sidecar } from '@vigil/protocol';
import { ENDINGS, segmentFile } from './segment-path.js';

/** Forces a folder's entries (new names, renames) to the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a segment whose media file is whole and synced official: sidecar first, then the media file's own name, so that
 * a crash between leaves an unclosed file that the next start puts right. Durable when it resolves.
 * @param media the media file as it is now, on the same file system.
 */
export async function publishSegment(
  folder: string,
  sidecar: Sidecar,
  media = segmentFile(folder, sidecar, ENDINGS.part),
): Promise<void> {
  const file = segmentFile(folder, sidecar, ENDINGS.sidecar);
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(sidecar)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await rename(media, segmentFile(folder, sidecar));
  await syncFolder(dirname(file));
}

/** What a sidecar says; undefined when it is not there, or is none. */
export async function readSidecar(file: string): Promise<Sidecar | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    return Sidecar.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Removes a file; one that is not there is no error. */
export async function removeFile(file: string): Promise<void> {
  await unlink(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

/** Whether there is a file, or anything else, of this name. */
export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
