import type { ClipFrame } from './clips.js';

/** Where a stream's numbers begin; near the wraps by default, so that every test crosses them. */
export interface StreamStart {
  sequence?: number;
  timestamp?: number;
}

/** A packet and the media time, ms from the clip's beginning, at which the sender sends it. */
export interface SentPacket {
  sentMs: number;
  packet: Buffer;
}

const MTU = 1_200;

/** One RTP packet (RFC 3550, 5.1) with a one-byte header extension, as browsers send. */
export function rtpPacket(sequence: number, timestamp: number, marker: boolean, payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x90;
  header[1] = (marker ? 0x80 : 0) | 96;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp % 0x1_0000_0000, 4);
  header.writeUInt32BE(0x1234, 8);
  header.writeUInt16BE(0xbede, 12);
  header.writeUInt16BE(1, 14);
  return Buffer.concat([header, payload]);
}

/** VP8's descriptor with a 15-bit picture id (RFC 7741, 4.2), VP9's in flexible-less mode with one (RFC 9628, 4.2). */
function descriptor(codec: 'vp8' | 'vp9', index: number, first: boolean, last: boolean, key: boolean): Buffer {
  const picture = [0x80 | ((index >> 8) & 0x7f), index & 0xff];
  if (codec === 'vp8') return Buffer.from([0x80 | (first ? 0x10 : 0), 0x80, ...picture]);
  return Buffer.from([0x80 | (key ? 0 : 0x40) | (first ? 0x08 : 0) | (last ? 0x04 : 0), ...picture]);
}

/** Whether an encoded picture decodes alone. */
export const isKey = (codec: 'vp8' | 'vp9', data: Buffer): boolean =>
  codec === 'vp8' ? (data.readUInt8(0) & 1) === 0 : (data.readUInt8(0) & 0x04) === 0;

/** A clip's pictures as packets of at most 1200 bytes. */
export function packetizeVideo(codec: 'vp8' | 'vp9', frames: readonly ClipFrame[], start: StreamStart = {}): SentPacket[] {
  const { sequence = 0xffe0, timestamp = 0xffff_f000 } = start;
  const packets: SentPacket[] = [];
  frames.forEach(({ ticks, data }, index) => {
    const key = isKey(codec, data);
    for (let at = 0; at < data.length; at += MTU) {
      const last = at + MTU >= data.length;
      const payload = Buffer.concat([descriptor(codec, index, at === 0, last, key), data.subarray(at, at + MTU)]);
      packets.push({
        sentMs: ticks / 90,
        packet: rtpPacket(sequence + packets.length, timestamp + ticks, last, payload),
      });
    }
  });
  return packets;
}

/** Opus: one packet each (RFC 7587, 4.2). */
export function packetizeOpus(frames: readonly ClipFrame[], start: StreamStart = {}): SentPacket[] {
  const { sequence = 0xfff0, timestamp = 0xffff_fe00 } = start;
  return frames.map(({ ticks, data }, index) => ({
    sentMs: ticks / 48,
    packet: rtpPacket(sequence + index, timestamp + ticks, false, data),
  }));
}
