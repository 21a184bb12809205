import { join } from 'node:path';
import type { Id } from '@vigil/protocol';
import { segmentId } from '@vigil/protocol';
import { repairSegments, scanSegments } from '@vigil/recorder/capture';
import type { Logger } from 'pino';
import { lock } from '../locks/name-lock.js';
import { indexSegment, noteRestored, segmentIdsOf } from '../store/index.js';

export interface RestoreAttemptOptions {
  /** `<data>/segments`. */
  folder: string;
  log: Logger;
  /** Server wall clock, ms since 1970. */
  now: () => number;
  /** Asked when nobody else restores the attempt: whether it may still be done. It must not be while anyone records it. */
  may: () => boolean | Promise<boolean>;
}

/**
 * Closes what a dead process left open of one attempt, and indexes what is not in the index. Two processes that come upon the
 * same attempt do it one after the other: two that cut one file would harm it.
 */
export async function restoreAttempt(attempt: Id, { folder, log, now, may }: RestoreAttemptOptions): Promise<void> {
  const unlock = await lock(join(folder, attempt));
  try {
    if (!(await may())) return;
    const { repaired, removed, failed } = await repairSegments(folder, attempt);
    for (const { file, error } of failed) log.error({ file, err: error }, 'unclosed segment cannot be repaired; it stays as it is');
    const known = await segmentIdsOf(attempt);
    for (const sidecar of repaired) known.delete(segmentId(sidecar));
    let indexed = 0;
    for await (const found of scanSegments(folder, { attempt, wanted: (key) => !known.has(segmentId(key)) })) {
      if ('problem' in found) log.error(found, 'segment cannot be indexed');
      else if (await indexSegment(found.sidecar, now())) indexed += 1;
    }
    await noteRestored(attempt);
    const counts = { repaired: repaired.length, removed: removed.length, indexed };
    if (Object.values(counts).some((count) => count > 0)) log.info({ attempt, ...counts }, 'recordings of an attempt restored');
  } finally {
    unlock();
  }
}
