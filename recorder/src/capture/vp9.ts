import type { VideoPayload } from './video-assembler.js';

/**
 * Reads VP9's payload descriptor (RFC 9628, 4.2) and, on a key frame's first packet, the size from the frame's own header.
 * @param start of the RTP payload inside `packet`; it ends at `end`.
 * @returns false when it is cut short.
 */
export function parseVp9(packet: Buffer, start: number, end: number, out: VideoPayload): boolean {
  let at = start;
  if (at >= end) return false;
  const flags = packet[at++] as number;
  const predicted = (flags & 0x40) !== 0;
  const flexible = (flags & 0x10) !== 0;
  let spatialLayer = 0;
  if (flags & 0x80) at += at < end && (packet[at] as number) & 0x80 ? 2 : 1;
  if (flags & 0x20) {
    if (at >= end) return false;
    spatialLayer = ((packet[at++] as number) >> 1) & 0x07;
    if (!flexible) at++;
  }
  if (predicted && flexible) {
    let references = 0;
    while (at < end && ++references <= 3 && (packet[at++] as number) & 0x01);
  }
  if (flags & 0x02) at = skipScalability(packet, at, end);
  if (at >= end) return false;
  out.start = at;
  out.beginsFrame = (flags & 0x08) !== 0 && spatialLayer === 0;
  out.key = out.beginsFrame && !predicted && readSize(packet, at, end, out);
  return true;
}

/** The scalability structure (RFC 9628, 4.2.1). */
function skipScalability(packet: Buffer, at: number, end: number): number {
  if (at >= end) return end;
  const head = packet[at++] as number;
  if (head & 0x10) at += 4 * ((head >> 5) + 1);
  if (head & 0x08) {
    if (at >= end) return end;
    for (let pictures = packet[at++] as number; pictures > 0 && at < end; pictures--)
      at += 1 + (((packet[at] as number) >> 2) & 0x03);
  }
  return at;
}

/**
 * Width and height from the uncompressed header (VP9 bitstream specification, 6.2), profiles 0 to 2.
 * @returns false when the frame is not a key frame.
 */
function readSize(packet: Buffer, start: number, end: number, out: { width: number; height: number }): boolean {
  let bit = start * 8;
  const read = (bits: number): number => {
    let value = 0;
    for (; bits > 0; bits--, bit++)
      value = (value << 1) | (bit >> 3 < end ? ((packet[bit >> 3] as number) >> (7 - (bit & 7))) & 1 : 0);
    return value;
  };
  if (read(2) !== 2) return false;
  const profile = read(1) | (read(1) << 1);
  if (profile > 2 || read(1) === 1 || read(1) === 1) return false; // show_existing_frame, frame_type
  read(2); // show_frame, error_resilient_mode
  if (read(24) !== 0x498342) return false;
  if (profile === 2) read(1);
  const rgb = read(3) === 7;
  if (!rgb) read(1);
  out.width = read(16) + 1;
  out.height = read(16) + 1;
  return !rgb;
}

/** Whether a whole frame begins as a key frame does, with the sync code (VP9 bitstream specification, 6.2). */
export const isVp9Key = (frame: Buffer): boolean => readSize(frame, 0, frame.length, { width: 0, height: 0 });
