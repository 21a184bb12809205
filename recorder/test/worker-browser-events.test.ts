import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BrowserEvent, BrowserEventDocument, Finding, SegmentDocument } from '@vigil/protocol';
import { AttemptAnalyst } from '../src/worker/attempt-analyst.js';
import type { Detectors } from '../src/worker/detectors/all.js';
import { BrowserEventStore } from '../src/worker/queue/browser-event-store.js';
import { FindingStore } from '../src/worker/queue/finding-store.js';
import { epoch, placeSegment } from './worker-segments.js';
import { makeClip } from './worker-clips.js';

const attempt = 'a'.repeat(24);
const exam = 'e'.repeat(24);
let client: MongoClient;
let db: Db;
let data: string;
let store: BrowserEventStore;
let analyst: AttemptAnalyst;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'vigil-events-'));
  client = await MongoClient.connect(process.env.MONGODB_URI ?? '');
  db = client.db('vigil-worker-browser-events');
  store = new BrowserEventStore(db);
  await store.createIndex();
  const detectors = { all: [] } as unknown as Detectors;
  const onlooker = { baselineOf: () => Promise.resolve(undefined), baselineVersionOf: () => Promise.resolve(undefined) };
  const measurements = { read: () => Promise.resolve(undefined) };
  analyst = new AttemptAnalyst({ db, folder: join(data, 'segments'), measurements, events: store, detectors, onlooker });
});
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
  await rm(data, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const name of ['browserEvents', 'attempts', 'exams', 'segments', 'findings']) await db.collection(name).deleteMany({});
  await db.collection<{ _id: string; rules: object }>('exams').insertOne({ _id: exam, rules: { webcam: true, microphone: true, screen: 'monitor', fullscreen: true, off: ['paste'] } });
  await db.collection<{ _id: string; exam: string; finishedAt: Date }>('attempts').insertOne({ _id: attempt, exam, finishedAt: new Date(epoch + 60_000) });
});

type WithoutId<E = BrowserEvent> = E extends BrowserEvent ? Omit<E, 'id'> : never;
const put = async (...events: WithoutId[]): Promise<void> => {
  const documents = events.map((event): BrowserEventDocument => {
    const id = randomUUID();
    return { _id: `${attempt}-${id}`, attempt, atMs: event.atMs, event: { id, ...event }, open: true };
  });
  await db.collection<BrowserEventDocument>('browserEvents').insertMany(documents);
};
const copy = (atMs: number): WithoutId => ({ kind: 'copy', atMs, characters: 5 });
const isOpen = () => db.collection('browserEvents').countDocuments({ open: true });

describe('new events', () => {
  it('have their attempt asked for once, and are new until that is done', async () => {
    await put(copy(epoch), copy(epoch + 1));
    await expect(store.hear(() => Promise.reject(new Error('the worker dies')))).rejects.toThrow();
    expect(await isOpen()).toBe(2);
    const asked: string[] = [];
    await store.hear(async (one) => {
      asked.push(one);
      // While it is asked for there comes another.
      if (asked.length === 1) await put(copy(epoch + 2));
    });
    expect(asked).toEqual([attempt]);
    expect(await isOpen()).toBe(1);
    await store.hear((one) => Promise.resolve(void asked.push(one)));
    expect(asked).toEqual([attempt, attempt]);
    expect(await isOpen()).toBe(0);
  });
});

describe('an attempt without a recording', () => {
  it('is judged by the exam’s rules, by what its browser noticed', async () => {
    await put(copy(epoch), { kind: 'paste', atMs: epoch }, { kind: 'fullscreen-left', atMs: epoch + 9_000, on: true });
    const { judged } = (await analyst.judge(attempt))!;
    expect(judged.map(({ kind, startMs, endMs, unseen }) => [kind, startMs, endMs, unseen])).toEqual([
      ['copy', epoch, epoch, true],
      ['fullscreen-left', epoch + 9_000, epoch + 60_000, true],
    ]);
  });

  it('shows a picture of nothing, until what shows it is recorded', async () => {
    const findings = new FindingStore(db, join(data, 'evidence'));
    const judgeAgain = async (): Promise<string[]> => {
      const { judged, show } = (await analyst.judge(attempt))!;
      await findings.replace(attempt, judged, show, 'test');
      const stored = await db.collection<Finding>('findings').find({ attempt }).toArray();
      expect(await readdir(join(data, 'evidence', attempt))).toEqual(stored.map(({ evidence }) => evidence.file.split('/')[1]));
      return stored.map(({ evidence }) => evidence.file);
    };
    await put(copy(epoch + 500));
    expect(await judgeAgain()).toEqual([`${attempt}/copy-${epoch + 500}-unseen.jpg`]);
    const clip = await makeClip(data, 'screen', { scenes: [['nobody', 2]] });
    await db.collection<SegmentDocument>('segments').insertOne(await placeSegment(join(data, 'segments'), clip, { attempt, sequence: 0, track: 'screen' }));
    expect(await judgeAgain()).toEqual([`${attempt}/copy-${epoch + 500}.jpg`]);
  });
});
