/** A frame or packet, and its presentation time, ms. */
export interface Sample {
  atMs: number;
  data: Uint8Array;
}

/** Frames of VP8 or VP9 as IVF, the simplest container that ffmpeg reads; times to the millisecond. */
export function ivf(codec: 'vp8' | 'vp9', width: number, height: number, frames: readonly Sample[]): Buffer {
  const head = Buffer.alloc(32);
  head.write('DKIF');
  head.writeUInt16LE(32, 6);
  head.write(codec === 'vp8' ? 'VP80' : 'VP90', 8);
  head.writeUInt16LE(width, 12);
  head.writeUInt16LE(height, 14);
  head.writeUInt32LE(1_000, 16);
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(frames.length, 24);
  return Buffer.concat([head, ...frames.flatMap(({ atMs, data }) => {
    const before = Buffer.alloc(12);
    before.writeUInt32LE(data.length);
    before.writeBigUInt64LE(BigInt(Math.round(atMs)), 4);
    return [before, data];
  })]); // prettier-ignore
}

const crcTable = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value >>> 0;
});

/** One Ogg page with one packet (RFC 3533, 6). */
function oggPage(packet: Uint8Array, sequence: number, granule: number, flags: number): Buffer {
  const lacing = [...Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
  const page = Buffer.alloc(27 + lacing.length + packet.length);
  page.write('OggS');
  page.writeUInt8(flags, 5);
  page.writeBigUInt64LE(BigInt(granule), 6);
  page.writeUInt32LE(1, 14);
  page.writeUInt32LE(sequence, 18);
  page.writeUInt8(lacing.length, 26);
  page.set(lacing, 27);
  page.set(packet, 27 + lacing.length);
  let crc = 0;
  for (const byte of page) crc = ((crc << 8) ^ crcTable[((crc >>> 24) ^ byte) & 0xff]!) >>> 0;
  page.writeUInt32LE(crc, 22);
  return page;
}

/** Samples that an Opus decoder is behind at its start, at 48 kHz. */
const preSkip = 312;
/** Samples of a packet of 20 ms. */
const packetSamples = 960;

/** Opus packets of 20 ms each, mono, as Ogg without a hole (RFC 7845). */
export function oggOpus(packets: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head.set([1, 1], 8);
  head.writeUInt16LE(preSkip, 10);
  head.writeUInt32LE(48_000, 12);
  const tags = Buffer.concat([Buffer.from('OpusTags'), Buffer.from([5, 0, 0, 0]), Buffer.from('vigil'), Buffer.alloc(4)]);
  return Buffer.concat([
    oggPage(head, 0, 0, 2),
    oggPage(tags, 1, 0, 0),
    ...packets.map((packet, i) => oggPage(packet, i + 2, (i + 1) * packetSamples, i === packets.length - 1 ? 4 : 0)),
  ]);
}
