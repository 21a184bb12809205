import type { RtpView } from './rtp.js';
import { parseVp8 } from './vp8.js';
import { parseVp9 } from './vp9.js';

/** What a payload descriptor says. Reused from packet to packet. */
export interface VideoPayload {
  /** Where the codec's own bytes begin in the packet. */
  start: number;
  beginsFrame: boolean;
  /** First packet of a key frame; `width` and `height` are then its size. */
  key: boolean;
  width: number;
  height: number;
}

/** A whole encoded picture. */
export interface VideoFrame {
  /** As in the packets, not extended. */
  rtpTimestamp: number;
  key: boolean;
  /** Of the last key frame, pixels. */
  width: number;
  height: number;
  chunks: Buffer[];
  bytes: number;
}

/** No browser sends a frame of as many packets (about 8 MB); a sender that does must not fill the memory. */
const MAX_FRAME_PACKETS = 6_000;

const parsers = { vp8: parseVp8, vp9: parseVp9 };

/**
 * Makes frames of packets that are in order. After a loss, and at the start, it lets nothing through until a key frame:
 * what depends on something missing does not decode.
 */
export class VideoAssembler {
  /** Frames are dropped until a key frame comes. */
  waitsForKey = true;
  private readonly parse: (packet: Buffer, start: number, end: number, out: VideoPayload) => boolean;
  private readonly payload: VideoPayload = { start: 0, beginsFrame: false, key: false, width: 0, height: 0 };
  private frame: VideoFrame | undefined;

  constructor(codec: 'vp8' | 'vp9') {
    this.parse = parsers[codec];
  }

  /**
   * @param lost packets before this one are missing.
   * @returns the frame that this packet completes.
   */
  push(packet: Buffer, view: RtpView, lost: boolean): VideoFrame | undefined {
    if (lost) this.drop();
    if (view.start === view.end) return undefined; // padding, sent to probe the bandwidth
    const { payload } = this;
    if (!this.parse(packet, view.start, view.end, payload)) {
      this.drop();
      return undefined;
    }
    if (payload.beginsFrame && this.frame?.rtpTimestamp !== view.timestamp) {
      if (this.frame) this.drop(); // its last packet never came
      if (payload.key) this.waitsForKey = false;
      if (this.waitsForKey) return undefined;
      const { key, width, height } = payload;
      this.frame = { rtpTimestamp: view.timestamp, key, width, height, chunks: [], bytes: 0 };
    }
    const { frame } = this;
    if (!frame) return undefined;
    if (frame.rtpTimestamp !== view.timestamp || frame.chunks.length === MAX_FRAME_PACKETS) {
      this.drop();
      return undefined;
    }
    const chunk = packet.subarray(payload.start, view.end);
    frame.chunks.push(chunk);
    frame.bytes += chunk.length;
    if (!view.marker) return undefined;
    this.frame = undefined;
    return frame;
  }

  /** Something is missing: forgets the frame under way and waits for a key frame. */
  drop(): void {
    this.frame = undefined;
    this.waitsForKey = true;
  }
}
