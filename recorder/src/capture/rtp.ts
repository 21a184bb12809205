/** The parts of an RTP packet's header (RFC 3550, 5.1) that recording needs. Reused from packet to packet: copy what you keep. */
export interface RtpView {
  sequence: number;
  timestamp: number;
  marker: boolean;
  /** The payload is `packet[start, end)`: extension and padding are left out. */
  start: number;
  end: number;
}

/** An empty view for `parseRtp`. */
export const rtpView = (): RtpView => ({ sequence: 0, timestamp: 0, marker: false, start: 0, end: 0 });

/** Reads a packet's header into `view`. False: not an RTP packet (too short, wrong version, lengths that lie). */
export function parseRtp(packet: Buffer, view: RtpView): boolean {
  const length = packet.length;
  if (length < 12) return false;
  const first = packet[0] as number;
  if (first >> 6 !== 2) return false;
  let start = 12 + (first & 0x0f) * 4;
  if (first & 0x10) {
    if (start + 4 > length) return false;
    start += 4 + packet.readUInt16BE(start + 2) * 4;
  }
  const end = first & 0x20 ? length - (packet[length - 1] as number) : length;
  if (start > end) return false;
  const second = packet[1] as number;
  view.marker = second >> 7 === 1;
  view.sequence = packet.readUInt16BE(2);
  view.timestamp = packet.readUInt32BE(4);
  view.start = start;
  view.end = end;
  return true;
}

/** Continues a 16-bit sequence number beyond its wrap: the value nearest to `previous`. */
export const extendSequence = (previous: number, sequence: number): number =>
  previous + (((sequence - previous) << 16) >> 16);

/** Continues a 32-bit RTP timestamp beyond its wrap: the value nearest to `previous`. */
export const extendTimestamp = (previous: number, timestamp: number): number =>
  previous + ((timestamp - (previous % 0x1_0000_0000)) | 0);
