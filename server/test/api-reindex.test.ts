import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { segmentId } from '@vigil/protocol';
import type { Sidecar } from '@vigil/protocol';
import { segmentFile } from '@vigil/recorder/capture';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownDatabase, sidecarOf } from './api-support.js';
import { closeDatabase, connectDatabase, indexSegment, newId, Segments } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';

const entry = fileURLToPath(new URL('../dist/reindex.js', import.meta.url));
const attempt = newId();
const uri = ownDatabase();
let data: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'vigil-reindex-'));
  await connectDatabase(uri);
});
afterAll(async () => {
  await mongoose.connection.dropDatabase();
  await closeDatabase();
  await rm(data, { recursive: true, force: true });
});

async function put(sequence: number, content: string): Promise<Sidecar> {
  const media = Buffer.from(content);
  const sidecar = sidecarOf(attempt, sequence, media, 1_800_000_000_000 + sequence * 10_000);
  const file = segmentFile(join(data, 'segments'), sidecar);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, media);
  await writeFile(file.replace(/webm$/, 'json'), JSON.stringify(sidecar));
  return sidecar;
}

const run = async (): Promise<{ stdout: string; stderr: string; code: number }> => {
  const env = { ...process.env, MONGODB_URI: uri, VIGIL_DATA: data };
  try {
    return { ...(await promisify(execFile)(process.execPath, [entry], { env, timeout: 30_000 })), code: 0 };
  } catch (error) {
    return error as { stdout: string; stderr: string; code: number };
  }
};

test('npm run reindex rebuilds the index from the files alone', async () => {
  const sidecars = [await put(0, 'zero'), await put(1, 'one'), await put(2, 'two')];
  const first = await run();
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain('0 as before, 3 added, 0 changed, 0 without a file removed, 0 not usable');
  const rebuilt = await Segments.find().sort({ startMs: 1 }).lean().exec();
  expect(rebuilt).toMatchObject(sidecars.map((sidecar) => ({ ...sidecar, _id: segmentId(sidecar), analysis: { state: 'pending', tries: 0 } })));

  // One is analysed, another's file is replaced, a field of the index is damaged, one file is lost, one broken.
  const [zero, one, two] = rebuilt.map(({ _id }) => _id);
  await Segments.updateOne({ _id: zero! }, { 'analysis.state': 'done', 'analysis.tries': 1, startMs: 5 });
  await Segments.updateOne({ _id: one! }, { 'analysis.state': 'done' });
  await put(1, 'one again');
  await rm(segmentFile(join(data, 'segments'), sidecars[2]!));
  await indexSegment(sidecarOf(attempt, 9, Buffer.from('nine'), 0), 0);

  const second = await run();
  expect(second.code).toBe(1);
  expect(second.stderr).toContain('1-2.json: ');
  expect(second.stdout).toContain('1 as before, 0 added, 1 changed, 2 without a file removed, 1 not usable');
  expect(await Segments.findById(zero).lean().exec()).toMatchObject({ startMs: sidecars[0]!.startMs, analysis: { state: 'done', tries: 1 } });
  expect(await Segments.findById(one).lean().exec()).toMatchObject({ bytes: 9, analysis: { state: 'pending', tries: 0 } });
  expect(await Segments.findById(two).lean().exec()).toBeNull();
  expect(await Segments.countDocuments()).toBe(2);
});

test('without a database it says so', async () => {
  const { stderr, code } = await promisify(execFile)(process.execPath, [entry], { env: { ...process.env, MONGODB_URI: '', VIGIL_DATA: data } }).catch((error: unknown) => error as { stderr: string; code: number }) as { stderr: string; code: number };
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^MONGODB_URI is not set\. .*\n$/)]);
});
