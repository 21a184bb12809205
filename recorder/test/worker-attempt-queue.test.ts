import { MongoClient, type Collection, type Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judgedBy, rulesFor, type Accommodations, type AttemptAnalysis, type ExamRules } from '@vigil/protocol';
import { AttemptQueue, judgePauseMs } from '../src/worker/queue/attempt-queue.js';
import { retryPolicy } from '../src/worker/queue/queue.js';
import { segmentDocument } from './worker-segments.js';

const leaseMs = 60_000;
const attempt = 'a'.repeat(24);
let client: MongoClient;
let db: Db;
let all: Collection<AttemptAnalysis>;
let nowMs: number;
let names: number;

beforeAll(async () => {
  client = await MongoClient.connect(process.env.MONGODB_URI ?? '');
  db = client.db('vigil-worker-attempt-queue');
  all = db.collection('attemptAnalyses');
});
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
});
beforeEach(async () => {
  for (const name of ['attemptAnalyses', 'attempts', 'segments']) await db.collection(name).deleteMany({});
  nowMs = 1_000_000;
  names = 0;
});

const queue = () => new AttemptQueue(db, { leaseMs, now: () => nowMs, newName: () => `lease-${++names}` });
const stored = async () => (await all.findOne({ _id: attempt }))!;

describe('asking', () => {
  it('has the attempt judged once, however often and by however many it is asked for', async () => {
    await Promise.all(Array.from({ length: 8 }, () => queue().ask(attempt)));
    expect(await queue().take()).toBeUndefined();
    nowMs += judgePauseMs.all;
    const leases = await Promise.all(Array.from({ length: 4 }, () => queue().take()));
    const [lease, ...others] = leases.flatMap((one) => (one ? [one] : []));
    expect(lease).toMatchObject({ attempt, asked: 8, tries: 1 });
    expect(others).toEqual([]);
    expect(await queue().finish(lease!, 10)).toBe(true);
    expect(await stored()).toMatchObject({ open: false, tookMs: 10 });
  });

  it('while it is judged has it judged once more', async () => {
    await queue().ask(attempt);
    nowMs += judgePauseMs.all;
    const lease = (await queue().take())!;
    await queue().ask(attempt);
    expect(await queue().finish(lease, 10)).toBe(true);
    expect(await stored()).toMatchObject({ open: true });
    nowMs += judgePauseMs.all;
    const again = (await queue().take())!;
    expect(again.asked).toBe(2);
    await queue().finish(again, 10);
    expect((await stored()).open).toBe(false);
  });

  it('loses nothing when the attempt is finished at the same moment', async () => {
    for (let round = 0; round < 20; round++) {
      await queue().ask(attempt);
      nowMs += judgePauseMs.all;
      const lease = (await queue().take())!;
      await Promise.all([queue().ask(attempt), queue().finish(lease, 1)]);
      // Either the one that finished saw it, or it is open again.
      const { open, asked } = await stored();
      expect(open, `round ${round}`).toBe(true);
      nowMs += leaseMs;
      const last = (await queue().take())!;
      expect(last.asked).toBe(asked);
      await queue().finish(last, 1);
    }
  });

  it('waits longer while there is more to come, and the longer the longer judging takes', async () => {
    const waits = async () => (await stored()).availableAt.getTime() - nowMs;
    await db.collection<{ _id: string; progress: string }>('attempts').insertOne({ _id: attempt, progress: 'recording' });
    await queue().ask(attempt);
    expect(await waits()).toBe(judgePauseMs.more);
    nowMs += judgePauseMs.more;
    await queue().finish((await queue().take())!, 6_000);
    await queue().ask(attempt);
    expect(await waits()).toBe(120_000);
    // Over, but other segments wait to be measured.
    await db.collection<{ _id: string; progress: string }>('attempts').updateOne({ _id: attempt }, { $set: { progress: 'submitted' } });
    const waiting = [0, 1].map((sequence) => segmentDocument({ attempt, sequence }, nowMs));
    await db.collection<(typeof waiting)[number]>('segments').insertMany(waiting);
    await queue().ask(attempt);
    expect(await waits()).toBe(120_000);
    await db.collection<{ _id: string }>('segments').deleteOne({ _id: waiting[0]!._id });
    await queue().ask(attempt);
    expect(await waits()).toBe(judgePauseMs.all);
  });
});

describe('who lost the lease', () => {
  it('can neither renew nor finish, and has the attempt judged once more', async () => {
    await queue().ask(attempt);
    nowMs += judgePauseMs.all;
    const lost = (await queue().take())!;
    nowMs += leaseMs;
    const held = (await queue().take())!;
    expect(await queue().renew(lost)).toBe(false);
    expect(await queue().finish(lost, 10)).toBe(false);
    expect(await queue().finish(held, 10)).toBe(true);
    expect((await stored()).open).toBe(true);
  });
});

it('an attempt that cannot be judged is tried again after pauses, then given up with the reason, until it is asked for', async () => {
  await queue().ask(attempt);
  nowMs += judgePauseMs.all;
  for (const pause of [...retryPolicy.pausesMs, 0].slice(0, retryPolicy.failures - 1)) {
    expect(await queue().fail((await queue().take())!, 'It broke.')).toBe('again');
    expect(await queue().take()).toBeUndefined();
    nowMs += pause;
  }
  expect(await queue().fail((await queue().take())!, 'It broke.')).toBe('dead');
  expect(await stored()).toMatchObject({ open: false, error: 'It broke.' });
  await queue().ask(attempt);
  nowMs += judgePauseMs.all;
  expect(await queue().take()).toMatchObject({ tries: 1 });
});

describe('rules that change', () => {
  const exam = 'e'.repeat(24);
  const [other, eased] = ['b'.repeat(24), 'c'.repeat(24)];
  const exams = () => db.collection<{ _id: string; rules: object }>('exams');
  const attempts = () => db.collection<{ _id: string; exam: string; accommodations?: Accommodations; evidence?: string; onboarding?: string; faceChangedAt?: Date }>('attempts');
  const open = async () => (await all.find({ open: true }).toArray()).map(({ _id }) => _id).sort();
  async function judgeAll(): Promise<void> {
    nowMs += judgePauseMs.all;
    for (let lease = await queue().take(); lease; lease = await queue().take()) {
      const { rules } = (await exams().findOne({ _id: exam }))! as unknown as { rules: ExamRules };
      const own = (await attempts().findOne({ _id: lease.attempt })) ?? undefined;
      await queue().finish(lease, 1, { exam, rules: judgedBy(rulesFor(rules, own?.accommodations), own) });
    }
  }

  beforeEach(async () => {
    await exams().deleteMany({});
    await exams().insertOne({ _id: exam, rules: { webcam: true } });
    await attempts().insertMany([{ _id: attempt, exam }, { _id: other, exam, evidence: 'purged' }, { _id: eased, exam, accommodations: { off: ['speech'], without: [], extraMinutes: 0 } }]);
    for (const one of [attempt, other, eased]) await queue().ask(one);
    await judgeAll();
  });

  it('have the attempts judged again, once, but not those that were purged', async () => {
    await queue().askOutdated();
    expect(await open()).toEqual([]);
    await exams().updateOne({ _id: exam }, { $set: { rules: { webcam: true, off: ['phone'] } } });
    await queue().askOutdated();
    expect(await open()).toEqual([attempt, eased]);
    await judgeAll();
    await queue().askOutdated();
    expect(await open()).toEqual([]);
  });

  it('do not when what changed decides nothing', async () => {
    await exams().updateOne({ _id: exam }, { $set: { rules: { webcam: true, weights: { phone: 9 }, off: [] } } });
    await queue().askOutdated();
    expect(await open()).toEqual([]);
  });

  it('are noticed for one student as well, given and taken back', async () => {
    await attempts().updateOne({ _id: attempt }, { $set: { accommodations: { off: ['looking-away'], without: [], extraMinutes: 0 } } });
    await queue().askOutdated();
    expect(await open()).toEqual([attempt]);
    await judgeAll();
    await attempts().updateOne({ _id: attempt }, { $unset: { accommodations: '' } });
    await queue().askOutdated();
    expect(await open()).toEqual([attempt]);
  });

  it('are noticed at once by a worker that has looked before, which reads no analysis until something differs', async () => {
    const one = queue();
    const outdated = async (): Promise<string[]> => {
      await one.askOutdated();
      const found = await open();
      await judgeAll();
      return found;
    };
    expect(await outdated()).toEqual([]);
    await all.updateOne({ _id: attempt }, { $set: { rules: 'others' } });
    expect(await outdated()).toEqual([]);
    const accommodations = { off: ['looking-away' as const], without: [], extraMinutes: 0 };
    await attempts().updateOne({ _id: eased }, { $set: { accommodations } });
    expect(await outdated()).toEqual([eased]);
    await attempts().updateOne({ _id: eased }, { $unset: { accommodations: '' } });
    expect(await outdated()).toEqual([eased]);
    await exams().updateOne({ _id: exam }, { $set: { rules: { webcam: true, off: ['phone'] } } });
    expect(await outdated()).toEqual([attempt, eased]);
    // What slipped through is found a little later.
    await all.updateOne({ _id: attempt }, { $set: { rules: 'others' } });
    nowMs += 300_000;
    expect(await outdated()).toEqual([attempt]);
  });

  it('count the face to compare with, once it is compared', async () => {
    const look = async (change: object): Promise<string[]> => {
      await attempts().updateOne({ _id: attempt }, { $set: change });
      await queue().askOutdated();
      const found = await open();
      await judgeAll();
      return found;
    };
    expect(await look({ onboarding: 'declined' })).toEqual([]);
    await exams().updateOne({ _id: exam }, { $set: { rules: { webcam: true, identity: { document: false, room: false } } } });
    expect(await look({})).toEqual([attempt, eased]);
    expect(await look({ onboarding: 'one' })).toEqual([attempt]);
    expect(await look({ faceChangedAt: new Date(1) })).toEqual([attempt]);
    expect(await look({})).toEqual([]);
  });

  it('under which an attempt cannot be judged are tried no more, until they change', async () => {
    const change = (off: string[]) => exams().updateOne({ _id: exam }, { $set: { rules: { webcam: true, off } } });
    await change(['phone']);
    await attempts().deleteMany({ _id: { $ne: attempt } });
    await queue().askOutdated();
    for (let tries = 1; tries <= retryPolicy.failures; tries++) {
      nowMs += leaseMs;
      const lease = (await queue().take())!;
      // While it is tried for the last time: those were not tried.
      if (tries === retryPolicy.failures) await change(['book']);
      await queue().fail(lease, 'It broke.');
    }
    await change(['phone']);
    await queue().askOutdated();
    expect(await stored()).toMatchObject({ open: false, error: 'It broke.', exam, rules: judgedBy({ off: ['phone'] }) });
    await change(['book']);
    await queue().askOutdated();
    expect(await open()).toEqual([attempt]);
  });
});
