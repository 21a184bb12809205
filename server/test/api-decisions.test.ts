import type { Decision, ReviewNote } from '@vigil/protocol';
import { AttemptTimeline, AuditEntry, ExamDetail, ExamSetup, FalseFindings } from '@vigil/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hashPassword } from '../src/accounts/passwords.js';
import { firstBreak } from '../src/privacy/audit.js';
import { purge } from '../src/privacy/purge.js';
import * as store from '../src/store/index.js';
import { call, makeWorld, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;
/** Of the course's two instructors, and of one of another course. */
let lead: World;
let colleague: string;
let first: string;
let second: string;
let stranger: string;
let worlds = 0;

beforeAll(async () => {
  api = await startApi();
  stranger = await signIn(api, await makeWorld(api, 'stranger'));
  lead = await makeWorld(api, 'lead');
  first = await signIn(api, lead);
  colleague = store.newId();
  await store.Users.create({ _id: colleague, email: 'second@example.org', name: 'Second', role: 'instructor', password: await hashPassword('second') });
  second = await signIn(api, { ...lead, user: (await store.userById(colleague))!, password: 'second' });
});
beforeEach(async () => {
  worlds += 1;
  world = { ...(await makeWorld(api, `decide-${worlds}`)), user: lead.user };
  await store.Courses.updateOne({ _id: world.course }, { instructors: [lead.user._id, colleague] });
  await store.Attempts.updateOne({ _id: world.attempt._id }, { progress: 'submitted', startedAt: new Date(api.clock.now), finishedAt: new Date(api.clock.now + 60_000) });
});
afterAll(() => api.close());

const ask = (method: string, path: string, cookie: string, body?: unknown): Promise<Response> => call(api, method, path, { headers: { cookie }, ...(body !== undefined && { body }) });
const timeline = async (): Promise<AttemptTimeline> => AttemptTimeline.parse(await (await ask('GET', `/api/attempts/${world.attempt._id}`, first)).json());
const summary = async () => ExamDetail.parse(await (await ask('GET', `/api/exams/${world.exam._id}`, first)).json()).attempts[0]!;
const audit = async (action: AuditEntry['action']): Promise<AuditEntry[]> =>
  AuditEntry.array().parse(await (await ask('GET', `/api/attempts/${world.attempt._id}/audit`, first)).json()).filter((entry) => entry.action === action);
const told = async (answer: Response): Promise<unknown[]> => [answer.status, ((await answer.json()) as { message?: string }).message];
const moment = async () => {
  const { kind, startMs, endMs } = (await store.findingById(world.finding))!;
  return { kind, startMs, endMs };
};
const mark = async (verdict: string, reason = '', cookie = first): Promise<Response> =>
  ask('POST', `/api/attempts/${world.attempt._id}/resolutions`, cookie, { ...(await moment()), verdict, reason });
const takeBack = ({ id, atMs }: { id: string; atMs: number }, cookie = first): Promise<Response> => ask('DELETE', `/api/resolutions/${id}?at=${atMs}`, cookie);
const table = async (): Promise<FalseFindings[]> => FalseFindings.array().parse(await (await ask('GET', `/api/exams/${world.exam._id}/false-findings`, first)).json());
/** The attempt is judged again: its finding begins and ends elsewhere, and has another name. */
const judgedAgain = async (byMs: number, lastsMs: number): Promise<void> => {
  const { _id, ...rest } = (await store.findingById(world.finding))!;
  await store.Findings.deleteOne({ _id });
  const startMs = rest.startMs + byMs;
  world.finding = `${world.attempt._id}-${rest.kind}-${startMs}`;
  await store.Findings.create({ ...rest, _id: world.finding, startMs, endMs: startMs + lastsMs });
};

describe('an incident', () => {
  test('that is explained or false counts no points, in the list as well; real stays; all can be undone', async () => {
    expect((await summary()).rank.points).toBe(2);
    for (const [verdict, points] of [['false', 0], ['explained', 0], ['real', 2]] as const) {
      expect((await mark(verdict, ' A poster on the wall ')).status).toBe(200);
      const { incidents, rank } = await timeline();
      expect(incidents[0]!.resolution).toMatchObject({ verdict, reason: 'A poster on the wall', by: { id: world.user._id, name: world.user.name }, atMs: api.clock.now });
      expect(rank.points).toBe(points);
      expect(rank.terms[0]!.setAside).toBe(points ? undefined : 1);
      expect((await summary()).rank).toEqual(rank);
      expect((await takeBack(incidents[0]!.resolution!)).status).toBe(200);
      expect((await timeline()).incidents[0]!.resolution).toBeUndefined();
      expect((await summary()).rank.points).toBe(2);
      api.clock.now += 1_000;
    }
    expect((await audit('resolution')).map(({ detail, reason }) => [detail.before, detail.after, reason])).toEqual([
      [null, 'false', 'A poster on the wall'],
      ['false', null, undefined],
      [null, 'explained', 'A poster on the wall'],
      ['explained', null, undefined],
      [null, 'real', 'A poster on the wall'],
      ['real', null, undefined],
    ]);
    expect(await firstBreak()).toBeUndefined();
  });

  test('keeps what was said of it when the attempt is judged again; what matches nothing any more is said to be so', async () => {
    await mark('false');
    await judgedAgain(-300, 4_500);
    expect((await timeline()).incidents[0]!.resolution).toMatchObject({ verdict: 'false' });
    expect((await timeline()).rank.points).toBe(0);
    // It cannot be marked a second time under its new name.
    expect(await told(await mark('real', '', second))).toEqual([409, 'Somebody has just marked this finding. Look at what they said; it can be undone.']);
    await judgedAgain(0, 40_000);
    const { incidents, lostResolutions, rank } = await timeline();
    expect(incidents[0]!.resolution).toBeUndefined();
    expect(lostResolutions).toMatchObject([{ verdict: 'false', kind: 'face-absent' }]);
    expect(rank.points).toBe(4);
    expect((await mark('real')).status).toBe(200);
    expect((await takeBack(lostResolutions[0]!)).status).toBe(200);
    expect(await timeline()).toMatchObject({ lostResolutions: [], incidents: [{ resolution: { verdict: 'real' } }] });
  });

  test('two at once: one wins, the other is told, and the log says what holds', async () => {
    const answers = await Promise.all([mark('false'), mark('real', '', second), mark('explained', '', second)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const { verdict } = (await timeline()).incidents[0]!.resolution!;
    const entries = await audit('resolution');
    const standing = entries.filter(({ detail }) => detail.after !== null).length - entries.filter(({ detail }) => detail.after === null).length;
    expect(standing).toBe(1);
    expect(entries.some(({ detail }) => detail.after === verdict)).toBe(true);
    expect(await store.Resolutions.countDocuments({ attempt: world.attempt._id }).exec()).toBe(1);
  });

  test('is undone once, and never what somebody else has said since', async () => {
    await mark('false');
    const { resolution } = (await timeline()).incidents[0]!;
    const answers = await Promise.all([takeBack(resolution!), takeBack(resolution!, second)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    api.clock.now += 5;
    await mark('real', '', second);
    expect(await told(await takeBack(resolution!))).toEqual([409, 'Somebody has just undone this. Look at what they said.']);
    expect((await timeline()).incidents[0]!.resolution).toMatchObject({ verdict: 'real', by: { name: 'Second' } });
  });

  test('that is not there, or another by now, is not marked', async () => {
    const body = { ...(await moment()), verdict: 'false' };
    await judgedAgain(100, 4_000);
    expect((await ask('POST', `/api/attempts/${world.attempt._id}/resolutions`, first, body)).status).toBe(409);
    expect(await audit('resolution')).toEqual([]);
  });

  test('feeds the table of false findings', async () => {
    expect(await table()).toEqual([]);
    await mark('false');
    const row = { kind: 'face-absent', detector: 'faces', version: '1', false: 1, real: 0, explained: 0 };
    expect(await table()).toEqual([row]);
    await takeBack((await timeline()).incidents[0]!.resolution!);
    expect(await table()).toEqual([]);
    await mark('explained');
    expect(await table()).toEqual([{ ...row, false: 0, explained: 1 }]);
  });

  test.each([
    ['a verdict that is none', { verdict: 'guilty' }],
    ['a verdict that is a query', { verdict: { $ne: 'x' } }],
    ['a time that is a query', { startMs: { $gt: 0 } }],
    ['a reason without end', { reason: 'a'.repeat(501) }],
  ])('with %s is refused, and leaves no trace', async (_what, change) => {
    const answer = await ask('POST', `/api/attempts/${world.attempt._id}/resolutions`, first, { ...(await moment()), verdict: 'false', ...change });
    expect(answer.status).toBe(400);
    expect(await audit('resolution')).toEqual([]);
  });
});

let seen = 0;
const decide = async (move: string, reason = 'It was seen.', cookie = first, seenNow = seen): Promise<Response> => {
  const answer = await ask('POST', `/api/attempts/${world.attempt._id}/decisions`, cookie, { move, reason, seen: seenNow });
  if (answer.status === 200) seen += 1;
  return answer;
};
const twoReviewers = async (): Promise<void> => {
  const { version: was, exam } = ExamSetup.parse(await (await ask('GET', `/api/exams/${world.exam._id}/setup`, first)).json());
  expect((await ask('PUT', `/api/exams/${world.exam._id}`, first, { was, exam: { ...exam, rules: { ...exam.rules, secondReviewer: true } } })).status).toBe(200);
};

describe('an attempt', () => {
  beforeEach(() => {
    seen = 0;
  });

  test('is decided by a person, with a reason, and opened again; its history and the log have every step', async () => {
    expect(await timeline()).toMatchObject({ review: 'none', decisions: [] });
    expect(await told(await decide('clear', ' '))).toEqual([400, 'Write the reason.']);
    for (const [move, to] of [['flag', 'flagged'], ['find', 'violation'], ['reopen', 'flagged'], ['clear', 'cleared'], ['reopen', 'flagged'], ['unflag', 'none'], ['clear', 'cleared']] as const) {
      api.clock.now += 1_000;
      expect((await decide(move, move === 'flag' ? '' : `Why ${move}`)).status, move).toBe(200);
      expect([(await timeline()).review, (await summary()).review]).toEqual([to, to]);
    }
    const { decisions } = await timeline();
    expect(decisions.map(({ move }) => move)).toEqual(['flag', 'find', 'reopen', 'clear', 'reopen', 'unflag', 'clear']);
    expect(decisions[1]).toEqual({ atMs: decisions[0]!.atMs + 1_000, by: { id: world.user._id, name: world.user.name }, move: 'find', from: 'flagged', to: 'violation', reason: 'Why find' });
    expect((await audit('review')).map(({ atMs, actor, reason, detail }) => ({ atMs, by: { id: actor.id, name: actor.name }, move: detail.move, from: detail.before, to: detail.after, ...(reason && { reason }) }))).toEqual(decisions);
    expect(await firstBreak()).toBeUndefined();
  });

  test('has a violation only by two, where the exam asks for that', async () => {
    await twoReviewers();
    expect(await told(await decide('find'))).toEqual([409, 'In this exam a violation needs a second reviewer. Propose it, and another instructor confirms it.']);
    await decide('propose');
    expect((await timeline()).review).toBe('second_review');
    expect(await told(await decide('confirm'))).toEqual([403, 'You have proposed it yourself. Another instructor of the course has to confirm it.']);
    expect((await decide('sendBack', 'The notes were allowed.', second)).status).toBe(200);
    expect((await timeline()).review).toBe('flagged');
    await decide('propose');
    expect((await decide('confirm', 'I see it too.', second)).status).toBe(200);
    expect((await timeline()).review).toBe('violation');
    expect((await decide('reopen', 'The student has written.')).status).toBe(200);
    expect((await timeline()).review).toBe('flagged');
  });

  test('two at once do not both win; the other is told, and the log says what holds', async () => {
    const answers = await Promise.all([decide('clear', 'Nothing.', first, 0), decide('find', 'A phone.', second, 0), decide('flag', '', second, 0)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const lost = answers.find(({ status }) => status === 409)!;
    expect((await told(lost))[1]).toBe('Somebody else has just decided about this attempt. Look at what they decided, then go on.');
    const { review, decisions } = await timeline();
    expect(decisions).toHaveLength(1);
    expect(decisions[0]!.to).toBe(review);
    const entries = await audit('review');
    expect(entries.filter(({ detail }) => detail.move !== null).length - entries.filter(({ detail }) => detail.move === null).length).toBe(1);
  });

  test('a decision that was not seen is not overruled, even where the state is the same again', async () => {
    await decide('flag');
    await decide('unflag');
    expect((await decide('clear', 'Nothing.', second, 0)).status).toBe(409);
    expect((await decide('clear', 'Nothing.', second, 2)).status).toBe(200);
  });

  test('is not decided before its end, but can be marked', async () => {
    await store.Attempts.updateOne({ _id: world.attempt._id }, { progress: 'recording' });
    expect((await told(await decide('clear')))[0]).toBe(409);
    expect((await decide('flag', '')).status).toBe(200);
  });

  test.each([
    ['a move that is none', { move: 'convict', reason: 'It was seen.', seen: 0 }],
    ['a move that is a query', { move: { $ne: 'x' }, reason: 'It was seen.', seen: 0 }],
    ['no number', { move: 'flag' }],
    ['a number that is a query', { move: 'flag', seen: { $gt: -1 } }],
    ['a reason that is a query', { move: 'clear', reason: { $ne: null }, seen: 0 }],
  ])('with %s is not decided, and there is no trace', async (_what, body) => {
    expect((await ask('POST', `/api/attempts/${world.attempt._id}/decisions`, first, body)).status).toBe(400);
    expect(await timeline()).toMatchObject({ review: 'none', decisions: [] });
    expect(await audit('review')).toEqual([]);
  });

  test('a student is told nothing of it', async () => {
    await mark('false', 'A poster');
    await decide('clear', 'Nothing there');
    const text = await (await call(api, 'GET', '/api/student/attempt', { headers: { authorization: `Bearer ${world.token}` } })).text();
    expect(text).not.toMatch(/poster|Nothing there|cleared|decisions|secondReviewer/);
  });
});

const note = (body: unknown, cookie = first): Promise<Response> => ask('POST', `/api/attempts/${world.attempt._id}/notes`, cookie, body);

describe('notes', () => {
  test('are written on an interval, and changed and deleted by their author alone', async () => {
    await store.ReviewNotes.deleteMany({ attempt: world.attempt._id });
    const added = (await (await note({ startMs: 2_000, endMs: 5_000, text: ' Reads aloud. ' })).json()) as ReviewNote;
    expect(added).toMatchObject({ startMs: 2_000, endMs: 5_000, text: 'Reads aloud.', by: { name: world.user.name }, atMs: api.clock.now });
    await note({ startMs: 1_000, endMs: 1_000, text: 'Before.' }, second);
    expect((await timeline()).notes.map(({ text }) => text)).toEqual(['Before.', 'Reads aloud.']);
    const change = { startMs: 2_000, endMs: 6_000, text: 'Reads the question aloud.' };
    expect(await told(await ask('PUT', `/api/notes/${added.id}`, second, change))).toEqual([403, 'A note can be changed and deleted only by who wrote it.']);
    expect((await ask('DELETE', `/api/notes/${added.id}`, second)).status).toBe(403);
    api.clock.now += 60_000;
    expect(await (await ask('PUT', `/api/notes/${added.id}`, first, change)).json()).toMatchObject({ ...change, editedAtMs: api.clock.now });
    expect((await ask('DELETE', `/api/notes/${added.id}`, first)).status).toBe(200);
    expect((await timeline()).notes.map(({ text }) => text)).toEqual(['Before.']);
    expect((await ask('DELETE', `/api/notes/${added.id}`, first)).status).toBe(404);
  });

  test.each([
    ['nothing in it', { startMs: 1, endMs: 2, text: '  ' }, 'Write the note.'],
    ['too much', { startMs: 1, endMs: 2, text: 'a'.repeat(2_001) }, 'A note has at most 2000 characters.'],
    ['an end before its beginning', { startMs: 2, endMs: 1, text: 'x' }, 'A note ends after it begins.'],
    ['a text that is a query', { startMs: 1, endMs: 2, text: { $ne: '' } }, undefined],
    ['a time that is a query', { startMs: { $gt: 1 }, endMs: 2, text: 'x' }, undefined],
  ])('with %s are refused', async (_what, body, sentence) => {
    const [status, message] = await told(await note(body));
    expect(status).toBe(400);
    if (sentence !== undefined) expect(message).toBe(sentence);
  });

  test('are not written on what is deleted', async () => {
    await store.Attempts.updateOne({ _id: world.attempt._id }, { evidence: 'purged' });
    expect((await note({ startMs: 1, endMs: 2, text: 'x' })).status).toBe(409);
  });
});

test('an instructor of another course finds nothing, and changes nothing', async () => {
  await mark('false');
  const { resolution } = (await timeline()).incidents[0]!;
  const tries: [string, string, unknown?][] = [
    ['POST', `/api/attempts/${world.attempt._id}/resolutions`, { ...(await moment()), verdict: 'real' }],
    ['DELETE', `/api/resolutions/${resolution!.id}?at=${resolution!.atMs}`],
    ['POST', `/api/attempts/${world.attempt._id}/decisions`, { move: 'clear', reason: 'Mine.', seen: 0 }],
    ['POST', `/api/attempts/${world.attempt._id}/notes`, { startMs: 1, endMs: 2, text: 'x' }],
    ['PUT', `/api/notes/${world.note}`, { startMs: 1, endMs: 2, text: 'x' }],
    ['DELETE', `/api/notes/${world.note}`],
    ['GET', `/api/exams/${world.exam._id}/false-findings`],
  ];
  const before = await timeline();
  for (const [method, path, body] of tries) expect((await ask(method, path, stranger, body)).status, `${method} ${path}`).toBe(404);
  expect(await timeline()).toEqual(before);
});

test('the page is told what its reader may do', async () => {
  seen = 0;
  const moves = async (cookie = first) => AttemptTimeline.parse(await (await ask('GET', `/api/attempts/${world.attempt._id}`, cookie)).json()).moves;
  expect(await moves()).toEqual(['flag', 'clear', 'find']);
  await twoReviewers();
  await decide('propose');
  expect(await moves()).toEqual(['sendBack']);
  expect(await moves(second)).toEqual(['confirm', 'sendBack']);
});

test('a purge takes what was said of findings and the notes along; the decisions stay', async () => {
  await mark('false');
  seen = 0;
  await decide('clear');
  await purge(world.attempt._id, api.data);
  const { incidents, lostResolutions, notes, decisions } = await timeline();
  expect([incidents, lostResolutions, notes]).toEqual([[], [], []]);
  expect(decisions satisfies Decision[]).toHaveLength(1);
  expect(await table()).toEqual([]);
});
