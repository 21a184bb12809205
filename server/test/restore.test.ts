import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { segmentId } from '@vigil/protocol';
import { ENDINGS, segmentFile } from '@vigil/recorder/capture';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lock } from '../src/locks/name-lock.js';
import { restoreAbandoned } from '../src/recordings/restore-abandoned.js';
import { restoreAttempt } from '../src/recordings/restore-attempt.js';
import { restoreRecordings } from '../src/recordings/restore.js';
import { attemptById, Attempts, closeDatabase, connectDatabase, MediaNodes, newId, segmentById, Segments } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';
import { ownDatabase, sidecarOf } from './api-support.js';
import { makeAttempt } from './media/fixture.js';

const log = pino({ level: 'silent' });
const own = 'http://127.0.0.1:8081';
const other = 'http://127.0.0.1:8082';
const now = Date.now();
let data: string;
let folder: string;

beforeAll(() => connectDatabase(ownDatabase()));
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'vigil-restore-'));
  folder = join(data, 'segments');
  await MediaNodes.create([
    { _id: 'older-own', url: own, sessions: 1, leaseUntil: new Date(now + 5_000) },
    { _id: 'living', url: other, sessions: 1, leaseUntil: new Date(now + 5_000) },
    { _id: 'late', url: 'http://127.0.0.1:8083', sessions: 1, leaseUntil: new Date(now - 5_000) },
  ]);
});
afterEach(async () => {
  for (const model of [MediaNodes, Attempts, Segments]) await mongoose.connection.collection(model.collection.name).deleteMany({});
  await rm(data, { recursive: true, force: true });
});
afterAll(async () => {
  await mongoose.connection.dropDatabase();
  await closeDatabase();
});

/** An attempt whose newest session is on this media process. */
async function attemptOn(node: string, fields: Record<string, unknown> = {}): Promise<string> {
  const attempt = await makeAttempt({ progress: 'recording' });
  await Attempts.updateOne({ _id: attempt }, { session: { id: 'session', node, since: new Date(now) }, ...fields });
  return attempt;
}

const key = (attempt: string, sequence: number) => sidecarOf(attempt, sequence, Buffer.from('media'), now);

/** What a crash leaves: a closed segment that is not in the index. */
async function leaveUnindexed(attempt: string): Promise<void> {
  const sidecar = key(attempt, 0);
  await mkdir(dirname(segmentFile(folder, sidecar)), { recursive: true });
  await writeFile(segmentFile(folder, sidecar), 'media');
  await writeFile(segmentFile(folder, sidecar, ENDINGS.sidecar), JSON.stringify(sidecar));
}

/** And an unclosed one; without a whole picture, so that repairing it takes it away. */
async function leave(attempt: string): Promise<void> {
  await leaveUnindexed(attempt);
  await writeFile(segmentFile(folder, key(attempt, 1), ENDINGS.part), 'half a picture');
}

const isIndexed = async (attempt: string): Promise<boolean> => (await segmentById(segmentId(key(attempt, 0)))) !== null;
const isUnclosed = (attempt: string): Promise<boolean> => access(segmentFile(folder, key(attempt, 1), ENDINGS.part)).then(() => true, () => false);
const stateOf = async (attempt: string) => ({ indexed: await isIndexed(attempt), unclosed: await isUnclosed(attempt) });

describe('one media process of several starts:', () => {
  const start = (): Promise<void> => restoreAbandoned({ data, url: own, log, now: () => now });

  it.each([
    ['an older process of its address recorded', () => attemptOn('older-own')],
    ['a process that is off the list recorded', () => attemptOn('gone')],
    ['an older process recorded, and the time was over meanwhile', () => attemptOn('older-own', { progress: 'submitted', finishedAt: new Date(now - 60_000) })],
    ['the database does not know', () => Promise.resolve(newId())],
  ])('what %s is repaired and indexed', async (_, make) => {
    const attempt = await make();
    await leave(attempt);
    await start();
    expect(await stateOf(attempt)).toEqual({ indexed: true, unclosed: false });
    // What the review worked out from it before is void.
    expect((await attemptById(attempt))?.restored).toBe((await attemptById(attempt)) ? 1 : undefined);
  });

  it.each([
    ['another records', 'living'],
    ['another may record, though it is late with its lease', 'late'],
  ])('what %s is left alone', async (_, node) => {
    const attempt = await attemptOn(node);
    await leave(attempt);
    await start();
    expect(await stateOf(attempt)).toEqual({ indexed: false, unclosed: true });
  });

  it('what was closed and not indexed is indexed, also without an unclosed file', async () => {
    const [running, ended, old] = [
      await attemptOn('older-own', { progress: 'interrupted' }),
      await attemptOn('gone', { progress: 'submitted', finishedAt: new Date(now - 3_600_000) }),
      await attemptOn('gone', { progress: 'submitted', finishedAt: new Date(now - 30 * 86_400_000) }),
    ];
    for (const attempt of [running, ended, old]) await leaveUnindexed(attempt);
    await start();
    expect([await isIndexed(running), await isIndexed(ended), await isIndexed(old)]).toEqual([true, true, false]);
  });

  it('an attempt that goes to another process while it waits for its turn is left alone', async () => {
    const attempt = await attemptOn('older-own');
    await leave(attempt);
    const unlock = await lock(join(folder, attempt));
    const starting = start();
    await Attempts.updateOne({ _id: attempt }, { 'session.node': 'living' });
    unlock();
    await starting;
    expect(await stateOf(attempt)).toEqual({ indexed: false, unclosed: true });
  });

  it('two that start at once restore an attempt one after the other', async () => {
    const attempt = await attemptOn('gone');
    await leave(attempt);
    let inside = 0;
    const restore = (): Promise<void> =>
      restoreAttempt(attempt, {
        folder,
        log,
        now: () => {
          // Asked in the middle of it.
          expect(inside).toBe(1);
          return now;
        },
        may: () => {
          inside += 1;
          return true;
        },
      }).finally(() => (inside -= 1));
    await Promise.all([restore(), restore()]);
    expect(await stateOf(attempt)).toEqual({ indexed: true, unclosed: false });
  });
});

describe('the API’s process starts beside media processes:', () => {
  const start = (meanwhile: () => Promise<unknown>): Promise<void> => {
    const pause = async (): Promise<void> => {
      await meanwhile();
    };
    return restoreRecordings({ data, shared: true, log, now: () => now, signal: new AbortController().signal, pause });
  };
  const lapse = (): Promise<unknown> => MediaNodes.updateMany({}, { leaseUntil: new Date(now - 20_000) }).exec();

  it('one that lost its lease with the database has time to renew it, and its files are left alone', async () => {
    const attempt = await attemptOn('living');
    await leave(attempt);
    await lapse();
    await start(() => MediaNodes.updateOne({ _id: 'living' }, { leaseUntil: new Date(now + 10_000) }).exec());
    expect(await stateOf(attempt)).toEqual({ indexed: false, unclosed: true });
  });

  it('all of them are dead, and everything is restored', async () => {
    const attempt = await attemptOn('living');
    await leave(attempt);
    await start(lapse);
    expect(await stateOf(attempt)).toEqual({ indexed: true, unclosed: false });
  });
});
