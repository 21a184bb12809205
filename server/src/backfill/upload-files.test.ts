import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startUploadSweep } from './upload-files.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-uploads-'));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

async function put(file: string, hoursAgo: number): Promise<void> {
  await writeFile(join(folder, file), '');
  const at = Date.now() / 1_000 - hoursAgo * 3_600;
  await utimes(join(folder, file), at, at);
}

test('what is a day old is removed at start and every hour: data, what is known of it, and each of them alone', async () => {
  for (const file of ['old', 'old.json', 'only.json', 'made.webm', 'begun-long-ago.json']) await put(file, 25);
  for (const file of ['begun-long-ago', 'new', 'new.json', 'new-only.json']) await put(file, 23);
  const stop = await startUploadSweep(folder, pino({ level: 'silent' }));
  expect((await readdir(folder)).sort()).toEqual(['begun-long-ago', 'begun-long-ago.json', 'new', 'new-only.json', 'new.json']);
  await put('new', 25);
  await put('new.json', 25);
  vi.advanceTimersByTime(3_600_000);
  await vi.waitFor(async () => expect(await readdir(folder)).not.toContain('new.json'));
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('a folder that is not there yet has nothing to be removed', async () => {
  const said: string[] = [];
  (await startUploadSweep(join(folder, 'none'), pino({}, { write: (line: string) => said.push(line) })))();
  expect(said).toEqual([]);
});
