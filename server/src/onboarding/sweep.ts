import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Onboardings, overdueOnboardings } from '../store/index.js';
import type { Onboarding } from './onboarding.js';

const everyMs = 600_000;

/**
 * Deletes the onboardings whose time is over, at once and then every ten minutes, and folders whose onboarding is gone,
 * as of a deletion that was killed. @returns stops it.
 */
export async function startOnboardingSweep(onboarding: Onboarding, data: string, log: Logger, now: () => number): Promise<() => void> {
  const sweep = async (): Promise<void> => {
    try {
      for (const { _id } of await overdueOnboardings(new Date(now()))) {
        await onboarding.purge(_id);
        log.info({ onboarding: _id }, 'onboarding deleted: its time is over');
      }
      const folder = join(data, 'onboardings');
      for (const id of await readdir(folder).catch(() => [])) if (!(await Onboardings.exists({ _id: id }).exec())) await rm(join(folder, id), { recursive: true, force: true });
    } catch (error) {
      log.warn({ err: error }, 'onboardings cannot be looked through now');
    }
  };
  await sweep();
  const timer = setInterval(() => void sweep(), everyMs);
  return () => clearInterval(timer);
}
