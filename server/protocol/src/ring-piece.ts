/**
 * The browser's own recording: pieces of a few seconds, sealed in the browser and opened by the server. One file a piece:
 *
 *     piece  = chunk*          chunk = length (4 bytes, big endian) ‖ iv (12) ‖ ciphertext ‖ tag (16)
 *     chunk 0 holds the header as JSON; every other one holds record*
 *     record = kind (1 byte) ‖ time (float64, big endian: ms from the header's `startMs`) ‖ length (4) ‖ data
 *
 * A chunk is sealed with AES-256-GCM; what is authenticated besides is `<attempt>/<piece>/<number of the chunk>`, so that none
 * can be moved, left out in the middle, or taken from another attempt. A crash or a power cut may leave a piece that ends in the
 * middle of a chunk, or in zeros: what is whole before counts.
 *
 * Pure and without dependencies: the same code runs in the browser's worker and in the server.
 */

/** The name of a piece: `<track>-<server wall clock of its beginning, ms>-<8 random hexadecimal digits>`. */
export const pieceName = /^(webcam|screen)-(\d{13})-[0-9a-f]{8}$/;

/** What a piece says of itself. */
export interface PieceHeader {
  version: 1;
  track: 'webcam' | 'screen';
  /** Server wall clock of time zero as the browser knew it then, ms since 1970. */
  startMs: number;
  /** By how much `startMs` may be off, ms. */
  clockErrorMs: number;
  /** Of the pictures in records of the kinds `key` and `delta`; WebM data says it itself. */
  video?: { codec: 'vp8' | 'vp9'; width: number; height: number };
}

/** What a record holds. Numbers are part of the format. */
export const RecordKind = {
  /** An encoded picture that builds on the one before. */
  delta: 1,
  /** An encoded picture that stands for itself. */
  key: 2,
  /** One Opus packet. */
  sound: 3,
  /** No data: up to this time the piece's sources were being recorded, also where a picture stood still. */
  alive: 4,
  /** The next bytes of a WebM file whose time zero is the header's: from browsers without WebCodecs for tracks. */
  webm: 5,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** One record of a piece. */
export interface PieceRecord {
  kind: RecordKind;
  /** From the header's `startMs`, ms. */
  timeMs: number;
  data: Uint8Array;
}

/** Bytes of an IV and of a tag of AES-GCM (NIST SP 800-38D). */
export const ivBytes = 12;
export const tagBytes = 16;
/** Bytes before a chunk's ciphertext. */
export const chunkHeadBytes = 4 + ivBytes;
/** No chunk and no piece is larger than this. */
export const maxChunkBytes = 4_000_000;
export const maxPieceBytes = 16_000_000;

const recordHeadBytes = 13;
const kinds: ReadonlySet<number> = new Set(Object.values(RecordKind));

/** What is authenticated with a chunk: ASCII, as all ids and names here are. */
export const chunkContext = (attempt: string, piece: string, chunk: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(`${attempt}/${piece}/${chunk}`, (letter) => letter.charCodeAt(0));

/** The records of one chunk as bytes. */
export function encodeRecords(records: readonly PieceRecord[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(records.reduce((sum, { data }) => sum + recordHeadBytes + data.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { kind, timeMs, data } of records) {
    view.setUint8(at, kind);
    view.setFloat64(at + 1, timeMs);
    view.setUint32(at + 9, data.length);
    bytes.set(data, at + recordHeadBytes);
    at += recordHeadBytes + data.length;
  }
  return bytes;
}

/**
 * The records of one chunk; their data are views into `bytes`.
 * @param most so many are made at most: a hostile chunk can hold a million empty ones.
 * @throws {RangeError} when these are not records, or more.
 */
export function decodeRecords(bytes: Uint8Array, most = Infinity): PieceRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: PieceRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (records.length >= most) throw new RangeError('too many records');
    if (at + recordHeadBytes > bytes.length) throw new RangeError('a record is cut off');
    const kind = view.getUint8(at);
    const timeMs = view.getFloat64(at + 1);
    const end = at + recordHeadBytes + view.getUint32(at + 9);
    if (!kinds.has(kind) || !Number.isFinite(timeMs) || end > bytes.length) throw new RangeError('a record is not one');
    records.push({ kind: kind as RecordKind, timeMs, data: bytes.subarray(at + recordHeadBytes, end) });
    at = end;
  }
  return records;
}

/** One sealed chunk of a piece. */
export interface SealedChunk {
  iv: Uint8Array<ArrayBuffer>;
  /** Ciphertext and tag. */
  sealed: Uint8Array<ArrayBuffer>;
}

/** A chunk as it stands in a piece's file. */
export function joinChunk({ iv, sealed }: SealedChunk): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunkHeadBytes + sealed.length);
  new DataView(bytes.buffer).setUint32(0, ivBytes + sealed.length);
  bytes.set(iv, 4);
  bytes.set(sealed, chunkHeadBytes);
  return bytes;
}

/**
 * The chunks of a piece's file, as views into it, up to where one is cut off or its length cannot be that of a chunk.
 * @param most so many are looked for at most.
 * @throws {RangeError} when there are more.
 */
export function splitChunks(bytes: Uint8Array<ArrayBuffer>, most = Infinity): SealedChunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: SealedChunk[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = view.getUint32(at);
    const end = at + 4 + length;
    if (length < ivBytes + tagBytes || length > maxChunkBytes || end > bytes.length) break;
    if (chunks.length >= most) throw new RangeError('too many chunks');
    chunks.push({ iv: bytes.subarray(at + 4, at + chunkHeadBytes), sealed: bytes.subarray(at + chunkHeadBytes, end) });
    at = end;
  }
  return chunks;
}
