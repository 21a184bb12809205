import { DATE_ORIGIN_MS, VIDEO_TRACK, id } from './webm-ids.js';

/** What a file that the recorder wrote holds, as far as it is whole. */
export interface WebmContent {
  /** Server wall clock of time zero, ms. */
  startMs: number;
  video?: { codec: 'vp8' | 'vp9'; width: number; height: number; frames: number };
  audio?: { codec: 'opus'; frames: number };
  /** End of the last frame from time zero, ms. */
  durationMs: number;
  /** Bytes up to the end of the last whole block; less than the file where its end is torn. */
  bytes: number;
  /** A torn cluster: where its four bytes of size stand, and what they must be for the blocks that are whole. */
  torn?: { position: number; size: number };
}

/** An EBML element: its id, and where its content begins and ends. */
export interface Element {
  id: number;
  start: number;
  end: number;
}

/** Elements whose end is unknown (all ones) reach to the end of their parent. */
export function* children(file: Buffer, start: number, end: number): Generator<Element> {
  let at = start;
  while (at < end) {
    const idLength = Math.clz32(file[at] as number) - 23;
    if (idLength > 4 || at + idLength >= end) return;
    const elementId = file.readUIntBE(at, idLength);
    at += idLength;
    const sizeLength = Math.clz32(file[at] as number) - 23;
    if (sizeLength > 8 || at + sizeLength > end) return;
    let size = (file[at] as number) & (0xff >> sizeLength);
    let unknown = size === 0xff >> sizeLength;
    for (let index = 1; index < sizeLength; index++) {
      const byte = file[at + index] as number;
      size = size * 256 + byte;
      unknown &&= byte === 0xff;
    }
    at += sizeLength;
    const last = unknown ? end : at + size;
    yield { id: elementId, start: at, end: last };
    at = last;
  }
}

/** An unsigned integer of at most six bytes (RFC 8794, 7.2). */
export const uintOf = (file: Buffer, { start, end }: Element): number => file.readUIntBE(start, Math.min(6, end - start));

/**
 * Reads a file of this recorder up to where it is whole.
 * @returns undefined when it has no whole frame.
 */
export function readWebm(file: Buffer): WebmContent | undefined {
  const content: WebmContent = { startMs: 0, durationMs: 0, bytes: 0 };
  const segment = [...children(file, 0, file.length)].find((element) => element.id === id.segment);
  if (!segment) return undefined;
  for (const element of children(file, segment.start, segment.end)) {
    if (element.id === id.cluster) readCluster(file, element, content);
    else if (element.end > file.length) break;
    else if (element.id === id.info) readInfo(file, element, content);
    else if (element.id === id.tracks) readTracks(file, element, content);
  }
  return content.bytes > 0 ? content : undefined;
}

function readInfo(file: Buffer, info: Element, content: WebmContent): void {
  for (const element of children(file, info.start, info.end))
    if (element.id === id.dateUtc)
      content.startMs = Number(file.readBigInt64BE(element.start) / 1_000_000n) + DATE_ORIGIN_MS;
}

function readTracks(file: Buffer, tracks: Element, content: WebmContent): void {
  for (const entry of children(file, tracks.start, tracks.end)) {
    let codec = '';
    const size = { width: 0, height: 0 };
    for (const element of children(file, entry.start, entry.end)) {
      if (element.id === id.codecId) codec = file.toString('latin1', element.start, element.end);
      if (element.id !== id.video) continue;
      for (const field of children(file, element.start, element.end)) {
        if (field.id === id.pixelWidth) size.width = uintOf(file, field);
        if (field.id === id.pixelHeight) size.height = uintOf(file, field);
      }
    }
    if (codec === 'A_OPUS') content.audio = { codec: 'opus', frames: 0 };
    else content.video = { codec: codec === 'V_VP9' ? 'vp9' : 'vp8', ...size, frames: 0 };
  }
}

function readCluster(file: Buffer, cluster: Element, content: WebmContent): void {
  let clusterMs = 0;
  let wholeTo = 0;
  for (const element of children(file, cluster.start, Math.min(cluster.end, file.length))) {
    if (element.end > file.length) break;
    if (element.id === id.timestamp) clusterMs = uintOf(file, element);
    else if (element.id === id.simpleBlock) readBlock(file, element, clusterMs, 0, content);
    else if (element.id === id.blockGroup) {
      const parts = [...children(file, element.start, element.end)];
      const block = parts.find((part) => part.id === id.block);
      const duration = parts.find((part) => part.id === id.blockDuration);
      if (block) readBlock(file, block, clusterMs, duration ? uintOf(file, duration) : 0, content);
    }
    if (element.id !== id.timestamp) wholeTo = element.end;
  }
  if (wholeTo === 0) return;
  content.bytes = wholeTo;
  if (cluster.end > file.length) content.torn = { position: cluster.start - 4, size: wholeTo - cluster.start };
}

/** What an Opus block without a duration is taken to last, ms. */
const AUDIO_MS = 20;

function readBlock(file: Buffer, block: Element, clusterMs: number, durationMs: number, content: WebmContent): void {
  const video = ((file[block.start] as number) & 0x7f) === VIDEO_TRACK;
  const timeMs = clusterMs + file.readInt16BE(block.start + 1);
  const counted = video ? content.video : content.audio;
  if (counted) counted.frames++;
  content.durationMs = Math.max(content.durationMs, timeMs + (video ? durationMs : AUDIO_MS));
}
