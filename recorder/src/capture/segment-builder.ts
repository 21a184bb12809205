import { ClusterBuilder } from './webm-cluster.js';
import { webmHeader, type Layout } from './webm-header.js';

/** Where a segment's bytes go. */
export interface ByteSink {
  /**
   * Appends `data` for good, and after it `tail`, which the next call overwrites.
   * @param endMs server wall clock up to which the file is then whole.
   */
  write(data: Buffer, tail: Buffer, endMs: number): void;
}

/** A cluster is closed at the first picture after this time, ms: what a crash can lose. */
const CLUSTER_MS = 2_000;
/** ... and, in a file with pictures, at any sound after this: longer than a file goes on without pictures. */
const CLUSTER_MOST_MS = 8_000;
/** ... and when it has this many bytes. */
const CLUSTER_BYTES = 1_000_000;

const NOTHING = Buffer.alloc(0);

/**
 * One segment on its way to the disk: takes frames in order of time, gives clusters. A picture stands until the next one.
 * One that stands long is written before its end is known, with its duration so far as the file's last bytes.
 */
export class SegmentBuilder {
  videoFrames = 0;
  audioFrames = 0;
  /** Server wall clock of the end of what is in it, ms. */
  endMs: number;
  private readonly cluster = new ClusterBuilder();
  private clusterBytes = 0;
  /** The newest picture: where its duration stands, in the cluster or, once that is written, at the file's end. */
  private picture: { timeMs: number; position: number; written: boolean } | undefined;
  private tailAtMs = 0;
  /** The four bytes at the file's end that are still open; empty when none are. */
  private tail: Buffer = NOTHING;

  /** @param startMs server wall clock of time zero, whole ms. */
  constructor(
    readonly layout: Layout,
    readonly startMs: number,
    private readonly sink: ByteSink,
  ) {
    this.endMs = startMs;
    sink.write(webmHeader(layout, startMs), NOTHING, startMs);
  }

  /** @param timeMs server wall clock, not before any frame given before. */
  video(timeMs: number, key: boolean, chunks: readonly Buffer[], bytes: number): void {
    const time = this.relative(timeMs);
    const before = this.picture;
    if (before) this.setDuration(before, time);
    this.picture = undefined; // its duration is final: nothing of it stays open
    this.closeIfDue(time, CLUSTER_MS);
    const since = key || !before ? undefined : time - before.timeMs;
    const position = this.cluster.video(time, since, chunks, bytes);
    this.picture = { timeMs: time, position, written: false };
    this.clusterBytes += bytes;
    this.videoFrames++;
    this.endMs = Math.max(this.endMs, timeMs);
  }

  audio(timeMs: number, data: Buffer, durationMs: number): void {
    const time = this.relative(timeMs);
    this.closeIfDue(time, this.layout.video ? CLUSTER_MOST_MS : CLUSTER_MS);
    this.cluster.audio(time, data);
    this.clusterBytes += data.length;
    this.audioFrames++;
    this.endMs = Math.max(this.endMs, timeMs + durationMs);
  }

  /**
   * Nothing came for a while: writes what is there, so that a crash does not lose it.
   * @param untilMs server wall clock up to which the newest picture stands for sure.
   */
  idle(untilMs: number): void {
    const { picture } = this;
    const time = this.relative(untilMs);
    if (!picture || time - Math.max(picture.timeMs, this.tailAtMs) < CLUSTER_MS) return;
    if (!this.cluster.empty) {
      if (this.cluster.endsAt(picture.position)) this.flush(time);
    } else if (this.tail.length > 0) {
      this.setDuration(picture, time);
      this.writeTail(NOTHING, time);
    }
  }

  /** Writes the rest. The newest picture stands until `endMs`, server wall clock. */
  finish(endMs: number): void {
    this.endMs = endMs;
    const time = this.relative(endMs);
    if (this.picture) this.setDuration(this.picture, time);
    if (!this.cluster.empty) this.sink.write(this.cluster.take(this.takeTail()), NOTHING, this.endMs);
    else if (this.tail.length > 0) this.sink.write(this.takeTail(), NOTHING, this.endMs);
    this.picture = undefined;
  }

  private relative(timeMs: number): number {
    return Math.max(0, Math.round(timeMs) - this.startMs);
  }

  private takeTail(): Buffer {
    const { tail } = this;
    this.tail = NOTHING;
    return tail;
  }

  private setDuration(picture: { timeMs: number; position: number; written: boolean }, endTime: number): void {
    const duration = Math.max(1, endTime - picture.timeMs);
    if (!picture.written) this.cluster.setDuration(picture.position, duration);
    else if (this.tail.length > 0) {
      this.tail = Buffer.alloc(4);
      this.tail.writeUInt32BE(duration);
    }
  }

  private closeIfDue(time: number, spanMs: number): void {
    if (this.cluster.empty) return;
    const sinceMs = time - this.cluster.startMs;
    // A block's time is 16 bits from its cluster's (RFC 9559, 10.1), in either direction: one from far back needs another cluster.
    if (sinceMs >= spanMs || sinceMs < -CLUSTER_MOST_MS || this.clusterBytes >= CLUSTER_BYTES) this.flush(time);
  }

  private flush(time: number): void {
    const { picture } = this;
    const open = picture && !picture.written && this.cluster.endsAt(picture.position);
    if (picture && !picture.written) this.setDuration(picture, time);
    const bytes = this.cluster.take(this.takeTail());
    this.clusterBytes = 0;
    if (picture) picture.written = true;
    if (open) this.tail = Buffer.from(bytes.subarray(-4));
    this.writeTail(open ? bytes.subarray(0, -4) : bytes, time);
  }

  private writeTail(data: Buffer, time: number): void {
    this.tailAtMs = time;
    this.sink.write(data, this.tail, this.startMs + time);
  }
}
