import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The key that signs links and sessions: the configured one, else the one in `<data>/keys/secret`, made at the first start
 * and readable by its owner only.
 */
export async function readSecret(configured: string, data: string): Promise<string> {
  if (configured) return configured;
  const path = join(data, 'keys', 'secret');
  const kept = await readIfThere(path);
  if (kept) return kept;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Written aside and linked: of several processes at the first start one wins, and none reads half a key.
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readIfThere(path);
  if (!made) throw new Error('the key file is empty');
  return made;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
