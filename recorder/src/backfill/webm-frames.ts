import { opusDurationMs } from '../capture/opus.js';
import { id } from '../capture/webm-ids.js';
import { children, uintOf, type Element } from '../capture/webm-reader.js';
import type { Frame, Picture } from './open-piece.js';

interface Track {
  kind: 'picture' | 'sound';
  picture?: Picture;
}

/** What a browser's MediaRecorder wrote, with times from the file's zero, ms. */
export interface WebmFrames {
  picture: Picture | undefined;
  frames: Frame[];
}

/**
 * Reads the frames of a WebM file that a browser wrote (RFC 9559), as far as it is whole. Its clusters may be of unknown size:
 * then the next one seems to lie inside the one before. Tracks of other codecs, and laced blocks, are left out.
 * @param most so many elements are looked at: a hostile file can hold millions, and seem to hold each of them many times.
 * @throws {RangeError} when there are more.
 */
export function framesOfWebm(file: Buffer, most = Infinity): WebmFrames {
  let left = most;
  const inside: typeof children = function* (...where) {
    for (const element of children(...where)) {
      if (left-- <= 0) throw new RangeError('too many elements');
      yield element;
    }
  };
  const tracks = new Map<number, Track>();
  const frames: Frame[] = [];
  let clusterMs = 0;
  let scaleMs = 1;
  const visit = (start: number, end: number): void => {
    for (const element of inside(file, start, Math.min(end, file.length))) {
      if (element.id === id.segment || element.id === id.cluster) visit(element.start, element.end);
      else if (element.end > file.length) return;
      else if (element.id === id.info) scaleMs = scaleOf(file, inside(file, element.start, element.end));
      else if (element.id === id.tracks) readTracks(file, element, inside, tracks);
      else if (element.id === id.timestamp) clusterMs = uintOf(file, element) * scaleMs;
      else if (element.id === id.simpleBlock) add(element, ((file[element.start + 3] ?? 0) & 0x80) !== 0);
      else if (element.id === id.blockGroup) {
        const parts = [...inside(file, element.start, element.end)];
        const block = parts.find((part) => part.id === id.block);
        if (block) add(block, !parts.some((part) => part.id === id.referenceBlock));
      }
    }
  };
  const add = (block: Element, key: boolean): void => {
    // One byte is enough for the numbers of the few tracks that a recorder writes.
    const track = tracks.get((file[block.start] ?? 0) & 0x7f);
    const laced = ((file[block.start + 3] ?? 0) & 0x06) !== 0;
    const data = file.subarray(block.start + 4, block.end);
    if (!track || laced || data.length === 0) return;
    const timeMs = clusterMs + file.readInt16BE(block.start + 1) * scaleMs;
    if (track.kind === 'picture') frames.push({ kind: key ? 'key' : 'delta', timeMs, data });
    else {
      const durationMs = opusDurationMs(data, 0, data.length);
      if (durationMs > 0) frames.push({ kind: 'sound', timeMs, durationMs, data });
    }
  };
  visit(0, file.length);
  return { picture: [...tracks.values()].find(({ picture }) => picture)?.picture, frames };
}

/** Ms of one tick of the file's clock. */
function scaleOf(file: Buffer, info: Iterable<Element>): number {
  for (const element of info)
    if (element.id === id.timestampScale) return uintOf(file, element) / 1_000_000;
  return 1;
}

function readTracks(file: Buffer, tracks: Element, inside: typeof children, found: Map<number, Track>): void {
  for (const entry of inside(file, tracks.start, tracks.end)) {
    let number = 0;
    let codec = '';
    const size = { width: 0, height: 0 };
    for (const element of inside(file, entry.start, entry.end)) {
      if (element.id === id.trackNumber) number = uintOf(file, element);
      if (element.id === id.codecId) codec = file.toString('latin1', element.start, element.end);
      if (element.id !== id.video) continue;
      for (const field of inside(file, element.start, element.end)) {
        if (field.id === id.pixelWidth) size.width = uintOf(file, field);
        if (field.id === id.pixelHeight) size.height = uintOf(file, field);
      }
    }
    if (codec === 'A_OPUS') found.set(number, { kind: 'sound' });
    else if ((codec === 'V_VP8' || codec === 'V_VP9') && size.width > 0 && size.height > 0)
      found.set(number, { kind: 'picture', picture: { codec: codec === 'V_VP9' ? 'vp9' : 'vp8', ...size } });
  }
}
