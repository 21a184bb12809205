import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Sidecar } from '@vigil/protocol';
import { ENDINGS, segmentFile, segmentKeyOf } from './segment-path.js';

/** One sidecar found on disk: good, or why it cannot be used. */
export type Scanned = { sidecar: Sidecar; file: string } | { file: string; problem: string };

/**
 * Reads every sidecar under `<folder>/<attempt>/<track>/`, in order of attempt, track, epoch and sequence, so that the index can be
 * rebuilt from files alone. The media's hash is not recomputed. A folder that is missing holds none.
 */
export async function* scanSegments(folder: string): AsyncGenerator<Scanned> {
  for (const attempt of await names(folder))
    for (const track of await names(join(folder, attempt))) {
      const files = (await names(join(folder, attempt, track)))
        .filter((name) => name.endsWith(ENDINGS.sidecar))
        .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
      for (const name of files) yield await scan(folder, join(folder, attempt, track, name));
    }
}

async function scan(folder: string, file: string): Promise<Scanned> {
  const key = segmentKeyOf(folder, file);
  if (!key) return { file, problem: 'The name is not that of a segment.' };
  try {
    const sidecar = Sidecar.parse(JSON.parse(await readFile(file, 'utf8')));
    if (segmentFile(folder, sidecar) !== segmentFile(folder, key))
      return { file, problem: 'The sidecar is that of another segment.' };
    const { size } = await stat(segmentFile(folder, key));
    if (size !== sidecar.bytes)
      return { file, problem: `The media file has ${size} bytes, its sidecar says ${sidecar.bytes}.` };
    return { sidecar, file };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { file, problem: missing ? 'The media file is missing.' : `The sidecar cannot be read: ${String(error)}` };
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
