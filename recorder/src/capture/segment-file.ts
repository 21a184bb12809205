import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Gap, Id, Sidecar, Track } from '@vigil/protocol';
import type { Disk } from './disk.js';
import { exists, publishSegment } from './durable.js';
import type { ByteSink } from './segment-builder.js';
import { ENDINGS, segmentFile, type SegmentKey } from './segment-path.js';

/** What the file itself adds to a sidecar. */
type SealedBy = 'bytes' | 'sha256' | 'version' | keyof SegmentKey;

/** Bytes that may wait for the disk, per track. A disk that is so far behind counts as failing. */
const MOST_WAITING_BYTES = 16_000_000;

/** What was written is forced to the disk this often, ms: a power cut loses no more. It costs 0.3 ms of CPU each time. */
const SYNC_MS = 4_000;

/** Runs a track's disk work one after the other, so that segments are announced in order. */
export class DiskQueue {
  private last: Promise<void> = Promise.resolve();
  waitingBytes = 0;
  /** Server wall clock from which on the disk refused, ms. */
  cutAtMs = Infinity;

  constructor(
    readonly folder: string,
    readonly disk: Disk,
    readonly onSegment: (sidecar: Sidecar) => void,
  ) {}

  add(job: () => Promise<void>): void {
    this.last = this.last.then(job);
  }

  /** Resolves when all that was added until now is done. */
  done(): Promise<void> {
    return this.last;
  }
}

/** The names of an epoch's segments: all share one number, also when it must move on because it is taken. */
export interface EpochKey {
  attempt: Id;
  track: Track;
  epoch: number;
}

/** One segment's file while it is written. Calls return at once; the work is done in order behind them. */
export class SegmentFile implements ByteSink {
  /** Server wall clock up to which the file on disk is whole, ms. */
  wholeToMs: number;
  private syncedToMs: number;
  private handle: FileHandle | undefined;
  private readonly hash: Hash = createHash('sha256');
  private bytes = 0;
  private dead = false;
  private facts: Omit<Sidecar, SealedBy> | undefined;

  constructor(
    private readonly queue: DiskQueue,
    private readonly epoch: EpochKey,
    private readonly sequence: number,
    startMs: number,
  ) {
    this.wholeToMs = this.syncedToMs = startMs;
    this.run(async () => {
      await mkdir(dirname(this.path(ENDINGS.part)), { recursive: true });
      // Another run of the server, with another clock, may have used this epoch: nothing is ever overwritten.
      while (sequence === 0 && ((await exists(this.path(ENDINGS.part))) || (await exists(this.path(ENDINGS.media)))))
        epoch.epoch++;
      this.handle = await open(this.path(ENDINGS.part), 'wx');
    });
  }

  get key(): SegmentKey {
    return { ...this.epoch, sequence: this.sequence };
  }

  write(data: Buffer, tail: Buffer, endMs: number): void {
    this.queue.waitingBytes += data.length;
    if (this.queue.waitingBytes > MOST_WAITING_BYTES) this.fail(new Error('The disk is too slow.'));
    const position = this.bytes;
    this.bytes += data.length;
    this.run(
      async () => {
        await this.writeAt(data, position);
        this.hash.update(data);
        if (tail.length > 0) await this.writeAt(tail, position + data.length);
        this.wholeToMs = endMs;
        if (endMs - this.syncedToMs < SYNC_MS) return;
        await this.handle?.datasync();
        this.syncedToMs = endMs;
      },
      () => (this.queue.waitingBytes -= data.length),
    );
  }

  /** Closes, syncs and publishes the segment; it is announced when all of that is done. */
  seal(facts: Omit<Sidecar, SealedBy>): void {
    this.facts = facts;
    this.run(async () => {
      await this.handle?.sync();
      await this.close();
      const sidecar: Sidecar = {
        version: 1,
        ...this.key,
        ...facts,
        bytes: this.bytes,
        sha256: this.hash.digest('hex'),
      };
      await publishSegment(this.queue.folder, sidecar);
      this.queue.onSegment(sidecar);
    });
  }

  /**
   * Writes nothing more; `Disk` closes the file when it takes again.
   * @param gaps known holes up to `wholeToMs`.
   */
  abandon(gaps: Gap[]): void {
    this.dead = true;
    this.queue.disk.cut(this.key, gaps);
    this.run(() => Promise.resolve());
  }

  private fail(error: Error): void {
    if (this.dead) return;
    this.queue.cutAtMs = Math.min(this.queue.cutAtMs, this.wholeToMs);
    if (this.facts) this.abandon(this.facts.gaps);
    this.queue.disk.fail(error);
  }

  private path(ending: (typeof ENDINGS)[keyof typeof ENDINGS]): string {
    return segmentFile(this.queue.folder, this.key, ending);
  }

  private async writeAt(data: Buffer, position: number): Promise<void> {
    for (let done = 0; done < data.length; ) {
      const written = await this.handle?.write(data, done, data.length - done, position + done);
      done += written?.bytesWritten ?? data.length;
    }
  }

  private run(job: () => Promise<void>, after?: () => void): void {
    this.queue.add(async () => {
      try {
        if (!this.dead) await job();
      } catch (error) {
        this.fail(error as Error);
      } finally {
        after?.();
        if (this.dead) await this.close();
      }
    });
  }

  private async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close().catch(() => undefined); // on a failing disk there is nothing more to lose
  }
}
