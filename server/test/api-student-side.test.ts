import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptSummary, AuditEntry, ExamDetail, OwnAttempt, StudentSide } from '@vigil/protocol';
import { segmentFile } from '@vigil/recorder/capture';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { linkOf } from '../src/links/links.js';
import { firstBreak } from '../src/privacy/audit.js';
import { purge } from '../src/privacy/purge.js';
import * as store from '../src/store/index.js';
import { call, makeWorld, secret, signIn, startApi, type Api, type World } from './api-support.js';
import { filesIn } from './zip.js';

let api: Api;
let world: World;
let other: World;
/** The instructor of every world here: one sign-in is enough. */
let teacher: store.UserDocument;
let cookie: string;
let count = 0;

const dayMs = 86_400_000;

beforeAll(async () => {
  api = await startApi();
  other = await makeWorld(api, 'other');
  await over(other);
  teacher = other.user;
  cookie = await signIn(api, other);
});
afterAll(() => api.close());
beforeEach(async () => {
  // Limits are counted for each attempt apart, so that no test waits for another.
  count += 1;
  world = await makeWorld(api, `side${count}`);
  await store.Courses.updateOne({ _id: world.course }, { instructors: [teacher._id] });
  await over(world);
});

/** The attempt has ended a minute after its start. */
async function over({ attempt }: World, more: object = {}): Promise<void> {
  const [startedAt, finishedAt] = [new Date(api.clock.now), new Date(api.clock.now + 60_000)];
  const agreement = { at: startedAt, noticeVersion: 'x', notice: 'What was agreed to, word for word.', sources: ['webcam', 'microphone', 'screen'], retentionDays: 30 };
  await store.Attempts.updateOne({ _id: attempt._id }, { $set: { progress: 'submitted', startedAt, finishedAt, evidence: 'partial', agreement, ...more } });
}

const student = (method: string, path: string, body?: unknown, { token } = world): Promise<Response> =>
  call(api, method, `/api/student/${path}`, { headers: { authorization: `Bearer ${token}` }, ...(body !== undefined && { body }) });
const instructor = (method: string, path: string, body?: unknown): Promise<Response> => call(api, method, `/api/${path}`, { headers: { cookie }, ...(body !== undefined && { body }) });
const told = async (response: Response): Promise<[number, string]> => [response.status, ((await response.json()) as { message: string }).message];
const own = async (of = world): Promise<OwnAttempt> => {
  const answer = await student('GET', 'own', undefined, of);
  expect(answer.status).toBe(200);
  return (await answer.json()) as OwnAttempt;
};
const side = async (): Promise<StudentSide> => (await (await instructor('GET', `attempts/${world.attempt._id}/student-side`)).json()) as StudentSide;
const audit = async (): Promise<AuditEntry[]> =>
  ((await (await instructor('GET', `attempts/${world.attempt._id}/audit`)).json()) as AuditEntry[]).filter(({ action }) => action === 'release' || action.startsWith('student-'));
const summary = async (): Promise<AttemptSummary> => ((await (await instructor('GET', `exams/${world.exam._id}`)).json()) as ExamDetail).attempts[0]!;
const attempt = async (): Promise<store.AttemptDocument> => (await store.attemptById(world.attempt._id))!;
const set = (change: object) => store.Attempts.updateOne({ _id: world.attempt._id }, change).exec();

/** The interval of a world's finding. */
function momentOf({ finding }: World): { kind: string; startMs: number; endMs: number } {
  const startMs = Number(finding.split('-').at(-1));
  return { kind: 'face-absent', startMs, endMs: startMs + 4_000 };
}
const releaseOf = (of: World): string => `${of.finding}-${momentOf(of).endMs}`;
const release = (moments: object[] = [momentOf(world)]): Promise<Response> => instructor('POST', `attempts/${world.attempt._id}/releases`, { moments });
const takeBack = (): Promise<Response> => instructor('DELETE', `releases/${releaseOf(world)}`);
const picture = (of = world, token = world): Promise<Response> => student('GET', `releases/${releaseOf(of)}/picture`, undefined, token);
const reply = (text: string, seen: number, of = world, by = world): Promise<Response> => student('POST', `releases/${releaseOf(of)}/reply`, { text, seen }, by);
/** The attempt is judged again: its finding is elsewhere, and has another name. */
async function judgedAgain(byMs: number, lastsMs: number): Promise<void> {
  const { _id, ...rest } = (await store.findingById(world.finding))!;
  await store.Findings.deleteOne({ _id });
  await store.Findings.create({ ...rest, _id: `${rest.attempt}-${rest.kind}-${rest.startMs + byMs}`, startMs: rest.startMs + byMs, endMs: rest.startMs + byMs + lastsMs });
}

describe('what the student is told', () => {
  test('what was recorded, until when it is kept, and where the review stands, without a name or a word of what was found', async () => {
    const before = await own();
    expect(before).toMatchObject({ standing: 'waiting', decidedAtMs: null, deleted: false, held: false, releases: [], requests: [] });
    expect(before.keptUntilMs).toBe(api.clock.now + 60_000 + 30 * dayMs);
    expect(before.recorded).toMatchObject({ startMs: api.clock.now, endMs: api.clock.now + 60_000 });
    expect(before.recorded!.sources.map(({ source, missing }) => [source, missing.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)])).toEqual([
      ['webcam', 50_000],
      ['microphone', 50_000],
      ['screen', 60_000],
    ]);
    expect(before.recorded!.sendUntilMs).toBe(api.clock.now + 60_000 + 72 * 3_600_000);
    await instructor('POST', `attempts/${world.attempt._id}/resolutions`, { ...momentOf(world), verdict: 'real', reason: 'A secret reason' });
    expect((await own()).standing).toBe('looking');
    await instructor('POST', `attempts/${world.attempt._id}/decisions`, { move: 'find', reason: 'Another secret reason', seen: 0 });
    const after = await own();
    expect(after).toMatchObject({ standing: 'decided', decidedAtMs: api.clock.now });
    expect(JSON.stringify(after)).not.toMatch(/secret|face-absent|violation/);
    expect(JSON.stringify(after)).not.toContain(`"${teacher.name}"`);
    await instructor('POST', `attempts/${world.attempt._id}/decisions`, { move: 'reopen', reason: 'Look again', seen: 1 });
    expect(await own()).toMatchObject({ standing: 'looking', decidedAtMs: null });
    await instructor('POST', `attempts/${world.attempt._id}/decisions`, { move: 'clear', reason: 'Nothing there', seen: 2 });
    expect((await own()).standing).toBe('cleared');
  });

  test('keeps to what was agreed to, whatever the exam says later; nothing before the end', async () => {
    await store.Exams.updateOne({ _id: world.exam._id }, { retentionDays: 1 });
    expect((await own()).keptUntilMs).toBe(api.clock.now + 60_000 + 30 * dayMs);
    await set({ progress: 'recording', $unset: { finishedAt: 1 } });
    expect(await told(await student('GET', 'own'))).toEqual([409, 'The exam is not over. Come back when it is.']);
  });

  test('that it is deleted, when it is', async () => {
    await release();
    await own();
    await purge(world.attempt._id, api.data);
    await set({ evidence: 'purged' });
    expect(await store.Releases.countDocuments({ attempt: world.attempt._id })).toBe(0);
    expect(await own()).toMatchObject({ deleted: true, recorded: null, releases: [] });
    for (const kind of ['dispute', 'erasure']) expect(await told(await student('POST', 'requests', { kind, text: 'Please' }))).toEqual([409, 'What was recorded is deleted already.']);
    expect((await release()).status).toBe(409);
  });
});

describe('a finding that is shown', () => {
  test('comes with time, words and picture; it can be taken back until it is seen', async () => {
    expect((await release()).status).toBe(200);
    expect((await side()).releases).toMatchObject([{ id: releaseOf(world), incident: world.finding, by: { name: teacher.name }, replies: [], unread: false }]);
    expect((await side()).releases[0]!.seenAtMs).toBeUndefined();
    expect((await takeBack()).status).toBe(200);
    expect((await side()).releases).toEqual([]);
    expect((await own()).releases).toEqual([]);
    await release();
    const shown = await own();
    expect(shown.releases).toEqual([{ id: releaseOf(world), ...momentOf(world), picture: true, replies: [], open: true }]);
    expect(shown.standing).toBe('looking');
    const answer = await picture();
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([200, 'image/jpeg', 'no-store']);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from([0xff, 0xd8, 0xff, 0xd9]));
    expect(await told(await takeBack())).toEqual([409, 'The student has seen it already. It cannot be taken back any more.']);
    expect((await side()).releases[0]!.seenAtMs).toBe(api.clock.now);
    const moment = momentOf(world);
    expect((await audit()).map(({ detail }) => detail)).toEqual([{ shown: [moment] }, { takenBack: [moment] }, { shown: [moment] }]);
    expect(await firstBreak()).toBeUndefined();
  });

  test('is shown once, whoever shows it at the same time, and again after it was judged anew', async () => {
    const answers = await Promise.all([release(), release(), release()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await side()).releases).toHaveLength(1);
    await judgedAgain(-300, 4_500);
    expect((await side()).releases[0]!.incident).toBe(`${world.attempt._id}-face-absent-${momentOf(world).startMs - 300}`);
    // The same one, under its new name.
    expect((await release([{ kind: 'face-absent', startMs: momentOf(world).startMs - 300, endMs: momentOf(world).startMs + 4_200 }])).status).toBe(200);
    expect((await side()).releases).toHaveLength(1);
    expect((await own()).releases[0]).toMatchObject({ ...momentOf(world), picture: true });
    await store.Findings.deleteMany({ attempt: world.attempt._id });
    expect((await side()).releases[0]!.incident).toBeNull();
    expect((await own()).releases[0]).toMatchObject({ ...momentOf(world), picture: false });
    expect((await picture()).status).toBe(404);
  });

  test('is taken back or seen, never both', async () => {
    for (let round = 0; round < 8; round += 1) {
      await release();
      const [seen, back] = await Promise.all([own(), takeBack()]);
      expect([seen.releases.length, back.status]).toEqual(back.status === 200 ? [0, 200] : [1, 409]);
      const logged = (await audit()).reduce((sum, { detail }) => sum + (detail.shown ? 1 : -1), 0);
      expect(logged).toBe(seen.releases.length);
      await store.Releases.deleteMany({ attempt: world.attempt._id });
      if (seen.releases.length) break;
    }
    // The student's page asks while it is being taken back.
    await release();
    await own();
    expect(await store.removeUnseen(releaseOf(world))).toBe(false);
    expect(await store.releaseById(releaseOf(world))).not.toBeNull();
    await store.Releases.deleteMany({ attempt: world.attempt._id });
    // It is shown while the student's page asks: it is not given before it is marked as seen.
    const mark = store.Releases.updateMany.bind(store.Releases);
    vi.spyOn(store.Releases, 'updateMany').mockImplementationOnce(((...given: Parameters<typeof mark>) => ({ exec: async () => [await mark(...given).exec(), await release()] })) as never);
    expect((await own()).releases).toEqual([]);
    expect((await takeBack()).status).toBe(200);
  });

  test('is of this attempt as it is now, and only after the end', async () => {
    const changed = 'A finding has changed meanwhile, or is not there any more. Look at the list again.';
    expect(await told(await release([{ ...momentOf(world), endMs: momentOf(world).endMs + 1 }]))).toEqual([409, changed]);
    expect(await told(await release([momentOf(world), { kind: 'phone', startMs: 1, endMs: 2 }]))).toEqual([409, changed]);
    expect(await told(await release([]))).toEqual([400, 'Choose a finding.']);
    expect((await side()).releases).toEqual([]);
    await set({ progress: 'recording' });
    expect(await told(await release())).toEqual([409, 'The attempt is not over. Findings can be shown to the student when it is.']);
    expect(await audit()).toEqual([]);
  });

  test('is seen and answered by its own student alone, and only while it is shown', async () => {
    const gone = async (of: World, by: World): Promise<void> => {
      expect((await picture(of, by)).status).toBe(404);
      expect((await reply('Mine', 0, of, by)).status).toBe(404);
    };
    // Never shown.
    await gone(world, world);
    await release();
    // Another student, who knows its name.
    await gone(world, other);
    // Shown, and not seen: it can still be taken back.
    await gone(world, world);
    await takeBack();
    await gone(world, world);
    await release();
    await own();
    await gone(world, other);
    expect((await picture()).status).toBe(200);
    for (const id of ['x', `${releaseOf(world)}%00`, '..%2f..%2fkeys', `${world.attempt._id}-face-absent-[$ne]-1`]) expect((await student('GET', `releases/${id}/picture`)).status).toBe(400);
  });
});

describe('a reply', () => {
  beforeEach(async () => {
    await release();
    await own();
  });

  test('is text as it was written, keeps what it was before, and is new until somebody has read it', async () => {
    const html = '<img src=x onerror=alert(1)>\n<script>alert(2)</script> & {{7*7}} \u202e';
    expect((await reply(`  ${html}  `, 0)).status).toBe(200);
    expect((await own()).releases[0]).toMatchObject({ replies: [{ atMs: api.clock.now, text: html.trim() }], open: true });
    expect((await summary()).fromStudent).toEqual({ newReplies: 1, dispute: false, erasure: false });
    expect((await side()).releases[0]).toMatchObject({ unread: true, replies: [{ text: html.trim() }] });
    const readTo = api.clock.now;
    expect((await instructor('PUT', `attempts/${world.attempt._id}/replies-read`, { upToMs: readTo })).status).toBe(200);
    expect((await summary()).fromStudent).toBeUndefined();
    api.clock.now += 1_000;
    await reply('I looked at the clock.', 1);
    // Read was only what was there.
    await instructor('PUT', `attempts/${world.attempt._id}/replies-read`, { upToMs: readTo });
    expect((await summary()).fromStudent?.newReplies).toBe(1);
    expect((await side()).releases[0]!.replies.map(({ text }) => text)).toEqual([html.trim(), 'I looked at the clock.']);
    await instructor('PUT', `attempts/${world.attempt._id}/replies-read`, { upToMs: api.clock.now });
    // An older mark takes nothing away.
    await instructor('PUT', `attempts/${world.attempt._id}/replies-read`, { upToMs: 0 });
    expect((await side()).releases[0]!.unread).toBe(false);
  });

  test('sent twice is there once; of two tabs one is told', async () => {
    await Promise.all([reply('Twice', 0), reply('Twice', 0), reply('Twice', 0)]);
    expect((await own()).releases[0]!.replies).toHaveLength(1);
    expect(await told(await reply('From the other tab', 0))).toEqual([409, 'You have replied in another tab. Reload the page, and look at what is there.']);
    const answers = await Promise.all([reply('One', 1), reply('Two', 1)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('has 1 to 2000 characters, and is not taken without bound', async () => {
    expect(await told(await reply(' ', 0))).toEqual([400, 'Write something first.']);
    expect(await told(await reply('x'.repeat(2_001), 0))).toEqual([400, 'Write at most 2000 characters.']);
    const answers: number[] = [];
    for (let i = 0; i < 30; i += 1) answers.push((await reply(`Version ${i}`, i)).status);
    expect(answers.filter((status) => status === 200)).toHaveLength(15);
    expect(new Set(answers)).toEqual(new Set([200, 429]));
  });

  test('stays as it was once a person has decided; a first one can still be written', async () => {
    const decide = (move: string, seen: number): Promise<Response> => instructor('POST', `attempts/${world.attempt._id}/decisions`, { move, reason: 'I have looked', seen });
    await decide('find', 0);
    expect((await own()).releases[0]!.open).toBe(true);
    expect((await reply('Please look at the clock.', 0)).status).toBe(200);
    expect((await own()).releases[0]!.open).toBe(false);
    expect(await told(await reply('Something else', 1))).toEqual([409, 'A decision was made. Your reply stays as it was; you can contest the decision below.']);
    await decide('reopen', 1);
    expect((await reply('Something else', 1)).status).toBe(200);
  });
});

describe('what the student asks for', () => {
  const ask = (kind: string, text = ''): Promise<Response> => student('POST', 'requests', { kind, text });
  const answer = (request: string, text = 'I have looked at it.'): Promise<Response> => instructor('POST', `attempts/${world.attempt._id}/answers`, { request, text });

  test.each(['receiving', 'partial', 'complete'] as const)('a dispute puts the hold on from %s, and only a person takes it off', async (evidence) => {
    await set({ evidence });
    expect(await told(await ask('dispute'))).toEqual([400, 'Write what is not right.']);
    expect((await ask('dispute', 'That was my brother’s phone, in the next room.')).status).toBe(200);
    expect((await attempt()).evidence).toBe('held');
    expect(await own()).toMatchObject({ held: true, requests: [{ kind: 'dispute', text: 'That was my brother’s phone, in the next room.' }] });
    expect((await summary()).fromStudent).toEqual({ newReplies: 0, dispute: true, erasure: false });
    const [request] = (await side()).requests;
    expect(await told(await answer(request!.id, 'x'))).toEqual([400, 'Write the answer, in at least 3 characters.']);
    expect((await answer(request!.id)).status).toBe(200);
    // Most of the minute is not in the record.
    expect((await attempt()).evidence).toBe('partial');
    const after = await own();
    expect(after).toMatchObject({ held: false, requests: [{ answer: { text: 'I have looked at it.' } }] });
    expect(JSON.stringify(after.requests)).not.toContain(teacher._id);
    expect((await summary()).fromStudent).toBeUndefined();
    const entries = await audit();
    expect(entries.map(({ actor, action, detail }) => [actor.kind, action, detail.kind])).toEqual([['student', 'student-request', 'dispute'], ['instructor', 'student-answered', 'dispute']]);
    expect(entries[1]).toMatchObject({ reason: 'I have looked at it.', detail: { before: 'held', after: 'partial' } });
    // The log never forgets, and so does not have the student's words.
    expect(JSON.stringify(entries)).not.toContain('brother');
    // It can be contested again.
    expect((await ask('dispute', 'I do not agree.')).status).toBe(200);
    expect((await attempt()).evidence).toBe('held');
  });

  test.each(['recording', 'ready'] as const)('a dispute that is answered while the attempt is %s says nothing of the record yet', async (progress) => {
    await set({ evidence: 'complete' });
    expect((await ask('dispute', 'That was not me.')).status).toBe(200);
    await set({ progress });
    const [request] = (await side()).requests;
    expect((await answer(request!.id)).status).toBe(200);
    expect((await attempt()).evidence).toBe('receiving');
  });

  test('sent many times at once is there once, also while the record is being judged', async () => {
    await set({ evidence: 'receiving' });
    const answers = await Promise.all([...Array.from({ length: 6 }, () => ask('dispute', 'Same words')), store.Attempts.updateOne({ _id: world.attempt._id, evidence: 'receiving' }, { evidence: 'complete' }).exec()]);
    expect(answers.slice(0, 6).map((one) => (one as Response).status)).toEqual(Array.from({ length: 6 }, () => 200));
    expect((await attempt()).requests).toHaveLength(1);
    expect((await attempt()).evidence).toBe('held');
    expect(await told(await ask('dispute', 'Other words'))).toEqual([409, 'You have asked already. A person has to answer that first.']);
    const standing = async (): Promise<number> => (await audit()).reduce((sum, { detail }) => sum + (detail.kind ? 1 : -1), 0);
    expect(await standing()).toBe(1);
    await Promise.all(Array.from({ length: 6 }, () => ask('erasure')));
    expect((await attempt()).requests!.map(({ kind }) => kind)).toEqual(['dispute', 'erasure']);
    expect(await standing()).toBe(2);
  });

  test('is answered once', async () => {
    await ask('dispute', 'It was not me.');
    const [request] = (await side()).requests;
    const answers = await Promise.all([answer(request!.id, 'One'), answer(request!.id, 'Two')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await told(await answer(request!.id))).toEqual([409, 'Somebody has just answered this. Look at what they wrote.']);
    expect((await answer(store.newId())).status).toBe(404);
  });

  test('for deletion deletes nothing, by asking or by answering', async () => {
    expect((await ask('erasure')).status).toBe(200);
    expect((await ask('erasure')).status).toBe(200);
    expect((await attempt()).requests).toMatchObject([{ kind: 'erasure', text: '' }]);
    expect((await summary()).fromStudent).toEqual({ newReplies: 0, dispute: false, erasure: true });
    const [request] = (await side()).requests;
    await ask('dispute', 'Both at once.');
    expect((await answer(request!.id, 'It goes when its time is over.')).status).toBe(200);
    // The hold is another request's.
    expect((await attempt()).evidence).toBe('held');
    await access(segmentFile(join(api.data, 'segments'), (await store.segmentById(world.segment))!));
    expect(await store.findingById(world.finding)).not.toBeNull();
  });

  test('is refused before the end, and where nothing was recorded', async () => {
    await set({ progress: 'recording' });
    expect((await ask('dispute', 'Too early')).status).toBe(409);
    await set({ progress: 'expired', $unset: { startedAt: 1 } });
    expect(await told(await ask('erasure'))).toEqual([409, 'Nothing was recorded in this attempt.']);
  });
});

describe('the student’s link', () => {
  const later = async (ms: number, act: () => Promise<void>): Promise<void> => {
    const before = api.clock.now;
    api.clock.now += ms;
    try {
      await act();
    } finally {
      api.clock.now = before;
    }
  };
  const open = async (): Promise<boolean> => {
    const { status } = await student('GET', 'attempt');
    expect([200, 410]).toContain(status);
    return status === 200;
  };

  test('opens the own attempt for as long as the recording is kept, and nothing else', async () => {
    await release();
    await later(20 * dayMs, async () => {
      expect(await open()).toBe(true);
      expect((await own()).releases).toHaveLength(1);
      expect((await reply('Late, and heard.', 0)).status).toBe(200);
      const closed = api.routes.filter((route) => route.access === 'student' && !route.afterwards);
      expect(closed.length).toBeGreaterThan(10);
      for (const { method, path } of closed) expect((await call(api, method, path.replace(/:\w+/g, 'x'), { headers: { authorization: `Bearer ${world.token}` } })).status, `${method} ${path}`).toBe(410);
    });
    await later(31 * dayMs, async () => {
      for (const { method, path } of api.routes.filter(({ access: who }) => who === 'student')) expect((await call(api, method, path.replace(/:\w+/g, 'x'), { headers: { authorization: `Bearer ${world.token}` } })).status, `${method} ${path}`).toBe(410);
    });
  });

  test('opens it beyond that while it is held', async () => {
    await student('POST', 'requests', { kind: 'dispute', text: 'It was not me.' });
    await later(100 * dayMs, async () => expect(await open()).toBe(true));
    await set({ evidence: 'partial' });
    await later(100 * dayMs, async () => expect(await open()).toBe(false));
  });

  test('opens nothing when it was withdrawn, or where nothing was started', async () => {
    await set({ linkExpiresAt: new Date(0) });
    await later(20 * dayMs, async () => expect(await open()).toBe(false));
    await set({ linkExpiresAt: world.attempt.linkExpiresAt, $unset: { startedAt: 1 } });
    await later(20 * dayMs, async () => expect(await open()).toBe(false));
  });
});

describe('the download', () => {
  const ticket = async (): Promise<string> => ((await (await student('POST', 'download', {})).json()) as { url: string }).url;
  const download = async (): Promise<Map<string, Buffer>> => {
    const answer = await call(api, 'GET', await ticket());
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="my-exam-\d{4}-\d\d-\d\d\.zip"$/);
    return filesIn(Buffer.from(await answer.arrayBuffer()));
  };
  const jsonOf = (files: Map<string, Buffer>, name: string): unknown => JSON.parse(files.get(name)!.toString());

  test('has the recording, the agreement and what is the student’s; not what nobody has shown, names of instructors or their free words', async () => {
    await store.addEvents(world.attempt._id, [{ id: '01234567-89ab-cdef-0123-456789abcdef', atMs: api.clock.now, kind: 'paste', characters: 7 }]);
    await instructor('POST', `attempts/${world.attempt._id}/resolutions`, { ...momentOf(world), verdict: 'real', reason: 'A secret reason' });
    await store.Attempts.updateOne({ _id: world.attempt._id }, { $push: { history: { atMs: api.clock.now, kind: 'reopened', detail: '20 minutes left: A secret: reason' } } });
    const files = await download();
    expect(files.get('attempt.json')!.toString()).toContain('20 minutes left');
    expect([...files.keys()]).toEqual(['README.txt', 'attempt.json', 'findings.json', 'browser-events.json', 'screen-words.json', 'recording.json', 'recording/webcam/1-00000.webm']);
    const media = files.get('recording/webcam/1-00000.webm')!;
    expect(media.equals(world.media)).toBe(true);
    expect(jsonOf(files, 'recording.json')).toMatchObject([{ file: 'recording/webcam/1-00000.webm', seconds: 10, sha256: createHash('sha256').update(media).digest('hex') }]);
    expect(jsonOf(files, 'attempt.json')).toMatchObject({
      student: { name: `Student side${count}` },
      agreement: { notice: 'What was agreed to, word for word.' },
      keptUntil: new Date(api.clock.now + 60_000 + 30 * dayMs).toISOString(),
      review: { state: 'not decided' },
    });
    expect(jsonOf(files, 'findings.json')).toEqual([]);
    expect(jsonOf(files, 'screen-words.json')).toEqual([]);
    expect(jsonOf(files, 'browser-events.json')).toEqual([{ at: new Date(api.clock.now).toISOString(), atMs: api.clock.now, kind: 'paste', characters: 7 }]);
    expect(files.get('README.txt')!.toString()).toContain('no instructor has shown you');

    await release();
    await own();
    await reply('I looked at the clock.', 0);
    const shown = await download();
    expect(jsonOf(shown, 'findings.json')).toMatchObject([{ kind: 'face-absent', yourReply: [{ text: 'I looked at the clock.' }] }]);
    expect(jsonOf(shown, 'findings.json')).not.toMatchObject([{ aPersonSaid: 'real' }]);
    expect(shown.get(`pictures/face-absent-${momentOf(world).startMs}.jpg`)).toEqual(Buffer.from([0xff, 0xd8, 0xff, 0xd9]));

    await instructor('POST', `attempts/${world.attempt._id}/decisions`, { move: 'find', reason: 'Another secret reason', seen: 0 });
    const decided = await download();
    expect(jsonOf(decided, 'findings.json')).toMatchObject([{ aPersonSaid: 'real' }]);
    expect(jsonOf(decided, 'attempt.json')).toMatchObject({ review: { state: 'violation', steps: [{ move: 'find', by: 'an instructor' }] } });
    for (const all of [files, shown, decided])
      for (const [name, content] of all) {
        expect(content.toString(), name).not.toMatch(new RegExp(`secret|Note of|${teacher._id}|${teacher.name}@|"${teacher.name}"|${other.attempt._id}|score`));
      }
    const entries = await audit();
    expect(entries.filter(({ action }) => action === 'student-download')).toHaveLength(3);
    expect(entries.find(({ action }) => action === 'student-download')!.actor).toEqual({ kind: 'student', id: world.attempt._id, name: `Student side${count}` });
  });

  test('of an attempt without finding is one’s own, whatever name is given', async () => {
    expect(jsonOf(await download(), 'attempt.json')).toMatchObject({ student: { name: `Student side${count}` } });
    expect((await student('POST', `download?attempt=${other.attempt._id}`, { attempt: other.attempt._id })).status).toBe(200);
    expect((await call(api, 'GET', `/api/downloads/${other.token}`)).status).toBe(401);
    expect((await call(api, 'GET', '/api/downloads/x.y.z')).status).toBe(401);
    // What opens a download opens nothing else.
    const asLink = (await ticket()).split('/').at(-1)!;
    expect((await call(api, 'GET', '/api/student/own', { headers: { authorization: `Bearer ${asLink}` } })).status).toBe(401);
    expect((await call(api, 'GET', '/api/courses', { headers: { cookie: `vigil-session=${asLink}` } })).status).toBe(401);
  });

  test('begins within a minute, four times an hour; looking at its size does not count', async () => {
    const url = await ticket();
    api.clock.now += 61_000;
    expect(await told(await call(api, 'GET', url))).toEqual([410, 'This address was good for a minute. Open your link again, and press “Download my data”.']);
    const again = await ticket();
    expect((await call(api, 'HEAD', again)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 50 }, async () => {
      const answer = await call(api, 'GET', again);
      await answer.arrayBuffer();
      return answer.status;
    }));
    expect(answers.filter((status) => status === 200)).toHaveLength(4);
    expect(answers.filter((status) => status === 429)).toHaveLength(46);
    expect(await told(await student('POST', 'download', {}))).toEqual([429, 'You have downloaded it several times just now. Try again in an hour.']);
    expect((await audit()).filter(({ action }) => action === 'student-download')).toHaveLength(4);
  });

  test('that breaks off leaves no file open, and one that fails does not look whole', async () => {
    const file = segmentFile(join(api.data, 'segments'), (await store.segmentById(world.segment))!);
    await writeFile(file, Buffer.alloc(40_000_000, 7));
    const isHeld = async (): Promise<boolean> => {
      const links = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
      return links.includes(file);
    };
    const away = new AbortController();
    const answer = await fetch(api.url + (await ticket()), { signal: away.signal });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    // As far as the recording, which is far more than is on the way at once.
    for (let bytes = 0; bytes < 1_000_000; bytes += (await reader.read()).value?.length ?? Infinity);
    expect(await isHeld()).toBe(true);
    away.abort();
    await expect.poll(isHeld).toBe(false);
    await expect.poll(() => api.logged.some((line) => line.includes('download cut short'))).toBe(true);
    await rm(file);
    // It can be opened, and not read.
    await mkdir(file);
    const failing = await fetch(api.url + (await ticket()));
    expect(failing.status).toBe(200);
    await expect(failing.arrayBuffer()).rejects.toThrow();
  });

  test('says which file is not there any more, and is whole all the same', async () => {
    await rm(segmentFile(join(api.data, 'segments'), (await store.segmentById(world.segment))!));
    const files = await download();
    expect(jsonOf(files, 'not-there-any-more.json')).toEqual(['recording/webcam/1-00000.webm']);
  });
});

test('50 requests a minute of one attempt: some are refused, another student notices nothing', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => student('GET', 'own')));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(30);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  await own(other);
});

test('a link that was made before the agreement knew the days keeps to the exam’s', async () => {
  await set({ $unset: { 'agreement.retentionDays': 1 } });
  expect((await own()).keptUntilMs).toBe(api.clock.now + 60_000 + 30 * dayMs);
  expect(linkOf(secret, api.url, await attempt(), api.clock.now)).toContain('/take#');
});
