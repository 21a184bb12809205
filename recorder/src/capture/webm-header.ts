import { AUDIO_TRACK, DATE_ORIGIN_MS, VIDEO_TRACK, id } from './webm-ids.js';

/** Which tracks a file has. A WebM file's tracks are fixed from its first byte on. */
export interface Layout {
  video?: { codec: 'vp8' | 'vp9'; width: number; height: number };
  audio: boolean;
}

const idBytes = (value: number): Buffer => {
  const hex = value.toString(16);
  return Buffer.from(hex, 'hex');
};

/** A size of four bytes (RFC 8794, 4): fixed, so that it can be written before its value is known. */
export const SIZE_MARK = 0x1000_0000;

function element(elementId: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(SIZE_MARK | body.length);
  return Buffer.concat([idBytes(elementId), size, body]);
}

const uint = (elementId: number, value: number): Buffer => {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(value);
  return element(elementId, body);
};

const text = (elementId: number, value: string): Buffer => element(elementId, Buffer.from(value, 'utf8'));

function float(elementId: number, value: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeDoubleBE(value);
  return element(elementId, body);
}

function date(ms: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeBigInt64BE(BigInt(ms - DATE_ORIGIN_MS) * 1_000_000n);
  return element(id.dateUtc, body);
}

/** The Opus identification header (RFC 7845, 5.1): mono, no pre-skip, for the stream has no beginning here. */
function opusHead(): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = 1;
  head.writeUInt32LE(48_000, 12);
  return head;
}

/**
 * All of a file before its first cluster. The segment's size stays unknown, as in any live WebM, so that nothing that was
 * written, and hashed, has to change; time zero stands in DateUTC, so that the file alone tells it.
 * @param startMs server wall clock of time zero, whole ms.
 */
export function webmHeader({ video, audio }: Layout, startMs: number): Buffer {
  const entries: Buffer[] = [];
  if (video)
    entries.push(
      element(
        id.trackEntry,
        uint(id.trackNumber, VIDEO_TRACK),
        uint(id.trackUid, VIDEO_TRACK),
        uint(id.trackType, 1),
        uint(id.flagLacing, 0),
        text(id.codecId, video.codec === 'vp9' ? 'V_VP9' : 'V_VP8'),
        element(id.video, uint(id.pixelWidth, video.width), uint(id.pixelHeight, video.height)),
      ),
    );
  if (audio)
    entries.push(
      element(
        id.trackEntry,
        uint(id.trackNumber, AUDIO_TRACK),
        uint(id.trackUid, AUDIO_TRACK),
        uint(id.trackType, 2),
        uint(id.flagLacing, 0),
        text(id.codecId, 'A_OPUS'),
        element(id.codecPrivate, opusHead()),
        uint(id.seekPreRoll, 80_000_000),
        element(id.audio, float(id.samplingFrequency, 48_000), uint(id.channels, 1)),
      ),
    );
  return Buffer.concat([
    element(
      id.ebml,
      uint(id.ebmlVersion, 1),
      uint(id.ebmlReadVersion, 1),
      uint(id.ebmlMaxIdLength, 4),
      uint(id.ebmlMaxSizeLength, 8),
      text(id.docType, 'webm'),
      uint(id.docTypeVersion, 4),
      uint(id.docTypeReadVersion, 2),
    ),
    idBytes(id.segment),
    Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    element(
      id.info,
      uint(id.timestampScale, 1_000_000),
      date(startMs),
      text(id.muxingApp, 'Vigil'),
      text(id.writingApp, 'Vigil'),
    ),
    element(id.tracks, ...entries),
  ]);
}
