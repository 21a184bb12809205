import { AuditEntry, ExamDetail, SavedView } from '@vigil/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { call, makeWorld, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';
import { newAttempt } from '../src/review/new-attempt.js';
import { Attempts, Findings, Views } from '../src/store/index.js';
import { firstBreak } from '../src/privacy/audit.js';

let api: Api;
let world: World;
let other: World;
let cookie: string;
let foreign: string;
/** Of the class: the one of the world, and others. */
let attempts: string[];

beforeAll(async () => {
  api = await startApi();
  world = await makeWorld(api, 'a');
  other = await makeWorld(api, 'b');
  [cookie, foreign] = [await signIn(api, world), await signIn(api, other)];
  attempts = [world.attempt._id];
  // One after the other: the list is in the order in which they were made.
  for (let at = 0; at < 4; at++) attempts.push((await newAttempt(world.exam, { name: `Student ${at}`, email: '' }, 14, api.clock.now + at + 1))._id);
});
afterAll(() => api.close());
beforeEach(async () => {
  await Promise.all([Views.deleteMany({}), Attempts.updateMany({}, { $unset: { reviewed: 1 } })]);
});

const ask = (method: string, path: string, body?: unknown, as = cookie): Promise<Response> => call(api, method, path, { headers: { cookie: as }, ...(body !== undefined && { body }) });
const mark = (ids: string[], reviewed: boolean, as = cookie): Promise<Response> => ask('PUT', `/api/exams/${world.exam._id}/reviewed`, { attempts: ids, reviewed }, as);
const detail = async (): Promise<ExamDetail> => ExamDetail.parse(await (await ask('GET', `/api/exams/${world.exam._id}`)).json());
const reviewed = async (): Promise<string[]> => (await detail()).attempts.filter((one) => one.reviewed).map(({ id }) => id);
const marksIn = async (attempt: string): Promise<AuditEntry[]> =>
  AuditEntry.array()
    .parse(await (await ask('GET', `/api/attempts/${attempt}/audit`)).json())
    .filter(({ action }) => action === 'reviewed');

test('attempts are marked as reviewed together, with who and when, and one entry in the audit log that each of them shows', async () => {
  expect((await mark(attempts.slice(0, 3), true)).status).toBe(200);
  expect(await reviewed()).toEqual(attempts.slice(0, 3));
  expect((await detail()).attempts[0]!.reviewed).toEqual({ atMs: api.clock.now, by: 'a' });
  const entries = await marksIn(attempts[1]!);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ exam: world.exam._id, actor: { id: world.user._id, name: 'a' }, detail: { reviewed: true, attempts: expect.arrayContaining(attempts.slice(0, 3)) as string[] } });
  expect(await marksIn(attempts[3]!)).toEqual([]);
  expect(await firstBreak()).toBeUndefined();
});

test('the mark is taken away again; what is as it should be stays as it was, and is not recorded again', async () => {
  await mark(attempts.slice(0, 2), true);
  const before = (await marksIn(attempts[0]!)).length;
  const { now } = api.clock;
  api.clock.now += 60_000;
  await mark(attempts.slice(0, 3), true);
  expect((await detail()).attempts[0]!.reviewed!.atMs).toBe(now);
  expect((await marksIn(attempts[0]!)).length).toBe(before);
  expect((await marksIn(attempts[2]!)).at(-1)!.detail).toEqual({ reviewed: true, attempts: [attempts[2]] });
  await mark([attempts[0]!], false);
  expect(await reviewed()).toEqual(attempts.slice(1, 3));
  expect((await marksIn(attempts[0]!)).at(-1)!.detail).toEqual({ reviewed: false, attempts: [attempts[0]] });
});

test('nothing is marked when one of them belongs to another exam, is not there, or the exam is another’s', async () => {
  for (const stranger of [other.attempt._id, 'f'.repeat(24)]) {
    const answer = await mark([attempts[0]!, stranger], true);
    expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([404, 'notFound']);
  }
  expect((await mark(attempts, true, foreign)).status).toBe(404);
  expect((await ask('PUT', `/api/exams/${other.exam._id}/reviewed`, { attempts: [other.attempt._id], reviewed: true })).status).toBe(404);
  expect((await mark([], true)).status).toBe(400);
  expect(await reviewed()).toEqual([]);
});

const save = async (name: string, view: object, as = cookie, exam = world.exam._id): Promise<Response> => ask('PUT', `/api/exams/${exam}/views`, { name, view }, as);
const views = async (as = cookie): Promise<SavedView[]> => SavedView.array().parse(await (await ask('GET', `/api/exams/${world.exam._id}/views`, undefined, as)).json());

test('a view is saved under its name, takes the place of the one before, and is deleted', async () => {
  await save('Phones', { kinds: ['phone'], sort: 'name', descending: false });
  await save(' All ', {});
  expect((await views()).map(({ name, view }) => [name, view.sort, view.kinds])).toEqual([['All', 'points', []], ['Phones', 'name', ['phone']]]);
  await save('Phones', { kinds: ['phone', 'book'] });
  const [all, phones] = await views();
  expect(phones!.view).toMatchObject({ kinds: ['phone', 'book'], sort: 'points' });
  expect(await (await ask('DELETE', `/api/exams/${world.exam._id}/views/${phones!.id}`)).json()).toEqual([all]);
});

test('views are their instructor’s alone, also where two teach a course', async () => {
  await save('Mine', {});
  const [mine] = await views();
  for (const [method, path] of [['GET', 'views'], ['DELETE', `views/${mine!.id}`]] as const)
    expect((await ask(method, `/api/exams/${world.exam._id}/${path}`, undefined, foreign)).status).toBe(404);
  expect((await save('Theirs', {}, foreign)).status).toBe(404);
  // By way of an exam that is one's own another's view is not reached.
  expect((await ask('DELETE', `/api/exams/${other.exam._id}/views/${mine!.id}`, undefined, foreign)).status).toBe(200);
  expect(await views()).toEqual([mine]);
});

test.each([
  ['', {}, 'Give the view a name of 1 to 60 characters.'],
  ['x'.repeat(61), {}, 'Give the view a name of 1 to 60 characters.'],
])('a view named %j is refused', async (name, view, message) => {
  const answer = await save(name, view);
  expect([answer.status, await answer.json()]).toEqual([400, { reason: 'badInput', message }]);
});

test('only what is known is kept of a view, and not more than 50 of them', async () => {
  expect((await save('x', { sort: 'password' })).status).toBe(400);
  expect((await save('x', { kinds: [{ $ne: 1 }] })).status).toBe(400);
  await save('x', { more: 'than asked' });
  expect((await views())[0]!.view).not.toHaveProperty('more');
  await Views.create(Array.from({ length: 49 }, (_, at) => ({ user: world.user._id, exam: world.exam._id, name: `v${at}`, view: {} })));
  const answer = await save('one more', {});
  expect([answer.status, ((await answer.json()) as { message: string }).message]).toEqual([400, 'There are 50 views already. Delete one that is not needed any more.']);
  expect((await save('x', { sort: 'name' })).status).toBe(200);
});

test('what an attempt that is recorded lacks at this moment is told, and the bound above which an attempt is far from the class', async () => {
  const startedAt = new Date(api.clock.now - 120_000);
  await Attempts.updateOne(
    { _id: attempts[1]! },
    { $set: { progress: 'recording', startedAt, history: ['webcam', 'microphone'].map((source) => ({ atMs: startedAt.getTime(), kind: 'source-on', source })) } },
  );
  try {
    const { attempts: all, outlierPoints } = await detail();
    expect(all[1]!.missingNow).toEqual(['screen']);
    expect(all[0]!.missingNow).toEqual([]);
    expect(outlierPoints).toBeNull();
  } finally {
    await Attempts.updateOne({ _id: attempts[1]! }, { $set: { progress: 'created' }, $unset: { startedAt: 1 } });
  }
  expect(await Findings.countDocuments({ attempt: attempts[0]! })).toBeGreaterThan(0);
});
