import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Sidecar, type Id } from '@vigil/protocol';
import { ENDINGS, segmentFile, segmentKeyOf, type SegmentKey } from './segment-path.js';

/** One sidecar found on disk: good, or why it cannot be used. */
export type Scanned = { sidecar: Sidecar; file: string } | { file: string; problem: string };

/** What to read, where it is not all. */
export interface ScanOptions {
  /** Only of this attempt. */
  attempt?: Id;
  /** Only where this is true of the key that the name gives. */
  wanted?: (key: SegmentKey) => boolean;
}

/**
 * Reads every sidecar under `<folder>/<attempt>/<track>/`, in order of attempt, track, epoch and sequence, so that the index can be
 * rebuilt from files alone. The media's hash is not recomputed. A folder that is missing holds none.
 */
export async function* scanSegments(folder: string, options: ScanOptions = {}): AsyncGenerator<Scanned> {
  const attempts = options.attempt === undefined ? await names(folder) : [options.attempt];
  for (const attempt of attempts)
    for (const track of await names(join(folder, attempt))) {
      const files = (await names(join(folder, attempt, track)))
        .filter((name) => name.endsWith(ENDINGS.sidecar))
        .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
      for (const name of files) {
        const file = join(folder, attempt, track, name);
        const key = segmentKeyOf(folder, file);
        if (!key) yield { file, problem: 'The name is not that of a segment.' };
        else if (options.wanted?.(key) ?? true) yield await scan(folder, file, key);
      }
    }
}

async function scan(folder: string, file: string, key: SegmentKey): Promise<Scanned> {
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
