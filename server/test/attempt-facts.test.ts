import { judgedBy, type Sidecar } from '@vigil/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { AttemptFacts } from '../src/review/attempt-facts.js';
import type { Facts } from '../src/review/attempt-facts.js';
import type { AttemptOutline, ExamDocument } from '../src/store/index.js';
import { Attempts, closeDatabase, connectDatabase, examById, Findings, indexSegment, judgingOf, newId, noteRestored, outlinesOf, Segments } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';
import { ownDatabase, sidecarOf } from './api-support.js';
import { makeAttempt } from './media/fixture.js';

const startMs = 1_800_000_000_000;
/** Clocks of the wall, and of what things cost: working facts out takes 100 ms of it. */
let wallMs: number;
let elapsedMs: number;
let workedOut: number;
let facts: AttemptFacts;
let attempt: string;
let exam: ExamDocument;

beforeAll(() => connectDatabase(ownDatabase()));
beforeEach(async () => {
  [wallMs, elapsedMs, workedOut] = [startMs + 60_000, 0, 0];
  facts = new AttemptFacts(
    () => {
      elapsedMs += 100;
      workedOut += 1;
      return wallMs;
    },
    () => elapsedMs,
  );
  attempt = await makeAttempt({ rules: { webcam: true, microphone: true, screen: 'off' } });
  await Attempts.updateOne({ _id: attempt }, { startedAt: new Date(startMs), finishedAt: new Date(startMs + 60_000), progress: 'submitted', history: [{ atMs: startMs, kind: 'started' }] });
  exam = (await examById((await Attempts.findById(attempt).lean().exec())!.exam))!;
  await record(0);
});
afterEach(async () => {
  for (const model of [Attempts, Segments, Findings]) await mongoose.connection.collection(model.collection.name).deleteMany({});
});
afterAll(async () => {
  await mongoose.connection.dropDatabase();
  await closeDatabase();
});

/** Puts a segment of 10 s into the index, analysed. */
async function record(sequence: number, differs: Partial<Sidecar> = {}, state = 'done'): Promise<void> {
  await indexSegment({ ...sidecarOf(attempt, sequence, Buffer.from('media'), startMs + sequence * 10_000), ...differs }, startMs);
  await Segments.updateOne({ attempt, sequence }, { 'analysis.state': state });
}
const outlines = (): Promise<AttemptOutline[]> => outlinesOf(exam._id);
async function ask(): Promise<Facts> {
  const [answer] = await facts.of(exam, await outlines());
  expect(answer!.attempt._id).toBe(attempt);
  return answer!.facts;
}

it('tells what is missing, found, and analysed, from what is needed for it alone', async () => {
  const { audio: _, ...silent } = sidecarOf(attempt, 1, Buffer.from('silent'), startMs + 10_000);
  await indexSegment(silent, startMs);
  await Findings.create([1_000, 3_000].map((at) => ({ _id: `${attempt}-${at}`, attempt, segment: 's', kind: 'face-absent' as const, startMs: startMs + at, endMs: startMs + at + 2_000 })));
  // The microphone is missing with the second segment, both are after it.
  expect(await ask()).toEqual({ analysis: 'running', rank: { points: 2, terms: [{ kind: 'face-absent', incidents: 1, lengthMs: 4_000, halfMinutes: 0, weight: 2, points: 2 }] }, missingSeconds: 50, missingBySource: { webcam: 40, microphone: 50 }, missingNow: [] });
  const [outline] = await outlines();
  expect(Object.keys(outline!).filter((key) => ['history', 'agreement', 'session'].includes(key))).toEqual([]);
});

it('an attempt that is over and analysed is read once, until something is known to have changed', async () => {
  const before = await ask();
  expect(before).toMatchObject({ analysis: 'done', missingSeconds: 50 });
  await record(1);
  elapsedMs += 59 * 60_000;
  expect(await ask()).toEqual(before);
  expect(workedOut).toBe(1);
  await noteRestored(attempt);
  expect(await ask()).toMatchObject({ missingSeconds: 40 });

  await Attempts.updateOne({ _id: attempt }, { finishedAt: new Date(startMs + 30_000) });
  expect(await ask()).toMatchObject({ missingSeconds: 10 });
});

it('and is read again after a while, whatever is known', async () => {
  await ask();
  await record(1);
  elapsedMs += 3_600_000;
  expect(await ask()).toMatchObject({ missingSeconds: 40 });
});

it.each([
  ['is recorded', { progress: 'recording' }, 'done'],
  ['waits for its analysis', {}, 'pending'],
])('an attempt that %s is read again and again, but not all the time', async (_, change, state) => {
  await Attempts.updateOne({ _id: attempt }, { $set: change });
  await record(1, {}, state);
  await ask();
  await record(2, {}, state);
  // It took 100 ms.
  elapsedMs += 999;
  await ask();
  expect(workedOut).toBe(1);
  elapsedMs += 1;
  expect(await ask()).toMatchObject({ missingSeconds: 30 });
});

it('a kind that is turned off is gone at once, for all or for one; the analysis runs until it was judged so', async () => {
  await Findings.create([0].map((at) => ({ _id: `${attempt}-phone`, attempt, segment: 's', kind: 'phone' as const, startMs: startMs + at, endMs: startMs + 5_000 })));
  const analyses = mongoose.connection.collection<{ _id: string }>('attemptAnalyses');
  await analyses.insertOne({ _id: attempt, open: false, rules: judgedBy(exam.rules) } as { _id: string });
  expect(await ask()).toMatchObject({ analysis: 'done', rank: { points: 6 } });
  exam = { ...exam, rules: { ...exam.rules, off: ['phone'] } };
  expect(await ask()).toMatchObject({ analysis: 'running', rank: { points: 0, terms: [] } });
  await analyses.updateOne({ _id: attempt }, { $set: { rules: judgedBy(exam.rules) } });
  elapsedMs += 60_000;
  expect(await ask()).toMatchObject({ analysis: 'done' });
  // By these rules it could not be judged, and is not tried again.
  await analyses.updateOne({ _id: attempt }, { $set: { error: 'It broke.' } });
  expect(await judgingOf(exam, await outlines())).toEqual(new Map([[attempt, 'failed']]));
  await analyses.updateOne({ _id: attempt }, { $unset: { error: '' } });
  exam = { ...exam, rules: { ...exam.rules, off: [] } };
  await Attempts.updateOne({ _id: attempt }, { accommodations: { off: ['phone'], without: [], extraMinutes: 0 } });
  expect(await ask()).toMatchObject({ analysis: 'done', rank: { points: 0 } });
  await analyses.deleteMany({});
});

it('runs until it was judged by the face that is known since', async () => {
  const analyses = mongoose.connection.collection<{ _id: string }>('attemptAnalyses');
  exam = { ...exam, rules: { ...exam.rules, identity: { document: false, room: false } } };
  await analyses.insertOne({ _id: attempt, open: false, rules: judgedBy(exam.rules) } as { _id: string });
  expect(await ask()).toMatchObject({ analysis: 'done' });
  await Attempts.updateOne({ _id: attempt }, { onboarding: 'declined' });
  expect(await ask()).toMatchObject({ analysis: 'running' });
  await analyses.deleteMany({});
});

it('of an attempt that is recorded, what is being written is there', async () => {
  await Attempts.updateOne({ _id: attempt }, { $set: { progress: 'recording' }, $unset: { finishedAt: '' }, $push: { history: { $each: ['webcam', 'microphone'].map((source) => ({ atMs: startMs, kind: 'source-on', source })) } } });
  expect(await ask()).toMatchObject({ missingSeconds: 0 });
});

it('two who ask at once have it worked out once', async () => {
  const [one, other] = await Promise.all([ask(), ask()]);
  expect([workedOut, other]).toEqual([1, one]);
});

it('an error is that of who met it alone', async () => {
  const list = await outlines();
  const failing = facts.of({ ...exam, rules: undefined } as unknown as ExamDocument, list);
  const waiting = facts.of(exam, list);
  await expect(failing).rejects.toThrow();
  expect(await waiting).toHaveLength(1);
});

it('does not keep more and more: those asked for longest ago are forgotten', async () => {
  const [own] = await outlines();
  const others = Array.from({ length: 4_999 }, () => ({ ...own!, _id: newId() }));
  await facts.of(exam, [own!, ...others]);
  await ask();
  expect(workedOut).toBe(1);
  await facts.of(exam, [{ ...own!, _id: newId() }]);
  expect(workedOut).toBe(2);
  // Asked for since.
  await ask();
  expect(workedOut).toBe(2);
  expect(await facts.of(exam, [others[0]!])).toHaveLength(1);
  expect(workedOut).toBe(3);
});

it('reads no more at once than the embedded database can hold', async () => {
  const [own] = await outlines();
  const long = [100, 100, 100, 400, 10].map((hours) => ({ ...own!, _id: newId(), finishedAt: new Date(startMs + hours * 3_600_000) }));
  const find = vi.spyOn(Segments.collection, 'find');
  expect((await facts.of(exam, [...long, own!])).map(({ attempt: { _id } }) => _id)).toEqual([...long, own!].map(({ _id }) => _id));
  const portions = find.mock.calls.map(([filter]) => (filter as { attempt: { $in: string[] } }).attempt.$in.length);
  find.mockRestore();
  expect(portions).toEqual([2, 1, 1, 2]);
});

it('who does not wait is told what was known before, and then what is', async () => {
  expect(await facts.soon(exam, await outlines(), 60_000)).toEqual({ facts: new Map([[attempt, await ask()]]), more: false });
  await record(1);
  elapsedMs += 3_600_000;
  const list = await outlines();
  const { facts: before, more } = await facts.soon(exam, list, 0);
  expect([before.get(attempt)?.missingSeconds, more]).toEqual([50, true]);
  const { facts: after } = await facts.soon(exam, list, 60_000);
  expect(after.get(attempt)?.missingSeconds).toBe(40);
  // What a change has made void is not told.
  await noteRestored(attempt);
  expect(await facts.soon(exam, await outlines(), 0)).toEqual({ facts: new Map(), more: true });
  expect((await facts.soon(exam, await outlines(), 60_000)).more).toBe(false);
});
