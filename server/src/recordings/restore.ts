import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repairSegments } from '@vigil/recorder/capture';
import type { Logger } from 'pino';
import { leaseMs, renewMs } from '../attempts/media-node.js';
import { isLive, listedMediaNodes, liveMediaNodes } from '../store/index.js';
import { reindex } from './reindex.js';

/** Beyond what a media process needs to renew its lease, or its lease to run out, ms. */
const slackMs = 1_000;

export interface RestoreOptions {
  /** VIGIL_DATA. */
  data: string;
  /** Other processes may be recording into the folder: then nothing in it is touched. */
  shared: boolean;
  log: Logger;
  now: () => number;
  signal: AbortSignal;
  /** Waits for so many ms; the clock's own by default. @throws the signal's reason when it is aborted. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const realPause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal });

/**
 * After a stop or crash: closes what was left open and puts into the index what is not in it. Nothing may record into the folder.
 */
export async function restoreRecordings({ data, shared, log, now, signal, pause = realPause }: RestoreOptions): Promise<void> {
  if (shared && (await othersRecord(now, (ms) => pause(ms, signal)))) {
    log.info('media processes are recording: unclosed files are left to them');
    return;
  }
  const folder = join(data, 'segments');
  const { repaired, removed, failed } = await repairSegments(folder);
  for (const { file, error } of failed) log.error({ file, err: error }, 'unclosed segment cannot be repaired; it stays as it is');
  const { added, changed, missing, broken } = await reindex(folder, now, false);
  for (const { file, problem } of broken) log.error({ file, problem }, 'segment cannot be indexed');
  const counts = { repaired: repaired.length, removed: removed.length, added, changed, missing };
  if (Object.values(counts).some((count) => count > 0)) log.info(counts, 'recordings restored');
}

/**
 * Whether a media process lives. One that crashed with us keeps its lease for a while; one that lives may be without, because the
 * database was away, and renews it now.
 */
async function othersRecord(now: () => number, pause: (ms: number) => Promise<void>): Promise<boolean> {
  const listed = await listedMediaNodes();
  if (listed.length === 0) return false;
  const hasLease = listed.some((node) => isLive(node, now()));
  await pause((hasLease ? leaseMs : 2 * renewMs) + slackMs);
  return (await liveMediaNodes(now())).length > 0;
}
