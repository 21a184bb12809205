import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockData } from './data-lock.js';
import { StartError } from './start-error.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'vigil-lock-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

test('one at a time has a folder, by whatever name', async () => {
  const data = join(folder, 'data');
  const unlock = await lockData(data);
  await symlink(data, join(folder, 'alias'));
  await expect(lockData(join(folder, 'alias'))).rejects.toThrow(/^Another Vigil server uses the folder .*alias\. Stop it/);
  (await lockData(join(folder, 'other')))();
  unlock();
  (await lockData(data))();
});

test('a folder that cannot be made is a sentence', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(lockData(join(folder, 'file', 'data'))).rejects.toThrow(StartError);
});
