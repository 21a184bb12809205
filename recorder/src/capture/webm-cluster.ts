import { AUDIO_TRACK, VIDEO_TRACK, id } from './webm-ids.js';
import { SIZE_MARK } from './webm-header.js';

/** Bytes before a cluster's first block: id, size, timestamp. */
const HEAD_BYTES = 14;
const INITIAL_BYTES = 32_768;

/** Builds one cluster after another in a buffer that is used again. Times are whole ms from the file's time zero. */
export class ClusterBuilder {
  private buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  private at = 0;
  /** Time of the cluster's first block. */
  startMs = 0;

  get empty(): boolean {
    return this.at === 0;
  }

  /** A SimpleBlock: its end follows from the next block of its track. Audio frames are all alike, so that is enough for them. */
  audio(timeMs: number, data: Buffer): void {
    this.room(timeMs, data.length + 9);
    this.byte(id.simpleBlock);
    this.uint32(SIZE_MARK | (4 + data.length));
    this.blockHead(AUDIO_TRACK, timeMs, 0x80);
    this.bytes(data);
  }

  /**
   * A BlockGroup that ends with its duration, which is known only when the next picture comes: without durations a picture
   * that stands for seconds leaves a hole in what players have buffered.
   * @param sinceMs how long before it the picture stands that it builds on; undefined for a key frame.
   * @returns where the duration's four bytes stand, for `setDuration`.
   */
  video(timeMs: number, sinceMs: number | undefined, chunks: readonly Buffer[], bytes: number): number {
    const reference = sinceMs === undefined ? 0 : 6;
    this.room(timeMs, bytes + 20 + reference);
    this.byte(id.blockGroup);
    this.uint32(SIZE_MARK | (bytes + 15 + reference));
    this.byte(id.block);
    this.uint32(SIZE_MARK | (4 + bytes));
    this.blockHead(VIDEO_TRACK, timeMs, 0);
    for (const chunk of chunks) this.bytes(chunk);
    if (sinceMs !== undefined) {
      this.byte(id.referenceBlock);
      this.byte(0x84);
      this.at = this.buffer.writeInt32BE(-sinceMs, this.at);
    }
    this.byte(id.blockDuration);
    this.byte(0x84);
    this.uint32(0);
    return this.at - 4;
  }

  setDuration(position: number, durationMs: number): void {
    this.buffer.writeUInt32BE(durationMs, position);
  }

  /** True when the four bytes at `position` are the cluster's last. */
  endsAt(position: number): boolean {
    return position === this.at - 4;
  }

  /** The cluster as a copy, after `before`; the builder is empty again. */
  take(before: Buffer): Buffer {
    this.buffer.writeUInt32BE(SIZE_MARK | (this.at - 8), 4);
    const cluster = Buffer.allocUnsafeSlow(before.length + this.at);
    before.copy(cluster);
    this.buffer.copy(cluster, before.length, 0, this.at);
    this.at = 0;
    return cluster;
  }

  private room(timeMs: number, bytes: number): void {
    const needed = Math.max(this.at, HEAD_BYTES) + bytes;
    if (needed > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, this.at);
      this.buffer = larger;
    }
    if (this.at > 0) return;
    this.startMs = timeMs;
    this.uint32(id.cluster);
    this.uint32(0);
    this.byte(id.timestamp);
    this.byte(0x84);
    this.uint32(timeMs);
  }

  private blockHead(track: number, timeMs: number, flags: number): void {
    this.byte(0x80 | track);
    this.at = this.buffer.writeInt16BE(timeMs - this.startMs, this.at);
    this.byte(flags);
  }

  private byte(value: number): void {
    this.buffer[this.at++] = value;
  }

  private uint32(value: number): void {
    this.at = this.buffer.writeUInt32BE(value, this.at);
  }

  private bytes(data: Buffer): void {
    this.at += data.copy(this.buffer, this.at);
  }
}
