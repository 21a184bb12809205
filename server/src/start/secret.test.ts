import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSecret } from './secret.js';

let data: string;
beforeEach(async () => (data = await mkdtemp(join(tmpdir(), 'vigil-secret-'))));
afterEach(() => rm(data, { recursive: true, force: true }));

test('is made once, by one of several processes, for its owner only', async () => {
  const secrets = await Promise.all(Array.from({ length: 8 }, () => readSecret('', data)));
  expect(new Set(secrets).size).toBe(1);
  expect(secrets[0]!.length).toBeGreaterThanOrEqual(32);
  expect(await readSecret('', data)).toBe(secrets[0]);
  const file = join(data, 'keys', 'secret');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).toBe(secrets[0]);
});

test('the configured one counts, and nothing is written', async () => {
  expect(await readSecret('configured', data)).toBe('configured');
  await expect(stat(join(data, 'keys'))).rejects.toThrow('ENOENT');
});
