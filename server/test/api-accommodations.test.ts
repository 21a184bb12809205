import type { Accommodations } from '@vigil/protocol';
import { AttemptTimeline, AuditEntry, ExamDetail, StudentAttempt } from '@vigil/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { advance } from '../src/attempts/advance.js';
import * as auditLog from '../src/privacy/audit.js';
import { firstBreak, record } from '../src/privacy/audit.js';
import { attemptById, Attempts, withAccommodations } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';
import { call, makeWorld, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;
let cookie: string;
let worlds = 0;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  worlds += 1;
  world = await makeWorld(api, `easier-${worlds}`);
  cookie = await signIn(api, world);
});
afterAll(() => api.close());

const put = (path: string, body: unknown): Promise<Response> => call(api, 'PUT', path, { headers: { cookie }, body });
const get = async (path: string): Promise<unknown> => (await call(api, 'GET', path, { headers: { cookie } })).json();
const nothing: Accommodations = { off: [], without: [], extraMinutes: 0 };
const ease = (change: Partial<Accommodations>, reason: unknown = 'Decided by the board.'): Promise<Response> =>
  put(`/api/attempts/${world.attempt._id}/accommodations`, { accommodations: change, reason });
const audit = async (): Promise<AuditEntry[]> => AuditEntry.array().parse(await get(`/api/attempts/${world.attempt._id}/audit`));
const timeline = async (): Promise<AttemptTimeline> => AttemptTimeline.parse(await get(`/api/attempts/${world.attempt._id}`));
const summary = async () => ExamDetail.parse(await get(`/api/exams/${world.exam._id}`)).attempts[0]!;
const student = { show: async () => StudentAttempt.parse(await (await call(api, 'GET', '/api/student/attempt', asStudent())).json()) };
const asStudent = () => ({ headers: { authorization: `Bearer ${world.token}` } });
const agree = (noticeVersion: string): Promise<Response> => call(api, 'POST', '/api/student/agreement', { ...asStudent(), body: { noticeVersion, agreed: true } });
const messageOf = async (response: Response): Promise<unknown> => [response.status, ((await response.json()) as { message?: unknown }).message];
const minute = 60_000;
const begin = (progress = 'recording'): Promise<unknown> =>
  Attempts.updateOne({ _id: world.attempt._id }, { progress, startedAt: new Date(api.clock.now), endsAt: new Date(api.clock.now + 60 * minute) }).exec();

describe('accommodations', () => {
  test('before the start hold for the page, for the words that are agreed to, and for what is missing', async () => {
    const { notice, exam } = await student.show();
    expect([exam.rules.webcam, exam.durationMinutes]).toEqual([true, 60]);
    expect((await ease({ without: ['webcam'], extraMinutes: 30, off: ['looking-away'] })).status).toBe(200);
    const eased = await student.show();
    expect(eased.exam).toMatchObject({ durationMinutes: 90, rules: { webcam: false, microphone: true, screen: 'monitor' } });
    expect(JSON.stringify(eased)).not.toMatch(/looking-away|by the board/);
    // What was read before is not what holds now.
    expect((await messageOf(await agree(notice.version)))).toEqual([400, 'What you are asked to agree to has changed. Reload the page and read it again.']);
    expect((await agree(eased.notice.version)).status).toBe(200);
    const { agreement } = (await attemptById(world.attempt._id))!;
    expect(agreement!.notice).toContain('the sound of your microphone, your whole screen.');
    expect(agreement!.notice).not.toContain('camera');
    expect(agreement!.sources).toEqual(['microphone', 'screen']);

    await begin('submitted');
    await Attempts.updateOne({ _id: world.attempt._id }, { finishedAt: new Date(api.clock.now + 20_000) });
    const { tracks, exam: shown, accommodations } = await timeline();
    expect(tracks.flatMap(({ gaps }) => gaps.map(({ source }) => source)).sort()).toEqual(['microphone', 'screen']);
    expect(shown.rules).toMatchObject({ webcam: false, off: ['looking-away'] });
    expect(accommodations).toEqual({ off: ['looking-away'], without: ['webcam'], extraMinutes: 30 });
    expect((await summary()).missingBySource).toEqual({ microphone: 10, screen: 20 });
  });

  test('are not agreed to in words that have just changed', async () => {
    const { notice } = await student.show();
    const read = (await attemptById(world.attempt._id))!;
    await ease({ without: ['webcam'] });
    // Whoever had read the attempt before the change cannot move it with what holds no more.
    await expect(
      advance(read._id, 'agree', { event: { atMs: 1, kind: 'agreed', detail: notice.version }, where: withAccommodations(read.accommodations) }),
    ).rejects.toMatchObject({ reason: 'wrongState' });
    expect((await attemptById(read._id))!.progress).toBe('created');
  });

  test('after the student has agreed do not record more than that', async () => {
    await ease({ without: ['webcam'] });
    await agree((await student.show()).notice.version);
    expect(await messageOf(await ease({}))).toEqual([409, 'The student has agreed to be recorded without the camera. Leave that as it is, or make a new link.']);
    expect((await ease({ without: ['screen', 'webcam'] })).status).toBe(200);
    expect((await ease({ without: ['webcam'] })).status).toBe(200);
  });

  test('during the exam lengthen it at once; what is recorded stays', async () => {
    await begin();
    const startedAtMs = api.clock.now;
    expect((await ease({ extraMinutes: 30 })).status).toBe(200);
    expect((await student.show()).endsAtMs).toBe(startedAtMs + 90 * minute);
    expect((await messageOf(await ease({ extraMinutes: 30, without: ['webcam'] })))).toEqual([
      409,
      'The student is in the exam. What is recorded can only be changed before the start.',
    ]);
    expect((await ease({})).status).toBe(200);
    expect((await student.show()).endsAtMs).toBe(startedAtMs + 60 * minute);
    expect((await attemptById(world.attempt._id))!.accommodations).toBeUndefined();
  });

  test('after the end take findings out of the list and the ranking, and bring them back', async () => {
    await begin('submitted');
    await Attempts.updateOne({ _id: world.attempt._id }, { finishedAt: new Date(api.clock.now + 20_000) });
    expect((await timeline()).incidents).toHaveLength(1);
    expect((await summary()).rank.points).toBe(2);
    expect((await ease({ off: ['face-absent'] })).status).toBe(200);
    expect(await timeline()).toMatchObject({ incidents: [], rank: { points: 0, terms: [] } });
    expect((await summary()).rank.points).toBe(0);
    expect(await messageOf(await ease({ off: ['face-absent'], extraMinutes: 5 }))).toEqual([409, 'The attempt is over. Only what is looked for can still be changed.']);
    await ease({});
    expect((await summary()).rank.points).toBe(2);
  });

  test('keep who, when and why; the newest counts', async () => {
    await ease({ extraMinutes: 10 }, ' Letter of 3 May ');
    api.clock.now += 1_000;
    await ease({}, 'Taken back.');
    const entries = await audit();
    const actor = { kind: 'instructor', id: world.user._id, name: world.user.name };
    const ten = { ...nothing, extraMinutes: 10 };
    expect(entries).toMatchObject([
      { actor, action: 'accommodations', attempt: world.attempt._id, reason: 'Letter of 3 May', detail: { before: nothing, after: ten } },
      { actor, atMs: api.clock.now, reason: 'Taken back.', detail: { before: ten, after: nothing } },
    ]);
    expect(entries[1]!.sequence).toBe(entries[0]!.sequence + 1);
    expect(await firstBreak()).toBeUndefined();
  });

  test('two at once: one is refused or both are in order, and the log says what holds', async () => {
    const answers = await Promise.all([10, 20, 30].map((extraMinutes) => ease({ extraMinutes })));
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    const kept = (await attemptById(world.attempt._id))!.accommodations!.extraMinutes;
    const set = (await audit()).filter(({ reason }) => reason === 'Decided by the board.').map(({ detail }) => (detail.after as Accommodations).extraMinutes);
    expect(set.sort()).toEqual([10, 20, 30]);
    expect(set).toContain(kept);
    expect((await audit()).filter(({ reason }) => reason?.startsWith('It could not be set'))).toHaveLength(answers.filter(({ status }) => status !== 200).length);
  });

  test.each([
    ['no reason', { accommodations: {} }],
    ['an empty reason', { accommodations: {}, reason: '  ' }],
    ['a reason that is a query', { accommodations: {}, reason: { $ne: null } }],
    ['none', { reason: 'Decided.' }],
    ['a query', { accommodations: { $set: { role: 'admin' } }, reason: ['Decided.'] }],
    ['minutes that are a query', { accommodations: { extraMinutes: { $gt: 0 } }, reason: 'Decided.' }],
    ['minutes without end', { accommodations: { extraMinutes: 1e9 }, reason: 'Decided.' }],
    ['less time', { accommodations: { extraMinutes: -10 }, reason: 'Decided.' }],
    ['a kind that is not there', { accommodations: { off: ['telepathy'] }, reason: 'Decided.' }],
    ['a source that is a query', { accommodations: { without: [{ $ne: 'x' }] }, reason: 'Decided.' }],
    ['all sources', { accommodations: { without: ['webcam', 'microphone', 'screen'] }, reason: 'Decided.' }],
    ['a prototype', '{"accommodations":{"__proto__":{"extraMinutes":5}},"reason":"Decided."}'],
    ['a list', [nothing, 'Decided.']],
  ])('with %s are refused, and leave no trace', async (_what, body) => {
    expect((await put(`/api/attempts/${world.attempt._id}/accommodations`, body)).status).toBe(400);
    expect((await attemptById(world.attempt._id))!.accommodations).toBeUndefined();
    expect(await audit()).toEqual([]);
  });

  test('set nothing else, whatever comes with them', async () => {
    const before = (await attemptById(world.attempt._id))!;
    const body = { accommodations: { extraMinutes: 5, role: 'admin', 'off.0': 'phone' }, reason: 'Decided.', progress: 'submitted', evidence: 'purged', course: 'x', atMs: 1, actor: { name: 'Somebody else' } };
    expect((await put(`/api/attempts/${world.attempt._id}/accommodations`, body)).status).toBe(200);
    expect(await attemptById(world.attempt._id)).toEqual({ ...before, accommodations: { ...nothing, extraMinutes: 5 } });
    expect(await audit()).toMatchObject([{ actor: { name: world.user.name }, atMs: api.clock.now, detail: { after: { extraMinutes: 5 } } }]);
  });
});

describe('the audit log', () => {
  const entry = (index: number) => ({
    atMs: index,
    actor: { kind: 'instructor' as const, id: world.user._id, name: world.user.name },
    action: 'rules' as const,
    exam: world.exam._id,
    detail: { index, empty: {}, list: [], gone: undefined },
  });
  const kept = () => mongoose.connection.collection<{ _id: number; reason?: string; previous: string; hash: string }>('audit');

  test('has every entry of many writers, in one chain', async () => {
    await Promise.all(Array.from({ length: 25 }, (_, index) => record(entry(index))));
    const entries = await audit();
    expect(entries.map(({ detail }) => detail.index).sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 25 }, (_, index) => index));
    const first = entries[0]!.sequence;
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => first + index));
    expect(await firstBreak()).toBeUndefined();
  });

  test('shows the first entry that was changed, put in or taken out', async () => {
    for (let index = 0; index < 4; index += 1) await record(entry(index));
    const all = await kept().find().sort({ _id: 1 }).toArray();
    const [second, third] = [all.at(-3)!, all.at(-2)!];
    const restore = async (): Promise<void> => {
      await kept().deleteMany({ _id: { $in: [second._id, third._id] } });
      await kept().insertMany([second, third]);
      expect(await firstBreak()).toBeUndefined();
    };
    await kept().updateOne({ _id: third._id }, { $set: { reason: 'Another one.' } });
    expect(await firstBreak()).toBe(third._id);
    await restore();
    // Its hash put right: then the one after it does not follow.
    await kept().updateOne({ _id: second._id }, { $set: { hash: 'f'.repeat(64) } });
    expect(await firstBreak()).toBe(second._id);
    await restore();
    await kept().deleteOne({ _id: second._id });
    expect(await firstBreak()).toBe(second._id);
    await restore();
  });

  test('has no way to change or remove an entry', () => {
    expect(Object.keys(auditLog).sort()).toEqual(['actorOf', 'auditIndexes', 'entriesOf', 'firstBreak', 'record']);
    expect(new Set(api.routes.filter(({ path }) => path.includes('audit')).map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  test('has a reason as it was written, for the page to show as text', async () => {
    await ease({ extraMinutes: 1 }, '<img src=x onerror=alert(1)>');
    expect((await audit()).at(-1)!.reason).toBe('<img src=x onerror=alert(1)>');
  });
});
