import type { Source } from '@vigil/protocol';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { gapsOf, missingSeconds, recordOf } from '../src/attempts/gaps.js';
import { RosterService } from '../src/roster/roster.js';
import type { UserDocument } from '../src/store/index.js';
import { attemptById, Attempts, closeDatabase, connectDatabase, Courses, examById, newId, segmentsOf } from '../src/store/index.js';
import { startClip } from './media/clip.js';
import type { Clip } from './media/clip.js';
import type { Fixture } from './media/fixture.js';
import { enter, eventually, makeAttempt, secret, startFixture } from './media/fixture.js';
import type { Student } from './media/student.js';

let fixture: Fixture;
const user = { _id: newId(), name: 'Instructor', role: 'instructor' } as UserDocument;
const roster = new RosterService({ secret, publicUrl: 'https://vigil.example', linkDays: 14, backfillHours: 72, onboarding: { statesFor: () => Promise.resolve(new Map()) }, now: Date.now });
const open: { close: () => Promise<unknown> }[] = [];
const keep = <T extends { close: () => Promise<unknown> }>(thing: T): T => {
  open.push(thing);
  return thing;
};
beforeAll(async () => {
  await connectDatabase(process.env.MONGODB_URI!);
  fixture = await startFixture();
});
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});
afterAll(async () => {
  await fixture.close();
  await closeDatabase();
});

const minute = 60_000;
const sources: Source[] = ['webcam', 'microphone', 'screen'];

/** An attempt in a course of the user's. */
async function ownAttempt(): Promise<string> {
  const attempt = await makeAttempt();
  await Courses.create({ _id: (await attemptById(attempt))!.course, name: 'Course', code: 'C', instructors: [user._id] });
  return attempt;
}

/** Ready to begin. */
async function ready(attempt: string, clip: Clip): Promise<Student> {
  const student = keep(await enter(fixture, attempt));
  await student.join(sources);
  student.feed(clip);
  await student.request('ready');
  for (const source of sources) await student.publish(source);
  return student;
}

/** Records until there are so many segments, and finishes. */
async function part(attempt: string, student: Student, segments: number): Promise<void> {
  await student.request('begin');
  await student.hears(() => sources.every((source) => student.state(source) === 'recorded'));
  await eventually(async () => (await segmentsOf([attempt])).length >= segments);
  await student.request('finish');
}

async function reopen(attempt: string, minutes?: number): Promise<void> {
  const { finishedAt } = (await attemptById(attempt))!;
  await roster.reopen(user, attempt, { reason: 'By mistake.', finishedAtMs: finishedAt!.getTime(), ...(minutes !== undefined && { minutes }) });
}

it('goes on in the time that was left, from when the student goes on; both parts are one record, and nothing is missing between', async () => {
  const attempt = await ownAttempt();
  const clip = keep(await startClip());
  await part(attempt, await ready(attempt, clip), 3);
  const first = (await attemptById(attempt))!;
  const before = (await segmentsOf([attempt])).map(({ _id }) => _id);
  await reopen(attempt);
  const student = await ready(attempt, clip);
  const { startedAtMs, endsAtMs } = await student.request('begin');
  // What has elapsed and what is left are together the exam's time.
  expect(endsAtMs - startedAtMs).toBe(60 * minute);
  const running = (await attemptById(attempt))!;
  // While the student was at the checks the time stood still.
  const resumedMs = running.history.find(({ kind }) => kind === 'resumed')!.atMs;
  expect(resumedMs).toBeGreaterThan(first.finishedAt!.getTime() + 50);
  expect(endsAtMs - resumedMs).toBe(first.endsAt!.getTime() - first.finishedAt!.getTime());
  expect(running).toMatchObject({ progress: 'recording', startedAt: first.startedAt, pauses: [{ startMs: first.finishedAt!.getTime() }] });
  expect(running.finishedAt).toBeUndefined();
  expect(running.endsAt!.getTime()).toBe(endsAtMs);

  await part(attempt, student, before.length + 3);
  const after = await eventually(async () => {
    const document = (await attemptById(attempt))!;
    return document.evidence === 'complete' && document;
  });
  const segments = await segmentsOf([attempt]);
  expect(segments.map(({ _id }) => _id)).toEqual(expect.arrayContaining(before));
  expect(new Set(segments.map(({ epoch }) => epoch)).size).toBeGreaterThan(1);
  const record = recordOf(after, (await examById(after.exam))!, segments, after.history, Date.now());
  expect(record.window).toEqual({ startMs: first.startedAt!.getTime(), endMs: after.finishedAt!.getTime() });
  const gaps = gapsOf(record);
  const [pause] = after.pauses!;
  for (const source of sources)
    expect([...gaps.values()].flat().filter((gap) => gap.source === source && gap.cause === 'finished')).toEqual([{ source, cause: 'finished', startMs: pause!.startMs, endMs: pause!.endMs }]);
  expect(missingSeconds(gaps)).toBeLessThan(8);
  expect(after.history.map(({ kind }) => kind).filter((kind) => ['started', 'submitted', 'reopened', 'resumed'].includes(kind))).toEqual(['started', 'submitted', 'reopened', 'resumed', 'submitted']);
});

it('two pages that go on at once go on once', async () => {
  const attempt = await ownAttempt();
  const clip = keep(await startClip());
  await part(attempt, await ready(attempt, clip), 2);
  await reopen(attempt, 30);
  const student = await ready(attempt, clip);
  const answers = await Promise.all([student.request('begin'), student.request('begin')]);
  expect(answers[0].endsAtMs).toBe(answers[1].endsAtMs);
  const newer = await ready(attempt, clip);
  const again = await newer.request('begin');
  expect(again.endsAtMs).toBe(answers[0].endsAtMs);
  expect((await attemptById(attempt))!.pauses).toHaveLength(1);
});

it('ended a second time, it can be opened again a second time, with what is left then', async () => {
  const attempt = await ownAttempt();
  const clip = keep(await startClip());
  await part(attempt, await ready(attempt, clip), 2);
  await reopen(attempt, 30);
  await part(attempt, await ready(attempt, clip), 4);
  const { finishedAt, endsAt } = (await attemptById(attempt))!;
  const left = endsAt!.getTime() - finishedAt!.getTime();
  expect(left).toBeLessThan(30 * minute);
  await reopen(attempt);
  const { endsAtMs, nowMs } = await (await ready(attempt, clip)).request('begin');
  expect(Math.abs(endsAtMs - nowMs - left)).toBeLessThan(1_000);
  expect((await attemptById(attempt))!.pauses).toHaveLength(2);
});

it('who does not go on before the link expires has ended as before', async () => {
  const attempt = await ownAttempt();
  const clip = keep(await startClip());
  const student = await ready(attempt, clip);
  await part(attempt, student, 2);
  await student.close();
  const before = (await attemptById(attempt))!;
  await reopen(attempt);
  await Attempts.updateOne({ _id: attempt }, { linkExpiresAt: new Date(Date.now() - 1) });
  const after = await eventually(async () => {
    const document = (await attemptById(attempt))!;
    return document.progress === 'submitted' && document;
  });
  expect([after.finishedAt, after.endsAt, after.pauses]).toEqual([before.finishedAt, before.endsAt, undefined]);
  await expect(enter(fixture, attempt)).rejects.toMatchObject({ reason: 'attemptEnded' });
});
