import { createHash } from 'node:crypto';
import { open, readFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gap, Id, Sidecar } from '@vigil/protocol';
import { publishSegment, readSidecar, removeFile } from './durable.js';
import { ENDINGS, segmentFile, segmentKeyOf, type SegmentKey } from './segment-path.js';
import { readWebm } from './webm-reader.js';

/** What `repairSegments` did. */
export interface Repair {
  repaired: Sidecar[];
  /** Unclosed files without a single whole frame. */
  removed: string[];
  /** Files that could not be repaired; they stay as they are. */
  failed: { file: string; error: Error }[];
}

/**
 * Closes what a stop or crash of the media process left open: cuts it back to its last whole frame, writes the sidecar and
 * gives the file its name. For when nothing records into the folder, or nothing the one attempt. Running it again is harmless.
 * @param attempt leaves the files of all others alone.
 */
export async function repairSegments(folder: string, attempt?: Id): Promise<Repair> {
  const result: Repair = { repaired: [], removed: [], failed: [] };
  for (const file of await unclosedFiles(attempt === undefined ? folder : join(folder, attempt))) {
    const key = segmentKeyOf(folder, file);
    if (!key) continue;
    try {
      const sidecar = await repairSegment(folder, key, []);
      if (sidecar) result.repaired.push(sidecar);
      else result.removed.push(file);
    } catch (error) {
      result.failed.push({ file, error: error as Error });
    }
  }
  return result;
}

/** The attempts that have an unclosed file: it is being written, or was left by a process that stopped or crashed. */
export async function unclosedAttempts(folder: string): Promise<Set<Id>> {
  const keys = (await unclosedFiles(folder)).map((file) => segmentKeyOf(folder, file));
  return new Set(keys.flatMap((key) => (key ? [key.attempt] : [])));
}

async function unclosedFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const names = new Set(files);
  const withoutSidecar = (file: string): boolean =>
    file.endsWith(ENDINGS.media) && !names.has(file.replace(/\.webm$/, ENDINGS.sidecar));
  return files.filter((file) => file.endsWith(ENDINGS.part) || withoutSidecar(file)).sort();
}

/**
 * Closes one unclosed segment.
 * @param gaps known holes, server wall clock; what lies behind the file's end is left out.
 * @returns undefined when nothing in it can be played; the file is then gone.
 */
export async function repairSegment(
  folder: string,
  key: SegmentKey,
  gaps: readonly Gap[],
): Promise<Sidecar | undefined> {
  const part = segmentFile(folder, key, ENDINGS.part);
  const sidecarFile = segmentFile(folder, key, ENDINGS.sidecar);
  await removeFile(`${sidecarFile}.tmp`);
  // A media file under its final name without a sidecar goes the same way.
  await rename(segmentFile(folder, key), part).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  const file = await readFile(part).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return Buffer.alloc(0);
  });
  const closed = await readSidecar(sidecarFile);
  if (closed?.bytes === file.length && closed.sha256 === sha256(file)) {
    await publishSegment(folder, closed);
    return closed;
  }
  const content = readWebm(file);
  if (!content) {
    await removeFile(part);
    await removeFile(sidecarFile);
    return undefined;
  }
  const { startMs, durationMs, video, audio, bytes, torn } = content;
  const whole = file.subarray(0, bytes);
  if (torn) whole.writeUInt32BE(0x1000_0000 | torn.size, torn.position);
  await cutBack(part, bytes, torn && { position: torn.position, bytes: whole.subarray(torn.position, torn.position + 4) });
  const { attempt, track, epoch, sequence } = key;
  const sidecar: Sidecar = {
    version: 1,
    attempt,
    track,
    epoch,
    sequence,
    startMs,
    durationMs,
    ...(video && { video }),
    ...(audio && { audio }),
    bytes,
    sha256: sha256(whole),
    gaps: gaps
      .filter((gap) => gap.startMs < startMs + durationMs)
      .map((gap) => ({ ...gap, endMs: Math.min(gap.endMs, startMs + durationMs) })),
    closedBy: 'repair',
  };
  await publishSegment(folder, sidecar);
  return sidecar;
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

async function cutBack(
  file: string,
  bytes: number,
  patch: { position: number; bytes: Buffer } | undefined,
): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    if (patch) await handle.write(patch.bytes, 0, patch.bytes.length, patch.position);
    await handle.truncate(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

