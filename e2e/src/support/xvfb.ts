import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A display of its own, so that there is a whole screen to share. */
export interface Display {
  /** For the variable DISPLAY. */
  name: string;
  stop(): Promise<void>;
}

/** Starts an X server without a monitor, 1280×720. @throws {Error} when Xvfb is missing or does not start. */
export async function startDisplay(): Promise<Display> {
  // The server chooses a free number itself, and writes it to descriptor 3.
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x720x24', '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  const number = await Promise.race([
    once(server.stdio[3] as Readable, 'data').then(([chunk]) => String(chunk).trim()),
    once(server, 'error').then(([error]) => Promise.reject(error as Error)),
    ended.then(() => Promise.reject(new Error('Xvfb ended at its start'))),
  ]);
  return {
    name: `:${number}`,
    stop: async () => {
      server.kill();
      await ended;
    },
  };
}
