import type { VideoPayload } from './video-assembler.js';

/**
 * Reads VP8's payload descriptor (RFC 7741, 4.2) and, on a key frame's first packet, the frame header's size (RFC 6386, 9.1).
 * @param start of the RTP payload inside `packet`; it ends at `end`.
 * @returns false when it is cut short, or a key frame without a size.
 */
export function parseVp8(packet: Buffer, start: number, end: number, out: VideoPayload): boolean {
  let at = start;
  if (at >= end) return false;
  const first = packet[at++] as number;
  if (first & 0x80) {
    if (at >= end) return false;
    const flags = packet[at++] as number;
    if (flags & 0x80) at += at < end && (packet[at] as number) & 0x80 ? 2 : 1;
    if (flags & 0x40) at++;
    if (flags & 0x30) at++;
  }
  if (at >= end) return false;
  out.start = at;
  out.beginsFrame = (first & 0x10) !== 0 && (first & 0x07) === 0;
  out.key = out.beginsFrame && ((packet[at] as number) & 0x01) === 0;
  if (out.key) {
    if (at + 10 > end) return false;
    out.width = packet.readUInt16LE(at + 6) & 0x3fff;
    out.height = packet.readUInt16LE(at + 8) & 0x3fff;
    if (out.width === 0 || out.height === 0) return false;
  }
  return true;
}

/** Whether a whole frame begins as a key frame does: its tag, the start code and a size (RFC 6386, 9.1). */
export const isVp8Key = (frame: Buffer): boolean =>
  frame.length > 10 &&
  ((frame[0] as number) & 0x01) === 0 &&
  frame.readUIntBE(3, 3) === 0x9d012a &&
  (frame.readUInt16LE(6) & 0x3fff) > 0 &&
  (frame.readUInt16LE(8) & 0x3fff) > 0;
