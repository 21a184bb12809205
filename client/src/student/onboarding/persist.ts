import { VigilError } from '@vigil/protocol/errors';
import { Unreachable } from '../session/api.js';

/** Waits between tries, ms. */
const waitsMs = [1_000, 2_000, 4_000, 8_000];

/** Whether the server may well take the same a little later. Without a worker it has waited itself; then a person is the better way. */
const passes = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof VigilError && error.status >= 500 && error.reason !== 'noWorker');

/**
 * Does `work` until it succeeds, a few times while the server is away; `away` is told so, and that it is back. What is sent stays with the caller.
 * @throws what the last try threw
 */
export async function persist<T>(work: () => Promise<T>, pause: (ms: number) => Promise<void>, away: (away: boolean) => void): Promise<T> {
  try {
    for (const waitMs of waitsMs) {
      try {
        return await work();
      } catch (error) {
        if (!passes(error)) throw error;
        away(true);
        await pause(waitMs);
      }
    }
    return await work();
  } finally {
    away(false);
  }
}
