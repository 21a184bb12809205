import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { repeat } from '../start/repeat.js';
import { Looks, Onboardings, overdueOnboardings, trusted, type OnboardingDocument } from '../store/index.js';
import type { Onboarding } from './onboarding.js';

const everyMs = 600_000;
/** What a server that was killed left of a look, ms: of one before an exam no picture is kept, of a step the last one. */
const leftMs = 600_000;

/**
 * Deletes the onboardings whose time is over, at once and then every ten minutes, and what a server or a deletion that was killed left
 * behind. What cannot be deleted now is tried again, and holds up nothing else. @returns stops it.
 */
export function startOnboardingSweep(onboarding: Onboarding, data: string, log: Logger, now: () => number): Promise<() => void> {
  const folder = join(data, 'onboardings');
  const attempt = async (act: () => Promise<unknown>): Promise<void> => {
    await act().catch((error: unknown) => log.warn({ err: error }, 'something of an onboarding cannot be deleted now; it is tried again'));
  };
  const clean = async (id: string): Promise<void> => {
    const names = await readdir(join(folder, id));
    const old = await Promise.all(names.map(async (name) => (await stat(join(folder, id, name))).mtimeMs < Date.now() - leftMs));
    // Asked after the files were read: what is shown meanwhile is younger.
    const onboarding = await Onboardings.findById(id, { steps: 1 }).lean<Pick<OnboardingDocument, 'steps'>>().exec();
    if (!onboarding) return rm(join(folder, id), { recursive: true, force: true });
    const kept = Object.entries(onboarding.steps).map(([step, { look }]) => `${step}-${look}`);
    for (const [at, name] of names.entries()) if (old[at] && !kept.includes(name)) await rm(join(folder, id, name), { force: true });
  };
  const sweep = async (): Promise<void> => {
    for (const { _id } of await overdueOnboardings(new Date(now())))
      await attempt(async () => {
        await onboarding.purge(_id);
        log.info('an onboarding was deleted: its time is over');
      });
    await Looks.deleteMany({ availableAt: trusted({ $lt: new Date(now() - leftMs) }) }).exec();
    for (const id of await readdir(folder).catch(() => [])) await attempt(() => clean(id));
  };
  return repeat(() => attempt(sweep), everyMs);
}
