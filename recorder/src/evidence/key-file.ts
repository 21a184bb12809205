import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A secret of 32 random bytes, base64url, in `<data>/keys/<name>`: made by whichever process is first, readable by its owner only.
 */
export async function keptKey(data: string, name: string): Promise<string> {
  const path = join(data, 'keys', name);
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

/** The key that wraps all others, 32 bytes: the configured one (base64), else the one in `<data>/keys/master`. */
export async function masterKey(configured: string, data: string): Promise<Buffer> {
  const key = configured ? Buffer.from(configured, 'base64') : Buffer.from(await keptKey(data, 'master'), 'base64url');
  if (key.length !== 32) throw new Error(`VIGIL_MASTER_KEY holds ${key.length} bytes. It must be 32 bytes in base64: make one with "openssl rand -base64 32".`);
  return key;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
