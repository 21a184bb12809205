import type { ExamContent, ExamRules } from '@vigil/protocol';
import { AuditEntry, CourseSummary, ExamDetail, ExamSetup, StudentAttempt } from '@vigil/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { askAgain } from '../src/attempts/ask-again.js';
import { newAttempt } from '../src/review/new-attempt.js';
import { linkOf } from '../src/links/links.js';
import { attemptById, Attempts, examById, Exams, newId } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';
import { call, makeWorld, secret, signIn, startApi } from './api-support.js';
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
  world = await makeWorld(api, `exams-${worlds}`);
  cookie = await signIn(api, world);
});
afterAll(() => api.close());

const ask = (method: string, path: string, body?: unknown): Promise<Response> => call(api, method, path, { headers: { cookie }, ...(body !== undefined && { body }) });
const json = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;
const told = async (response: Response): Promise<unknown> => [response.status, ((await response.json()) as { message?: unknown }).message];
const setup = async (exam = world.exam._id): Promise<ExamSetup> => ExamSetup.parse(await json(ask('GET', `/api/exams/${exam}/setup`)));
type Change = Partial<Omit<ExamContent, 'rules'>> & { rules?: Partial<ExamRules> };
const changed = (exam: ExamContent, { rules, ...rest }: Change): ExamContent => ({ ...exam, ...rest, rules: { ...exam.rules, ...rules } });
/** As a page does that has just been opened. */
const change = async (what: Change, more: { agreed?: 'keep' | 'ask'; reason?: string } = {}): Promise<Response> => {
  const { version: was, exam } = await setup();
  return ask('PUT', `/api/exams/${world.exam._id}`, { was, exam: changed(exam, what), ...more });
};
const audit = async (): Promise<AuditEntry[]> => AuditEntry.array().parse(await json(ask('GET', `/api/attempts/${world.attempt._id}/audit`)));
const content: ExamContent = {
  title: 'Logic',
  instructions: 'Answer all.',
  address: 'https://exam.example/1',
  embed: true,
  durationMinutes: 90,
  opensAtMs: 2_000_000_000_000,
  closesAtMs: 2_000_000_600_000,
  graceMinutes: 5,
  attemptsAllowed: 2,
  allowed: { things: ['paper', 'breaks'], sites: ['wiki.example'] },
  rules: { webcam: true, microphone: false, screen: 'any', minimumSeconds: { speech: 4 }, words: ['chat'], fullscreen: true },
};
const make = (body: unknown, course = world.course): Promise<Response> => ask('POST', `/api/courses/${course}/exams`, body);

/** A student of the exam, at a point of the way. */
async function student(name: string, progress: 'created' | 'checking' | 'ready' | 'recording' | 'submitted' = 'created') {
  const attempt = await newAttempt(world.exam, { name, email: '' }, 14, api.clock.now);
  const headers = { authorization: `Bearer ${new URL(linkOf(secret, api.url, attempt, api.clock.now)).hash.slice(1)}` };
  const show = async (): Promise<StudentAttempt> => StudentAttempt.parse(await json(call(api, 'GET', '/api/student/attempt', { headers })));
  const agree = async (noticeVersion: string): Promise<Response> => call(api, 'POST', '/api/student/agreement', { headers, body: { noticeVersion, agreed: true } });
  if (progress !== 'created') expect((await agree((await show()).notice.version)).status).toBe(200);
  const startedAt = new Date(api.clock.now);
  if (progress === 'ready' || progress === 'recording' || progress === 'submitted') await Attempts.updateOne({ _id: attempt._id }, { progress }).exec();
  if (progress === 'recording' || progress === 'submitted') await Attempts.updateOne({ _id: attempt._id }, { startedAt, endsAt: new Date(api.clock.now + 3_600_000) }).exec();
  if (progress === 'submitted') await Attempts.updateOne({ _id: attempt._id }, { finishedAt: new Date(api.clock.now + 20_000) }).exec();
  return { id: attempt._id, show, agree, stored: async () => (await attemptById(attempt._id))! };
}

describe('a new exam', () => {
  test('is as it was asked for, and in the audit log', async () => {
    const id = newId();
    expect(await json(make({ id, exam: content }))).toEqual({ exam: id });
    const { exam, version, attempts, notice } = await setup(id);
    expect(exam).toEqual({ ...content, rules: { ...content.rules, off: ['face-absent', 'looking-away', 'book'] } });
    expect({ version, attempts }).toEqual({ version: 0, attempts: { waiting: 0, agreed: 0, toOther: 0, running: 0, over: 0 } });
    expect(notice.retentionDays).toBe(30);
    const [course] = CourseSummary.array().parse(await json(ask('GET', '/api/courses')));
    expect(course!.exams.map(({ title }) => title)).toContain('Logic');
    expect(await mongoose.connection.collection('audit').findOne({ exam: id })).toMatchObject({ action: 'exam-made', detail: { title: 'Logic' }, actor: { id: world.user._id } });
  });

  test('comes once, however often it is asked for, also at once', async () => {
    const id = newId();
    const answers = await Promise.all([1, 2, 3].map(() => make({ id, exam: content })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await make({ id, exam: { ...content, title: 'Another' } })).status).toBe(200);
    expect(await Exams.countDocuments({ course: world.course, title: 'Logic' })).toBe(1);
    expect((await setup(id)).exam.title).toBe('Logic');
  });

  test('can be a copy of one of one’s own, which gives its retention as well, and of no other', async () => {
    await Exams.updateOne({ _id: world.exam._id }, { retentionDays: 77 }).exec();
    const id = newId();
    expect((await make({ id, exam: content, copyOf: world.exam._id })).status).toBe(200);
    expect((await examById(id))!.retentionDays).toBe(77);
    const other = await makeWorld(api, `exams-other-${worlds}`);
    expect((await make({ id: newId(), exam: content, copyOf: other.exam._id })).status).toBe(404);
    // Nor does an id lead to an exam of another course, or into one.
    expect((await make({ id: other.exam._id, exam: content })).status).toBe(404);
    expect((await make({ id: newId(), exam: content }, other.course)).status).toBe(404);
    expect(await Exams.countDocuments({ course: other.course })).toBe(1);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['without a title', { title: ' ' }, 'Write a title.'],
    ['that records nothing', { rules: { webcam: false, microphone: false, screen: 'off' } }, 'Choose something that is recorded: camera, microphone or screen.'],
    ['that closes before it opens', { opensAtMs: 5, closesAtMs: 5 }, 'The exam closes after it opens. Correct one of the two times.'],
    ['at no time', { opensAtMs: '2030-01-01' }, 'This is not a date and time.'],
    ['of no length', { durationMinutes: 0 }, 'The exam takes a whole number of minutes, from 1 to 1440.'],
    ['of half a minute', { durationMinutes: 1.5 }, 'The exam takes a whole number of minutes, from 1 to 1440.'],
    ['at an address that is a script', { address: 'javascript:alert(1)' }, 'The address of the exam begins with https:// or http://. Correct it, or leave it empty.'],
    ['at no address', { address: 'exam' }, 'The address of the exam begins with https:// or http://. Correct it, or leave it empty.'],
    ['with no attempt', { attemptsAllowed: 0 }, 'Attempts allowed are a whole number from 1 to 20.'],
    ['that compares faces without a camera', { rules: { webcam: false, microphone: true, screen: 'any', identity: { document: false, room: false } } }, 'A face can only be compared where the camera is recorded.'],
    ['with a word of one letter', { rules: { ...content.rules, words: ['a'] } }, 'A word or site has 2 to 80 characters.'],
    ['with a weight beyond all others', { rules: { ...content.rules, weights: { phone: 101 } } }, 'Points are from 0 to 100.'],
    ['with a length that is none', { rules: { ...content.rules, minimumSeconds: { phone: -1 } } }, 'How long something must last is a number of seconds from 0 to 3600.'],
    ['with a weight that is a query', { rules: { ...content.rules, weights: { phone: { $gt: 0 } } } }, 'Something in the request is not as expected.'],
    ['with kinds that are a query', { rules: { ...content.rules, off: { $in: ['phone'] } } }, 'Something in the request is not as expected.'],
    ['with words that are a query', { rules: { ...content.rules, words: [{ $regex: '.*' }] } }, 'Something in the request is not as expected.'],
    ['with a kind that is not there', { rules: { ...content.rules, weights: { telepathy: 1 } } }, 'Something in the request is not as expected.'],
    ['with a title that is a query', { title: { $ne: '' } }, 'Write a title.'],
    ['with words without end', { rules: { ...content.rules, words: Array.from({ length: 201 }, (_, index) => `word ${index}`) } }, 'There is room for 200 words and sites.'],
  ])('%s is refused, and leaves no trace; so is a change to it', async (_what, wrong, message) => {
    const id = newId();
    expect(await told(await make({ id, exam: { ...content, ...wrong } }))).toEqual([400, message]);
    expect(await examById(id)).toBeNull();
    const before = await examById(world.exam._id);
    expect((await ask('PUT', `/api/exams/${world.exam._id}`, { was: 0, exam: { ...content, ...wrong } })).status).toBe(400);
    expect(await examById(world.exam._id)).toEqual(before);
    expect(await audit()).toEqual([]);
  });
});

describe('a change of an exam', () => {
  test('is stored tidy, and the log tells what was and what is', async () => {
    expect((await change({ title: 'New title', graceMinutes: 20, rules: { weights: { 'face-absent': 7, phone: 6, 'camera-dark': 50 }, words: ['Chat', 'chat '] } }, { reason: ' Too low. ' })).status).toBe(200);
    expect(await examById(world.exam._id)).toEqual({ ...world.exam, title: 'New title', graceMinutes: 20, version: 1, rules: { ...world.exam.rules, weights: { 'face-absent': 7 }, words: ['chat'] } });
    expect(await audit()).toMatchObject([
      {
        action: 'exam',
        exam: world.exam._id,
        reason: 'Too low.',
        detail: { before: { title: world.exam.title, graceMinutes: 10, weights: null, words: null }, after: { title: 'New title', graceMinutes: 20, weights: { 'face-absent': 7 }, words: ['chat'] } },
      },
    ]);
    // What changes nothing is no change.
    expect((await change({})).status).toBe(200);
    expect((await setup()).version).toBe(1);
    expect(await audit()).toHaveLength(1);
    await change({ rules: { off: ['book'] } });
    expect((await audit()).at(-1)).toMatchObject({ action: 'rules', detail: { before: { off: null }, after: { off: ['book'] } } });
  });

  test('of the rules moves the ranking at once', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { progress: 'submitted', startedAt: new Date(api.clock.now), finishedAt: new Date(api.clock.now + 20_000) }).exec();
    const rank = async () => ExamDetail.parse(await json(ask('GET', `/api/exams/${world.exam._id}`))).attempts[0]!.rank;
    expect((await rank()).points).toBe(2);
    await change({ rules: { weights: { 'face-absent': 7 } } });
    expect((await rank()).points).toBe(7);
    // The finding lasts 4 s.
    await change({ rules: { weights: {}, minimumSeconds: { 'face-absent': 5 } } });
    expect((await rank()).points).toBe(0);
    await change({ rules: { minimumSeconds: {}, off: ['face-absent'] } });
    expect(await rank()).toEqual({ points: 0, terms: [] });
    await change({ rules: { off: [] } });
    expect((await rank()).points).toBe(2);
  });

  test('sets nothing else, whatever comes with it', async () => {
    const { exam } = await setup();
    const more = { course: newId(), retentionDays: 1, version: 9, _id: newId(), createdAt: 1, progress: 'submitted', actor: { name: 'Somebody else' } };
    expect((await ask('PUT', `/api/exams/${world.exam._id}`, { was: 0, exam: { ...exam, ...more, rules: { ...exam.rules, ...more, off: ['book'] } }, ...more })).status).toBe(200);
    expect(await examById(world.exam._id)).toEqual({ ...world.exam, version: 1, rules: { ...world.exam.rules, off: ['book'] } });
    expect(await audit()).toMatchObject([{ actor: { name: world.user.name } }]);
  });

  test('takes away what has no value any more', async () => {
    await change({ opensAtMs: 5_000, closesAtMs: 6_000, attemptsAllowed: 3, allowed: { things: ['calculator'], sites: [] } });
    expect(await examById(world.exam._id)).toMatchObject({ opensAt: new Date(5_000), attemptsAllowed: 3, rules: { off: ['phone'] } });
    await change({ opensAtMs: null, closesAtMs: null, attemptsAllowed: null, allowed: { things: [], sites: [] }, rules: { off: [] } });
    expect(await examById(world.exam._id)).toEqual({ ...world.exam, version: 2 });
  });

  test('of two who opened the same version one wins, and the other is told; nothing is mixed', async () => {
    const { version: was, exam } = await setup();
    const answers = await Promise.all(['One', 'Two', 'Three'].map((title) => ask('PUT', `/api/exams/${world.exam._id}`, { was, exam: { ...exam, title } })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 409, 409]);
    const late = answers.find(({ status }) => status === 409)!;
    expect(await told(late)).toEqual([409, 'Somebody else has changed this exam since you opened it. Nothing was saved. Load it again, then make your change.']);
    const { exam: now, version } = await setup();
    expect(version).toBe(1);
    // Read to its end, the log says what holds.
    const held = (await audit()).reduce((title, { detail }) => (detail.after as { title?: string }).title ?? title, '');
    expect(held).toBe(now.title);
  });

  test('sent again after a lost answer is not refused, and not done twice', async () => {
    const { version: was, exam } = await setup();
    const body = { was, exam: { ...exam, title: 'Once' } };
    expect((await ask('PUT', `/api/exams/${world.exam._id}`, body)).status).toBe(200);
    expect((await ask('PUT', `/api/exams/${world.exam._id}`, body)).status).toBe(200);
    expect((await setup()).version).toBe(1);
    expect(await audit()).toHaveLength(1);
  });
});

describe('what students have agreed to', () => {
  const other = { durationMinutes: 30, rules: { microphone: false, screen: 'any' as const } };

  test('is kept by who has agreed, where the instructor says so; who has not follows; who has begun or is over keeps it', async () => {
    const [waiting, checking, ready, recording, over] = await Promise.all([
      student('waiting'),
      student('checking', 'checking'),
      student('ready', 'ready'),
      student('recording', 'recording'),
      student('over', 'submitted'),
    ]);
    // The world's own waits as well.
    expect((await setup()).attempts).toEqual({ waiting: 2, agreed: 2, toOther: 0, running: 1, over: 1 });
    expect(await told(await change(other))).toEqual([409, '2 students have agreed to what the exam was. Say whether they keep that or are asked again.']);
    expect(await audit()).toEqual([]);
    const answer = ExamSetup.parse(await json(change(other, { agreed: 'keep' })));
    expect(answer.asked).toBe(0);
    expect(answer.attempts).toEqual({ waiting: 2, agreed: 2, toOther: 2, running: 1, over: 1 });
    expect((await waiting.show()).exam).toMatchObject({ durationMinutes: 30, rules: { microphone: false, screen: 'any' } });
    for (const one of [checking, ready, recording, over]) expect((await one.show()).exam).toMatchObject({ durationMinutes: 60, rules: { microphone: true, screen: 'monitor' } });
    // What is missing in the record is judged by what was agreed to.
    const { attempts } = ExamDetail.parse(await json(ask('GET', `/api/exams/${world.exam._id}`)));
    expect(Object.keys(attempts.find(({ id }) => id === over.id)!.missingBySource)).toContain('microphone');
    expect(attempts.filter(({ terms }) => terms).map(({ id }) => id).sort()).toEqual([checking.id, ready.id, recording.id, over.id].sort());
    expect((await audit()).at(-1)).toMatchObject({ action: 'exam', detail: { agreed: 'keep', after: { durationMinutes: 30, microphone: false, screen: 'any' } } });
    // More time for one goes on top of what was agreed to.
    expect((await ask('PUT', `/api/attempts/${checking.id}/accommodations`, { accommodations: { extraMinutes: 5 }, reason: 'Decided.' })).status).toBe(200);
    expect((await checking.show()).exam.durationMinutes).toBe(65);
  });

  test('is kept where an attempt was opened again after its end: it has begun', async () => {
    const again = await student('again', 'ready');
    await Attempts.updateOne({ _id: again.id }, { startedAt: new Date(api.clock.now - 120_000), finishedAt: new Date(api.clock.now - 60_000), endsAt: new Date(api.clock.now) });
    expect((await setup()).attempts).toMatchObject({ agreed: 0, running: 1 });
    const answer = ExamSetup.parse(await json(change(other, { agreed: 'ask' })));
    expect(answer).toMatchObject({ asked: 0, attempts: { running: 1 } });
    expect(await askAgain(again.id, api.clock.now)).toBe(false);
    expect(await again.show()).toMatchObject({ progress: 'ready', openAgainMs: 60_000, exam: { durationMinutes: 60 } });
  });

  test('is asked for again, before the start, where the instructor says so; nothing else changes', async () => {
    const [ready, recording] = await Promise.all([student('ready', 'ready'), student('recording', 'recording')]);
    const before = await recording.stored();
    const answer = ExamSetup.parse(await json(change(other, { agreed: 'ask' })));
    expect(answer).toMatchObject({ asked: 1, attempts: { waiting: 2, agreed: 0, toOther: 0, running: 1 } });
    expect((await ready.stored()).agreement).toBeUndefined();
    const shown = await ready.show();
    expect(shown).toMatchObject({ progress: 'created', askedAgain: true, agreedAtMs: null, exam: { durationMinutes: 30 } });
    expect((await ready.agree(shown.notice.version)).status).toBe(200);
    expect(await ready.stored()).toMatchObject({ progress: 'checking', terms: { durationMinutes: 30, microphone: false, screen: 'any' }, agreement: { sources: ['webcam', 'screen'] } });
    expect(await ready.show()).toMatchObject({ askedAgain: false });
    expect((await ready.stored()).history.map(({ kind }) => kind)).toEqual(['created', 'opened', 'agreed', 'asked-again', 'agreed']);
    expect(await recording.stored()).toEqual(before);
    expect(await audit()).toMatchObject([{ action: 'exam', detail: { agreed: 'ask' } }]);
  });

  test('is asked for again later, also by a request that was killed in between', async () => {
    const ready = await student('ready', 'ready');
    await change(other, { agreed: 'keep' });
    expect((await ready.show()).exam.durationMinutes).toBe(60);
    expect(ExamSetup.parse(await json(change({}, { agreed: 'ask' })))).toMatchObject({ asked: 1, version: 1 });
    expect((await ready.show()).progress).toBe('created');
    expect((await audit()).map(({ action }) => action)).toEqual(['exam', 'exam']);
  });

  test('is not touched where nothing of it changes', async () => {
    const ready = await student('ready', 'ready');
    expect((await change({ title: 'Another', instructions: 'More.', opensAtMs: 5, rules: { off: ['book'] } })).status).toBe(200);
    expect(await ready.show()).toMatchObject({ progress: 'ready', exam: { title: 'Another', opensAtMs: 5 } });
    // And back again it is what was agreed to.
    await change({ durationMinutes: 10 }, { agreed: 'keep' });
    expect((await change({ durationMinutes: 60 })).status).toBe(200);
    expect((await setup()).attempts.toOther).toBe(0);
  });

  test('holds for those who agreed before it was kept what', async () => {
    const ready = await student('ready', 'ready');
    await Attempts.updateOne({ _id: ready.id }, { $unset: { terms: 1 } }).exec();
    expect((await change(other)).status).toBe(409);
    await change(other, { agreed: 'keep' });
    expect((await ready.show()).exam).toMatchObject({ durationMinutes: 60, rules: { microphone: true } });
  });

  test('is to what was read, and to what the exam still is when it is stored', async () => {
    const late = await student('late');
    const { notice } = await late.show();
    await change({ durationMinutes: 31 });
    expect(await told(await late.agree(notice.version))).toEqual([400, 'What you are asked to agree to has changed. Reload the page and read it again.']);
    const { notice: now } = await late.show();
    // Somebody changes the exam between the reading and the writing of the agreement.
    const write = Attempts.findOneAndUpdate.bind(Attempts);
    const inBetween = vi.spyOn(Attempts, 'findOneAndUpdate').mockImplementationOnce(((...given: Parameters<typeof write>) => ({
      lean: () => ({
        exec: async () => {
          expect((await change({ durationMinutes: 32 })).status).toBe(200);
          return write(...given).lean().exec();
        },
      }),
    })) as never);
    expect(await told(await late.agree(now.version))).toEqual([400, 'What you are asked to agree to has changed. Reload the page and read it again.']);
    inBetween.mockRestore();
    const shown = await late.show();
    expect(shown).toMatchObject({ progress: 'created', askedAgain: true, exam: { durationMinutes: 32 } });
    expect((await late.agree(shown.notice.version)).status).toBe(200);
    expect((await late.stored()).terms).toMatchObject({ durationMinutes: 32 });
  });

  test('never watches the exam’s page more closely than was agreed', async () => {
    const ready = await student('ready', 'ready');
    await change({ address: 'https://exam.example/', embed: true }, { agreed: 'keep' });
    expect((await ready.show()).exam).toMatchObject({ address: 'https://exam.example/', embed: false });
    expect((await (await student('new')).show()).exam.embed).toBe(true);
  });
});

describe('attempts allowed', () => {
  const link = (name: string, email = ''): Promise<Response> => ask('POST', `/api/exams/${world.exam._id}/attempts`, { name, email });

  test('are counted for each student', async () => {
    await change({ attemptsAllowed: 2 });
    expect((await link('Ada')).status).toBe(200);
    expect((await link('Ada')).status).toBe(200);
    expect(await told(await link('Ada'))).toEqual([409, 'This student has 2 attempts already, and the exam allows no more. To allow more, change “Attempts allowed” of the exam.']);
    expect((await link('Grace')).status).toBe(200);
    await change({ attemptsAllowed: null });
    expect((await link('Ada')).status).toBe(200);
  });

  test('are not exceeded by links that are made at once', async () => {
    await change({ attemptsAllowed: 1 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => link('Ada', 'ada@example.org')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(await Attempts.countDocuments({ exam: world.exam._id, 'student.email': 'ada@example.org' })).toBe(1);
  });
});

describe('deleting an exam', () => {
  const remove = (exam: string, was = 0): Promise<Response> => ask('DELETE', `/api/exams/${exam}?was=${was}`);
  const made = async (): Promise<string> => {
    const id = newId();
    await make({ id, exam: content });
    return id;
  };

  test('takes one away that has no attempts, and is in the log', async () => {
    const id = await made();
    expect((await remove(id, 1)).status).toBe(409);
    expect((await remove(id)).status).toBe(200);
    expect(await examById(id)).toBeNull();
    expect((await remove(id)).status).toBe(404);
    expect(await mongoose.connection.collection('audit').findOne({ exam: id, action: 'exam-deleted' })).toMatchObject({ detail: { title: 'Logic' } });
  });

  test('leaves one with attempts', async () => {
    expect(await told(await remove(world.exam._id))).toEqual([409, 'There are attempts at this exam. Only an exam without attempts can be deleted.']);
    expect(await examById(world.exam._id)).toEqual(world.exam);
  });

  test('and a link made at the same time: one of the two is refused', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await made();
      const [gone, link] = await Promise.all([remove(id), ask('POST', `/api/exams/${id}/attempts`, { name: 'Ada' })]);
      expect([gone.status, link.status], `round ${round}`).toSatisfy(([a, b]: number[]) => (a === 200 && b === 404) || (a === 409 && b === 200));
      expect(await Attempts.countDocuments({ exam: id })).toBe((await examById(id)) ? 1 : 0);
    }
  });
});
