import { mkdir, realpath } from 'node:fs/promises';
import { tryLock } from '../locks/name-lock.js';
import type { Unlock } from '../locks/name-lock.js';
import { StartError } from './start-error.js';

/**
 * Takes the data folder for this process: a second server on another port would repair, that is cut, the files that
 * this one is writing.
 * @returns what lets go of it. @throws {StartError} when another server of this machine has it, or it cannot be made.
 */
export async function lockData(data: string): Promise<Unlock> {
  const unlock = await tryLock(await made(data));
  if (!unlock) throw new StartError(`Another Vigil server uses the folder ${data}. Stop it, or set VIGIL_DATA to another folder.`);
  return unlock;
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
