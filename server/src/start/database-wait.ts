import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { connectDatabase } from '../store/index.js';

const pauseMs = 2_000;

export interface DatabaseWait {
  /** Says a sentence to whoever started the server. */
  tell: (sentence: string) => void;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Connects to the database, and goes on trying while it is away; says so once.
 * Later losses are the driver's: it reconnects by itself.
 * @throws the signal's reason when it is aborted.
 */
export async function waitForDatabase(uri: string, { tell, log, signal }: DatabaseWait): Promise<void> {
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    try {
      await connectDatabase(uri);
      log.info('database connected');
      return;
    } catch (error) {
      // The address may hold a password: neither it nor the driver's text, which repeats the host, goes beyond debug.
      if (tries === 0)
        tell('The server cannot reach its database. It goes on trying every 2 s. Is MongoDB running, and MONGODB_URI right?');
      log.debug({ err: error }, 'database not reached');
    }
    await pause(pauseMs, undefined, { signal });
  }
}
