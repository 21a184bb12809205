import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { StartError } from './start-error.js';

/**
 * Takes the data folder for this process: a second server on another port would repair, that is cut, the files that
 * this one is writing. The lock is an abstract Unix socket (unix(7)): the kernel lets go of it however the process ends.
 * @returns what lets go of it. @throws {StartError} when another server of this machine has it, or it cannot be made.
 */
export async function lockData(data: string): Promise<() => void> {
  const path = await made(data);
  const name = createHash('sha256').update(path).digest('hex');
  const lock = createServer((socket) => socket.destroy());
  lock.listen(`\0vigil-${name}`);
  try {
    await once(lock, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new StartError(`Another Vigil server uses the folder ${data}. Stop it, or set VIGIL_DATA to another folder.`, error);
  }
  lock.unref();
  return () => lock.close();
}

/** Makes the folder where it is missing. @returns its one real path. */
async function made(data: string): Promise<string> {
  try {
    await mkdir(data, { recursive: true });
    return await realpath(data);
  } catch (error) {
    throw new StartError(`The folder ${data} cannot be made or read. Set VIGIL_DATA to a folder that Vigil may write.`, error);
  }
}
