import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SetupError } from './run-command.mjs';

/** The repository's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where set-up keeps what it fetched or built, for all clones of one user: `$XDG_CACHE_HOME/vigil`. */
export const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vigil');

/**
 * A hash over files' names and contents, 12 hexadecimal digits. Folders are read whole.
 * @param {readonly string[]} paths
 */
export async function hashOf(paths) {
  const hash = createHash('sha256');
  const add = async (/** @type {string} */ path) => {
    const names = await readdir(path).catch(() => undefined);
    if (names) for (const name of names.sort()) await add(join(path, name));
    else hash.update(`${relative(root, path)}\0`).update(await readFile(path));
  };
  for (const path of paths) await add(path);
  return hash.digest('hex').slice(0, 12);
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Takes a lock file, in a folder that is made where it is missing.
 * @param {string} lock @returns {Promise<boolean>} false: another process has it
 */
async function takeLock(lock) {
  try {
    await mkdir(dirname(lock), { recursive: true });
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EEXIST') return false;
    throw new SetupError(`The folder ${dirname(lock)}, where set-up keeps what it builds, cannot be written: ${message}. Free space or correct its rights, or set XDG_CACHE_HOME to another folder.`);
  }
}

/** Whether `<cache>/<name>` was made already. @param {string} name */
export const isCached = (name) => readdir(join(cacheFolder(), name)).then(() => true, () => false);

/**
 * Makes `<cache>/<name>` once. `make` fills an empty folder that then moves to its place in one step, so that nobody
 * ever sees a half-made one. Of several processes one makes it and the others wait.
 * @param {string} name
 * @param {(folder: string) => Promise<void>} make
 * @returns {Promise<string>} the folder
 */
export async function cached(name, make) {
  const folder = join(cacheFolder(), name);
  if (await isCached(name)) return folder;
  const lock = `${folder}.lock`;
  for (const deadline = Date.now() + 600_000; !(await takeLock(lock)); ) {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    // An owner that died, or hangs, must not stop everybody: at worst two make the same.
    if ((owner && !isAlive(owner)) || Date.now() > deadline) await rm(lock, { force: true });
    else await pause(250);
    if (await isCached(name)) return folder;
  }
  const partial = await mkdtemp(`${folder}.partial-`);
  try {
    if (await isCached(name)) return folder;
    await make(partial);
    await rename(partial, folder).catch(async (error) => {
      if (!(await isCached(name))) throw error;
    });
    return folder;
  } finally {
    await rm(partial, { recursive: true, force: true });
    await rm(lock, { force: true });
  }
}
