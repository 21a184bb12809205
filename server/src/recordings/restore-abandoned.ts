import { join } from 'node:path';
import type { Id } from '@vigil/protocol';
import { unclosedAttempts } from '@vigil/recorder/capture';
import type { Logger } from 'pino';
import { attemptById, listedMediaNodes, recordedByOthers } from '../store/index.js';
import { restoreAttempt } from './restore-attempt.js';

/** What ended before was put into the index by an earlier start; all attempts there ever were would take long, ms. */
const longestMs = 2 * 86_400_000;

export interface RestoreAbandonedOptions {
  /** VIGIL_DATA. */
  data: string;
  /** Origin of this media process. */
  url: string;
  log: Logger;
  now: () => number;
}

/**
 * For the start of one media process of several, before it serves: restores the attempts that an older process of its address
 * recorded, or one that is off the list. All others are left alone: somebody may be recording them, also without a lease
 * (see `MediaNodeDocument`).
 */
export async function restoreAbandoned({ data, url, log, now }: RestoreAbandonedOptions): Promise<void> {
  const folder = join(data, 'segments');
  const others = (await listedMediaNodes()).filter((node) => node.url !== url).map(({ _id }) => _id);
  const attempts = new Set([...(await unclosedAttempts(folder)), ...(await recordedByOthers(others, new Date(now() - longestMs)))]);
  for (const attempt of attempts) await restoreAttempt(attempt, { folder, log, now, may: () => isAbandoned(attempt, url) });
}

async function isAbandoned(attempt: Id, url: string): Promise<boolean> {
  const node = (await attemptById(attempt))?.session?.node;
  // Read after it: who may record the attempt is on the list before.
  const recorder = (await listedMediaNodes()).find(({ _id }) => _id === node);
  return recorder === undefined || recorder.url === url;
}
