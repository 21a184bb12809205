import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gap, Sidecar } from '@vigil/protocol';
import { removeFile } from './durable.js';
import { closeCutOff, RETRY_MS, type CutOff } from './repair-later.js';
import type { SegmentKey } from './segment-path.js';

/** A disk takes again when it takes this much at once. */
const PROBE_BYTES = 1_000_000;

/** What the disk's state is told to, and about. Times are server wall clock, ms. */
export interface DiskOptions {
  folder: string;
  attempt: string;
  now: () => number;
  onDisk: (state: 'failing' | 'ok', error?: Error) => void;
  onSegment: (sidecar: Sidecar) => void;
  /** Resolves when no write is under way. */
  settled: () => Promise<unknown>;
}

/** What the disk says of itself, for one attempt. While it fails, nothing is written but a probe from time to time. */
export class Disk {
  private failing: Error | undefined;
  private triedAtMs = 0;
  private trying: Promise<void> | undefined;
  /** Segments cut off in the middle: closed by repair as soon as the disk takes again. */
  private cutOff: CutOff[] = [];

  constructor(private readonly options: DiskOptions) {}

  get ok(): boolean {
    return this.failing === undefined;
  }

  fail(error: Error): void {
    if (this.failing) return;
    this.failing = error;
    this.triedAtMs = this.options.now();
    this.options.onDisk('failing', error);
  }

  /** This segment could not be written to its end. */
  cut(key: SegmentKey, gaps: Gap[]): void {
    const { folder, onSegment } = this.options;
    this.cutOff.push({ folder, key, gaps, onSegment });
  }

  /** What is not closed yet: from now on somebody else's to close. */
  release(): CutOff[] {
    return this.cutOff.splice(0);
  }

  tick(nowMs: number): void {
    if (this.ok || nowMs - this.triedAtMs < RETRY_MS) return;
    void this.retry();
  }

  /** Tries whether the disk takes again, and closes what was cut off. Resolves in either case. */
  retry(): Promise<void> {
    this.trying ??= this.recover()
      .catch(() => undefined) // it still fails, for whatever reason
      .finally(() => {
        this.triedAtMs = this.options.now();
        this.trying = undefined;
      });
    return this.trying;
  }

  private async recover(): Promise<void> {
    await this.options.settled();
    if (!this.ok) await this.probe();
    for (let next = this.cutOff[0]; next; next = this.cutOff[0]) {
      await closeCutOff(next);
      this.cutOff.shift();
    }
    if (this.ok) return;
    this.failing = undefined;
    this.options.onDisk('ok');
  }

  private async probe(): Promise<void> {
    await mkdir(join(this.options.folder, this.options.attempt), { recursive: true });
    const file = join(this.options.folder, this.options.attempt, 'probe.tmp');
    try {
      const handle = await open(file, 'w');
      try {
        await handle.writeFile(Buffer.alloc(PROBE_BYTES));
        await handle.sync();
      } finally {
        await handle.close();
      }
    } finally {
      await removeFile(file);
    }
  }
}
