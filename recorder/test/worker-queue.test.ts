import { MongoClient, type Collection, type Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SegmentDocument } from '@vigil/protocol';
import { retryPolicy, SegmentQueue } from '../src/worker/queue/queue.js';
import { segmentDocument } from './worker-segments.js';

const leaseMs = 60_000;
let client: MongoClient;
let db: Db;
let segments: Collection<SegmentDocument>;
let nowMs: number;
let names: number;

beforeAll(async () => {
  client = await MongoClient.connect(process.env.MONGODB_URI ?? '');
  db = client.db('vigil-worker-queue');
  segments = db.collection('segments');
});
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
});
beforeEach(async () => {
  await segments.deleteMany({});
  nowMs = 1_000_000;
  names = 0;
});

const queue = () => new SegmentQueue(db, { leaseMs, now: () => nowMs, newName: () => `lease-${++names}` });
const take = (of = queue()) => of.take(() => Promise.resolve());
const add = (...documents: SegmentDocument[]) => segments.insertMany(documents);
const stored = async (id: string) => (await segments.findOne({ _id: id }))!.analysis;
/** An attempt's id that ends with this digit. */
const attempt = (digit: number) => String(digit).padStart(24, '0');

describe('taking', () => {
  it('gives each segment to one worker only, also when many ask at once', async () => {
    await add(...Array.from({ length: 12 }, (_, sequence) => segmentDocument({ attempt: attempt(1), sequence }, nowMs)));
    const workers = [queue(), queue(), queue()];
    const leases = await Promise.all(Array.from({ length: 20 }, (_, index) => take(workers[index % 3])));
    const taken = leases.flatMap((lease) => (lease ? [lease.segment._id] : []));
    expect(new Set(taken).size).toBe(12);
    expect(taken.length).toBe(12);
  });

  it('takes what waits longest, but another attempt’s first', async () => {
    const long = Array.from({ length: 3 }, (_, sequence) => segmentDocument({ attempt: attempt(1), sequence }, nowMs - 100 + sequence));
    const other = segmentDocument({ attempt: attempt(2), sequence: 0 }, nowMs - 1);
    await add(...long, other);
    const worker = queue();
    const order: (string | undefined)[] = [];
    for (let count = 0; count < 5; count++) order.push((await take(worker))?.segment._id);
    expect(order).toEqual([long[0]!._id, other._id, long[1]!._id, long[2]!._id, undefined]);
  });

  it('gives each of several attempts a turn before any has its second one', async () => {
    const long = [1, 2].map((digit) => Array.from({ length: 3 }, (_, sequence) => segmentDocument({ attempt: attempt(digit), sequence }, nowMs - 100 + sequence)));
    const late = segmentDocument({ attempt: attempt(3), sequence: 0 }, nowMs - 1);
    await add(...long.flat(), late);
    const worker = queue();
    const order: (string | undefined)[] = [];
    for (let count = 0; count < 7; count++) order.push((await take(worker))?.segment.attempt);
    expect(order.slice(0, 3).toSorted()).toEqual([1, 2, 3].map(attempt));
    expect(order.slice(3, 5).toSorted()).toEqual([1, 2].map(attempt));
  });

  it('leaves a held segment alone until its lease is over', async () => {
    await add(segmentDocument({ attempt: attempt(1), sequence: 0 }, nowMs));
    const first = await take();
    expect(first?.segment.analysis).toMatchObject({ state: 'leased', lease: 'lease-1', tries: 1, availableAt: new Date(nowMs + leaseMs) });
    nowMs += leaseMs - 1;
    expect(await take()).toBeUndefined();
    nowMs += 1;
    expect((await take())?.segment.analysis.tries).toBe(2);
  });

  it('keeps a lease that is renewed', async () => {
    await add(segmentDocument({ attempt: attempt(1), sequence: 0 }, nowMs));
    const worker = queue();
    const lease = (await take(worker))!;
    nowMs += leaseMs - 1;
    expect(await worker.renew(lease)).toBe(true);
    nowMs += leaseMs - 1;
    expect(await take()).toBeUndefined();
  });

  it('gives up a segment at which workers stop again and again', async () => {
    const document = segmentDocument({ attempt: attempt(1), sequence: 0 }, nowMs);
    await add(document);
    for (let stops = 0; stops < retryPolicy.leases; stops++) {
      expect(await take()).toBeDefined();
      nowMs += leaseMs;
    }
    const buried: string[] = [];
    expect(await queue().take((attempt) => Promise.resolve(void buried.push(attempt)))).toBeUndefined();
    expect(buried).toEqual([attempt(1)]);
    expect(await stored(document._id)).toMatchObject({ state: 'dead', error: 'The worker stopped 8 times while it analysed this segment.' });
  });
});

describe('who lost the lease', () => {
  it('can neither renew, finish, fail nor release what is another’s', async () => {
    const document = segmentDocument({ attempt: attempt(1), sequence: 0 }, nowMs);
    await add(document);
    const late = queue();
    const lost = (await take(late))!;
    nowMs += leaseMs;
    const held = (await take())!;
    const before = await stored(document._id);
    expect(await late.renew(lost)).toBe(false);
    expect(await late.finish(lost)).toBe(false);
    expect(await late.fail(lost, 'no')).toBe('lost');
    await late.release(lost);
    expect(await stored(document._id)).toEqual(before);
    expect(before.lease).toBe(held.name);
  });
});

describe('after the analysis', () => {
  it('is done once and for all', async () => {
    const document = segmentDocument({ attempt: attempt(1), sequence: 0 }, nowMs);
    await add(document);
    const worker = queue();
    expect(await worker.finish((await take(worker))!)).toBe(true);
    nowMs += 10 * leaseMs;
    expect(await take(worker)).toBeUndefined();
    expect(await stored(document._id)).toEqual({ state: 'done', tries: 1, availableAt: expect.any(Date) as Date, doneAt: new Date(1_000_000) });
  });

  it('tries a failure again after 5 s and 30 s, then buries it with the reason', async () => {
    const document = segmentDocument({ attempt: attempt(1), sequence: 0 }, nowMs);
    await add(document);
    const worker = queue();
    for (const pause of [5_000, 30_000]) {
      expect(await worker.fail((await take(worker))!, 'It broke.')).toBe('again');
      nowMs += pause - 1;
      expect(await take(worker)).toBeUndefined();
      nowMs += 1;
    }
    expect(await worker.fail((await take(worker))!, 'It broke again.')).toBe('dead');
    nowMs += 10 * leaseMs;
    expect(await take(worker)).toBeUndefined();
    expect(await stored(document._id)).toMatchObject({ state: 'dead', tries: 3, error: 'It broke again.' });
  });

  it('gives back at once what a stopping worker held, without counting the try', async () => {
    await add(segmentDocument({ attempt: attempt(1), sequence: 0 }, nowMs));
    const worker = queue();
    await worker.release((await take(worker))!);
    expect((await take())?.segment.analysis.tries).toBe(1);
  });
});
