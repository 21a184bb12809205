import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Upload } from '@tus/server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UploadStore } from './upload-store.js';

let folder = '';
let store: UploadStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-uploads-'));
  store = new UploadStore(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const create = (id: string): Promise<unknown> => store.create(new Upload({ id, offset: 0, size: 1 }));
const many = (letter: string, count: number): string[] => Array.from({ length: count }, (_, index) => `a-${letter}${index}`);
const there = async (): Promise<string[]> => (await readdir(folder)).filter((name) => !name.endsWith('.json'));

test('of an attempt there are only so many at once, also when they are created at once; others are not touched', async () => {
  await create('b-0');
  await Promise.all(many('x', 20).map(create));
  const left = await there();
  expect(left).toHaveLength(9);
  expect(left).toContain('b-0');
});

test('one that is whole and on its way into the record stays until it is there, and goes there once', async () => {
  await create('a-whole');
  await utimes(join(folder, 'a-whole'), 0, 0);
  let done = (): void => undefined;
  const finished = store.finish('a-whole', () => new Promise<void>((resolve) => (done = resolve)));
  await Promise.all(many('x', 20).map(create));
  expect(await there()).toHaveLength(8);
  expect(await there()).toContain('a-whole');
  await expect(store.finish('a-whole', () => Promise.resolve())).rejects.toThrow(expect.objectContaining({ reason: 'wrongState' }));
  expect(await there()).toContain('a-whole');
  done();
  await finished;
  expect(await readdir(folder)).not.toContain('a-whole.json');
});

test('where as many as may be there wait for the record, none is taken, until one failed', async () => {
  const fail: (() => void)[] = [];
  const finished = many('w', 8).map(async (id) => {
    await create(id);
    await store.finish(id, () => new Promise((_, reject) => fail.push(() => reject(new Error('failed')))));
  });
  for (const each of finished) each.catch(() => undefined);
  while (fail.length < 8) await new Promise(setImmediate);
  await expect(create('a-x')).rejects.toThrow(expect.objectContaining({ reason: 'tooMany' }));
  fail[0]!();
  await Promise.any(finished.map((each) => each.catch(() => undefined)));
  await create('a-x');
  expect(await there()).toHaveLength(8);
});
