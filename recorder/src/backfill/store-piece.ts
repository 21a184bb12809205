import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Id, Sidecar } from '@vigil/protocol';
import { exists, publishSegment, readSidecar, removeFile } from '../capture/durable.js';
import { opusSilence } from '../capture/opus.js';
import { SegmentBuilder, type ByteSink } from '../capture/segment-builder.js';
import { ENDINGS, segmentFile } from '../capture/segment-path.js';
import { gapsIn } from './held.js';
import type { Piece } from './open-piece.js';
import type { Placed } from './place-piece.js';

/** Where segments made of pieces go. */
export interface StoreOptions {
  /** `<data>/segments`. */
  segments: string;
  /** For files that are not whole yet, on the same file system. What a crash leaves there may be removed. */
  work: string;
  attempt: Id;
}

/** A hole in the sound is filled when it is longer than this, ms: the browser's frames have small ones. */
const SOUND_HOLE_MS = 40;

/**
 * Writes what was placed of a piece as a segment of its track, marked as backfill. Durable when it resolves. The same again, as
 * after a failure between here and the index, gives the segment that is there.
 * @throws what the disk says; then nothing of it is in the record.
 */
export async function storePlaced(placed: Placed, piece: Piece, { segments, work, attempt }: StoreOptions): Promise<Sidecar> {
  const startMs = Math.round(placed.startMs);
  const endMs = Math.max(startMs + 1, Math.round(placed.endMs));
  const key = { attempt, track: piece.track, epoch: startMs, sequence: 0 };
  while (await exists(segmentFile(segments, key))) {
    const there = await readSidecar(segmentFile(segments, key, ENDINGS.sidecar));
    if (there?.backfill?.piece === piece.name && there.startMs === startMs && there.durationMs === endMs - startMs) return there;
    key.epoch++;
  }
  const pictures = placed.frames.some(({ kind }) => kind !== 'sound');
  const layout = {
    ...(pictures && piece.picture && { video: piece.picture }),
    audio: placed.frames.some(({ kind }) => kind === 'sound'),
  };
  const sink = new MemorySink();
  const builder = new SegmentBuilder(layout, startMs, sink);
  fill(builder, placed, endMs);
  builder.finish(endMs);
  const bytes = sink.bytes();

  const sidecar: Sidecar = {
    version: 1,
    ...key,
    startMs,
    durationMs: endMs - startMs,
    ...(layout.video && { video: { ...layout.video, frames: builder.videoFrames } }),
    ...(layout.audio && { audio: { codec: 'opus', frames: builder.audioFrames } }),
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    gaps: gapsIn(piece.track, placed.frames, { startMs, endMs }),
    closedBy: 'backfill',
    backfill: { piece: piece.name, clockErrorMs: piece.clockErrorMs },
  };
  // Not `.part`: what a crash leaves of those is repaired, and would lose the mark that it came later.
  const file = join(work, `${attempt}-${piece.name}-${key.epoch}.webm`);
  await mkdir(work, { recursive: true });
  await mkdir(dirname(segmentFile(segments, key)), { recursive: true });
  try {
    await writeWhole(file, bytes);
    await publishSegment(segments, sidecar, file);
  } catch (error) {
    await removeFile(file);
    throw error;
  }
  return sidecar;
}

/** Frames in order of time, none before the one before it; holes in the sound become silence, for players stop there. */
function fill(builder: SegmentBuilder, { frames }: Placed, endMs: number): void {
  let lastMs = builder.startMs;
  let pictureMs = -Infinity;
  let soundEndMs = builder.startMs;
  let soundFrameMs = frames.find((frame) => frame.kind === 'sound')?.durationMs ?? 0;
  const silence = (untilMs: number): void => {
    if (!builder.layout.audio || untilMs - soundEndMs < SOUND_HOLE_MS) return;
    for (; soundEndMs + soundFrameMs / 2 <= untilMs; soundEndMs += soundFrameMs) {
      builder.audio(soundEndMs, opusSilence(soundFrameMs), soundFrameMs);
      lastMs = Math.max(lastMs, soundEndMs);
    }
  };
  for (const frame of frames) {
    if (frame.kind === 'sound') {
      if (frame.timeMs + frame.durationMs / 2 < soundEndMs) continue;
      silence(frame.timeMs);
      soundFrameMs = frame.durationMs;
      const timeMs = Math.max(frame.timeMs, lastMs);
      builder.audio(timeMs, frame.data, frame.durationMs);
      soundEndMs = timeMs + frame.durationMs;
      lastMs = timeMs;
    } else {
      // The sound must not fall behind the pictures that are written.
      silence(frame.timeMs - soundFrameMs);
      const timeMs = Math.max(frame.timeMs, lastMs, pictureMs + 1);
      builder.video(timeMs, frame.kind === 'key', [frame.data], frame.data.length);
      pictureMs = lastMs = timeMs;
    }
  }
  silence(endMs);
}

/** Keeps a segment's bytes; the open tail is written over by what follows. */
class MemorySink implements ByteSink {
  private readonly chunks: Buffer[] = [];
  private tail: Buffer = Buffer.alloc(0);

  write(data: Buffer, tail: Buffer): void {
    this.chunks.push(data);
    this.tail = tail;
  }

  bytes(): Buffer {
    return Buffer.concat([...this.chunks, this.tail]);
  }
}

async function writeWhole(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
