import type { Logger } from 'pino';
import { isDatabaseAway } from './database-away.js';

/** Settings of a queue. */
export interface RetryQueueOptions {
  logger: Logger;
  /** How many writes may wait; more are refused. */
  limit?: number;
  /** Pause before the same write is tried again. */
  pauseMs?: number;
}

/**
 * Writes that must reach the database, in order, one at a time. While the database is away they wait here, so that
 * recording goes on; what a full queue or a stop of the process loses, start-up finds again in the files.
 */
export class RetryQueue {
  readonly #waiting: { write: () => Promise<unknown>; done: (error?: unknown) => void }[] = [];
  readonly #options: Required<RetryQueueOptions>;
  #running: Promise<void> | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(options: RetryQueueOptions) {
    this.#options = { limit: 20_000, pauseMs: 1_000, ...options };
  }

  /** How many writes are not done. */
  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Adds a write. The promise settles as the write does; that the database is away does not reject it, it waits.
   * Who does not wait for it need not catch it: refusals are logged here.
   */
  push(what: string, write: () => Promise<unknown>): Promise<void> {
    const { logger, limit } = this.#options;
    const result = new Promise<void>((resolve, reject) => {
      if (this.#closed || this.#waiting.length >= limit) {
        reject(new Error('the queue of writes to the database is full or closed'));
        return;
      }
      const done = (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('write failed', { cause: error }));
      };
      this.#waiting.push({ write, done });
    });
    result.catch((error: unknown) => logger.warn({ err: error, what }, 'not written to the database'));
    this.#running ??= this.#run();
    return result;
  }

  /** Resolves when nothing waits, or after `timeoutMs`. */
  async idle(timeoutMs: number): Promise<void> {
    await withTimeout(this.#running ?? Promise.resolve(), timeoutMs);
  }

  /** Tries what waits once more, each write at most until the time is over, then gives up. */
  async close(timeoutMs: number): Promise<void> {
    await this.idle(timeoutMs);
    this.#closed = true;
    this.#wake?.();
    for (const { done } of this.#waiting.splice(0)) done(new Error('stopped before it was written'));
  }

  async #run(): Promise<void> {
    let away = false;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        await next.write();
        next.done();
      } catch (error) {
        if (isDatabaseAway(error)) {
          if (!away) this.#options.logger.warn({ waiting: this.length }, 'database away; writes wait');
          away = true;
          await this.#pause();
          continue;
        }
        next.done(error);
      }
      if (away) this.#options.logger.info({ waiting: this.length }, 'database is back');
      away = false;
      if (this.#waiting[0] === next) this.#waiting.shift();
    }
    this.#running = undefined;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Waits for a promise, but not longer than `timeoutMs`. @returns whether it settled in time. */
export async function withTimeout(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
