import { createDecipheriv } from 'node:crypto';
import {
  chunkContext,
  decodeRecords,
  maxPieceBytes,
  pieceName,
  RecordKind,
  splitChunks,
  tagBytes,
  Track,
  VideoCodec,
  type PieceRecord,
} from '@vigil/protocol';
import { z } from 'zod';
import { opusDurationMs } from '../capture/opus.js';
import { isVp8Key } from '../capture/vp8.js';
import { isVp9Key } from '../capture/vp9.js';
import { framesOfWebm } from './webm-frames.js';

/** A frame with its time on the server's wall clock as the browser knew it, ms. */
export type Frame = { timeMs: number; data: Buffer } & ({ kind: 'sound'; durationMs: number } | { kind: 'key' | 'delta' });

/** The picture's codec and size. */
export interface Picture {
  codec: VideoCodec;
  width: number;
  height: number;
}

/** What is inside a piece, in order of time. */
export interface Piece {
  name: string;
  track: Track;
  clockErrorMs: number;
  picture: Picture | undefined;
  frames: Frame[];
  /** From the first frame to the end of the last, or to where the browser says that it was still recording. */
  startMs: number;
  endMs: number;
}

/** Why a piece cannot be taken; the message is for the log. */
export class PieceError extends Error {
  override readonly name = 'PieceError';
}

const size = z.number().int().min(16).max(4_096);
const Video = z.object({ codec: VideoCodec, width: size, height: size });
const Header = z.object({
  version: z.literal(1),
  track: Track,
  startMs: z.number().min(0).max(1e14),
  // As long as the computer slept, where the server was not heard since.
  clockErrorMs: z.number().min(0).max(86_400_000),
  video: Video.optional(),
});

/** Pieces are of a few seconds; one that says it is of more than this was not made by our page, ms. */
const longestMs = 120_000;
/** Records of a piece, and elements of a WebM file in it: our page makes some hundred a second at most. */
const mostRecords = 20_000;
/** Our page writes some chunks a second. */
const mostChunks = 2_000;

/**
 * Opens a piece of the browser's own recording (protocol/ring-piece.ts): unseals it, and reads its frames. It ends before the first
 * chunk that is not as it was sealed, in its place: the browser has nothing better, and would only throw the whole away.
 * @param key of the attempt, 32 bytes.
 * @throws {PieceError} when its header was altered, it belongs to another attempt or name, or is none.
 */
export function openPiece(bytes: Buffer, key: Buffer, attempt: string, name: string): Piece {
  const named = pieceName.exec(name);
  if (!named || bytes.length > maxPieceBytes) throw new PieceError('not the name or the size of a piece');
  const [first, ...rest] = readable(() => splitChunks(new Uint8Array(bytes), mostChunks));
  if (!first) throw new PieceError('the piece is empty');
  const header = readable(() => Header.parse(JSON.parse(unseal(first, key, chunkContext(attempt, name, 0)).toString('utf8'))));
  if (header.track !== named[1] || Math.abs(header.startMs - Number(named[2])) > 1) throw new PieceError('the header is that of another piece');
  const records: PieceRecord[] = [];
  for (const [index, chunk] of rest.entries()) {
    const plain = unsealed(chunk, key, chunkContext(attempt, name, index + 1));
    if (!plain) break;
    records.push(...readable(() => decodeRecords(plain, mostRecords - records.length)));
  }
  return readable(() => contentOf(name, header, records));
}

/** Anything that reading hostile bytes throws says the same: this is no piece. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof PieceError ? error : new PieceError('the piece cannot be read', { cause: error });
  }
}

function unseal({ iv, sealed }: { iv: Uint8Array; sealed: Uint8Array }, key: Buffer, context: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  decipher.setAAD(context);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - tagBytes)), decipher.final()]);
}

/** The chunk's content; undefined when it is not what was sealed in this place. */
function unsealed(...sealed: Parameters<typeof unseal>): Buffer | undefined {
  try {
    return unseal(...sealed);
  } catch {
    return undefined;
  }
}

function contentOf(name: string, header: z.infer<typeof Header>, records: readonly PieceRecord[]): Piece {
  const webm = records.filter(({ kind }) => kind === RecordKind.webm).map(({ data }) => data);
  const inside = webm.length ? framesOfWebm(Buffer.concat(webm), mostRecords) : { picture: header.video, frames: records.flatMap(frameOf) };
  const picture = inside.picture && Video.parse(inside.picture);
  // What a hostile page says of other times than the piece's own is not looked at.
  const timely = inside.frames
    .filter(({ timeMs }) => timeMs > -1_000 && timeMs < longestMs)
    .map((frame) => ({ ...frame, timeMs: header.startMs + frame.timeMs }))
    .filter(({ kind }) => kind !== 'sound' || header.track === 'webcam')
    .sort((a, b) => a.timeMs - b.timeMs);
  const frames = decodable(timely, picture);
  const alive = records.filter(({ kind, timeMs }) => kind === RecordKind.alive && timeMs < longestMs).map(({ timeMs }) => header.startMs + timeMs);
  const ends = frames.map((frame) => frame.timeMs + (frame.kind === 'sound' ? frame.durationMs : 0));
  return {
    name,
    track: header.track,
    clockErrorMs: header.clockErrorMs,
    picture,
    frames,
    startMs: frames[0]?.timeMs ?? header.startMs,
    endMs: Math.max(header.startMs, ...ends.slice(-50), ...alive.slice(-1)),
  };
}

/** Without the pictures that do not follow a real key frame: nothing could show them. */
function decodable(frames: readonly Frame[], picture: Picture | undefined): Frame[] {
  const isKey = picture?.codec === 'vp9' ? isVp9Key : isVp8Key;
  let keyed = false;
  return frames.filter(({ kind, data }) => {
    if (kind === 'key') keyed = picture !== undefined && isKey(data);
    return kind === 'sound' || keyed;
  });
}

function frameOf({ kind, timeMs, data }: PieceRecord): Frame[] {
  if (data.length === 0) return [];
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (kind === RecordKind.sound) {
    const durationMs = opusDurationMs(bytes, 0, bytes.length);
    return durationMs > 0 ? [{ kind: 'sound', timeMs, durationMs, data: bytes }] : [];
  }
  if (kind === RecordKind.key || kind === RecordKind.delta) return [{ kind: kind === RecordKind.key ? 'key' : 'delta', timeMs, data: bytes }];
  return [];
}
