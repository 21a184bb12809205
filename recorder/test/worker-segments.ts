import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { segmentId, type SegmentDocument, type Track } from '@vigil/protocol';
import { segmentFile } from '../src/capture/segment-path.js';
import { probe } from '../src/worker/media/probe.js';

/** Server wall clock at which the test segments begin, ms since 1970. */
export const epoch = 1_760_000_000_000;

/** A segment's document as the index writes it: it waits since `waitsSinceMs`. */
export function segmentDocument(
  key: { attempt: string; sequence: number; track?: Track },
  waitsSinceMs: number,
  more: Partial<SegmentDocument> = {},
): SegmentDocument {
  const name = { track: 'webcam' as const, epoch, ...key };
  return {
    _id: segmentId(name),
    version: 1,
    ...name,
    startMs: epoch + key.sequence * 20_000,
    durationMs: 20_000,
    bytes: 1,
    sha256: '0'.repeat(64),
    gaps: [],
    closedBy: 'deadline',
    analysis: { state: 'pending', tries: 0, availableAt: new Date(waitsSinceMs) },
    ...more,
  };
}

/** Puts a file where a segment's is, and answers its document. */
export async function placeSegment(
  folder: string,
  file: string,
  key: { attempt: string; sequence: number; track?: Track },
): Promise<SegmentDocument> {
  const { video, audio, durationMs } = await probe(file);
  const bytes = await readFile(file);
  const document = segmentDocument(key, 0, {
    durationMs,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...(video && { video: { codec: 'vp8', ...video, frames: 1 } }),
    ...(audio && { audio: { codec: 'opus', frames: 1 } }),
  });
  const place = segmentFile(folder, document);
  await mkdir(dirname(place), { recursive: true });
  await copyFile(file, place);
  return document;
}
