import { setTimeout as pause } from 'node:timers/promises';
import type { Gap, Sidecar } from '@vigil/protocol';
import { repairSegment } from './repair.js';
import type { SegmentKey } from './segment-path.js';

/** Between two tries on a disk that refuses, ms. */
export const RETRY_MS = 2_000;

/** A segment that could not be written to its end. */
export interface CutOff {
  folder: string;
  key: SegmentKey;
  /** Known holes up to its end, server wall clock. */
  gaps: Gap[];
  /** Told when it is closed. */
  onSegment: (sidecar: Sidecar) => void;
}

/** Closes it as far as it is on the disk, and announces it. @throws what the disk says. */
export async function closeCutOff({ folder, key, gaps, onSegment }: CutOff): Promise<void> {
  const sidecar = await repairSegment(folder, key, gaps);
  if (sidecar) onSegment(sidecar);
}

/**
 * Closes what a full disk left unclosed when its recording ended, as soon as the disk takes again. While it does not, one
 * segment is tried at a time, each in its turn. What waits when the process ends is closed at the next start.
 */
export class RepairLater {
  private readonly waiting: CutOff[] = [];
  private running = false;

  /** @param pauseMs between two tries on a disk that refuses. */
  constructor(private readonly pauseMs = RETRY_MS) {}

  add(cutOff: readonly CutOff[]): void {
    this.waiting.push(...cutOff);
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift())
      try {
        await closeCutOff(next);
      } catch {
        this.waiting.push(next);
        await pause(this.pauseMs, undefined, { ref: false });
      }
    this.running = false;
  }
}

/** That of this process. */
export const repairLater = new RepairLater();
