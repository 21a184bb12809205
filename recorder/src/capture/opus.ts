/** Ms of one frame by the configuration number of the TOC byte (RFC 6716, table 2). */
function frameMs(config: number): number {
  if (config < 12) return [10, 20, 40, 60][config & 3] as number;
  if (config < 16) return config & 1 ? 20 : 10;
  return [2.5, 5, 10, 20][config & 3] as number;
}

/** How long an Opus packet plays, in ms, read from its first bytes (RFC 6716, 3.1 and 3.2; one packet per RTP packet, RFC 7587, 4.2). */
export function opusDurationMs(packet: Buffer, start: number, end: number): number {
  if (start >= end) return 0;
  const toc = packet[start] as number;
  const one = frameMs(toc >> 3);
  const code = toc & 3;
  if (code === 0) return one;
  if (code < 3) return 2 * one;
  const count = start + 1 < end ? (packet[start + 1] as number) & 0x3f : 0;
  return Math.min(120, one * count);
}

/** CELT, full band, of 2.5, 5, 10 and 20 ms: the configurations that silence is made of. */
const celt = [
  [20, 0xf8],
  [10, 0xf0],
  [5, 0xe8],
  [2.5, 0xe0],
] as const;

const made = new Map<number, Buffer>();

/**
 * A packet of digital silence as long as the packets around it: players stall or drift where the length changes.
 * @param durationMs a length that Opus has: 2.5, 5, 10 or a multiple of 20 up to 120.
 */
export function opusSilence(durationMs: number): Buffer {
  let packet = made.get(durationMs);
  if (!packet) {
    const [one, toc] = celt.find(([ms]) => durationMs % ms === 0) ?? celt[0];
    const frames = Array.from({ length: durationMs / one }, () => [0xff, 0xfe]).flat();
    packet = Buffer.from(frames.length === 2 ? [toc, ...frames] : [toc | 3, frames.length / 2, ...frames]);
    made.set(durationMs, packet);
  }
  return packet;
}
