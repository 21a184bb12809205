import { setTimeout as pause } from 'node:timers/promises';
import type { LookDocument, LookResult } from '@vigil/protocol';
import type { Logger } from 'pino';
import type { LookQueue } from './look-queue.js';

/** How often is asked for looks, ms: while students show themselves, and else. */
const askMs = { busy: 60, idle: 1_000 };
/** A student who has shown something is about to show more, ms. */
const busyMs = 15_000;

/** Answers looks until `stop` fires, beside the analysis: a student waits for each. */
export async function runLooks(queue: LookQueue, look: (one: LookDocument) => Promise<LookResult>, log: Logger, stop: AbortSignal): Promise<void> {
  let busyUntil = 0;
  let away = false;
  while (!stop.aborted) {
    try {
      const lease = await queue.take();
      away = false;
      if (lease) {
        busyUntil = performance.now() + busyMs;
        await answer(lease);
        continue;
      }
    } catch (error) {
      if (!away) log.warn({ error: sentenceOf(error) }, 'looks cannot be answered now; trying again');
      away = true;
    }
    await pause(performance.now() < busyUntil ? askMs.busy : askMs.idle, undefined, { signal: stop }).catch(() => undefined);
  }

  async function answer(lease: NonNullable<Awaited<ReturnType<LookQueue['take']>>>): Promise<void> {
    let result: LookResult;
    try {
      result = await look(lease.look);
    } catch (error) {
      if (stop.aborted) return queue.release(lease);
      log.warn({ look: lease.look._id, step: lease.look.step, error: sentenceOf(error) }, 'a look failed');
      await queue.fail(lease, sentenceOf(error));
      return;
    }
    await queue.answer(lease, result);
    // What was seen of a person is in no log.
    log.debug({ look: lease.look._id }, 'looked');
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
