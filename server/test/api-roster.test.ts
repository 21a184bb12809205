import type { AuditEntry, Roster, RosterStudent, StudentAttempt, StudentLink } from '@vigil/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeEvidence } from '../src/attempts/judge-evidence.js';
import { Attempts, attemptById, Exams, newId, noteAllSent, Onboardings } from '../src/store/index.js';
import type { AttemptDocument } from '../src/store/index.js';
import { call, makeWorld, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;
let cookie: string;
beforeAll(async () => {
  api = await startApi();
  world = await makeWorld(api, 'roster');
  cookie = await signIn(api, world);
});
afterAll(() => api.close());

const as = (method: string, path: string, body?: unknown): Promise<Response> => call(api, method, path, { headers: { cookie }, ...(body !== undefined && { body }) });
/** The answer, with its status where it is a refusal. */
const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const answer = await as(method, path, body);
  const data = (await answer.json()) as T;
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(data)}`);
  return data;
};
const minute = 60_000;

/** An exam of its own for each test. */
async function newExam(extra: object = {}): Promise<string> {
  const _id = newId();
  await Exams.create({ _id, course: world.course, title: `Exam ${_id}`, durationMinutes: 60, rules: { webcam: true, microphone: true, screen: 'monitor' }, retentionDays: 30, createdAt: new Date(api.clock.now), ...extra });
  return _id;
}
const add = (exam: string, students: object[], reason?: string): Promise<{ added: number; already: number }> => ask('POST', `/api/exams/${exam}/roster`, { students, ...(reason !== undefined && { reason }) });
const rosterOf = async (exam: string): Promise<RosterStudent[]> => (await ask<Roster>('GET', `/api/exams/${exam}/roster`)).students;
const linkOf = (attempt: string): Promise<StudentLink> => ask('GET', `/api/attempts/${attempt}/link`);
const opened = ({ link }: { link: string }): Promise<Response> => call(api, 'GET', '/api/student/attempt', { headers: { authorization: `Bearer ${new URL(link).hash.slice(1)}` } });
const seen = async (attempt: string): Promise<StudentAttempt> => (await (await opened(await linkOf(attempt))).json()) as StudentAttempt;
const auditOf = (attempt: string): Promise<AuditEntry[]> => ask('GET', `/api/attempts/${attempt}/audit`);

/** A student's attempt that has ended 20 minutes before its time was over. */
async function finished(exam: string, name: string, extra: Partial<AttemptDocument> = {}): Promise<AttemptDocument> {
  await add(exam, [{ name }]);
  const { attempt } = (await rosterOf(exam)).find(({ student }) => student.name === name)!;
  const finishedAt = new Date(api.clock.now - 5 * minute);
  const times = { startedAt: new Date(finishedAt.getTime() - 40 * minute), endsAt: new Date(finishedAt.getTime() + 20 * minute), finishedAt };
  await Attempts.updateOne({ _id: attempt }, { progress: 'submitted', evidence: 'partial', allSentAt: finishedAt, openedAt: times.startedAt, ...times, ...extra });
  return (await attemptById(attempt))!;
}

describe('students are added', () => {
  test('once, however often and by however many they are sent', async () => {
    const exam = await newExam();
    const students = [{ name: 'Ann', email: 'Ann@example.org' }, { name: 'Bo Li' }, { name: 'Cy', email: 'cy@example.org', extraMinutes: 30 }];
    const answers = await Promise.all([1, 2, 3].map(() => add(exam, students, 'Decided by the board.')));
    expect(answers.reduce((sum, { added }) => sum + added, 0)).toBe(3);
    expect(await add(exam, [...students, { name: 'bo  li' }, { name: 'Other', email: 'ann@EXAMPLE.org' }], 'Decided by the board.')).toEqual({ added: 0, already: 5 });
    const rows = await rosterOf(exam);
    expect(rows.map(({ student, number, progress, accommodations }) => [student.name, number, progress, accommodations?.extraMinutes])).toEqual([
      ['Ann', 1, 'created', undefined],
      ['Bo Li', 1, 'created', undefined],
      ['Cy', 1, 'created', 30],
    ]);
    expect(await add(await newExam(), students.slice(0, 2))).toEqual({ added: 2, already: 0 });
    const log = await auditOf(rows[2]!.attempt);
    expect(log.some(({ action, reason, detail }) => action === 'accommodations' && reason === 'Decided by the board.' && (detail.after as { extraMinutes: number }).extraMinutes === 30)).toBe(true);
  });

  test('and are the same students as those whose link was made one by one, also at the same time', async () => {
    const exam = await newExam();
    const make = () => ask<{ attempt: string }>('POST', `/api/exams/${exam}/attempts`, { name: 'Ann', email: 'ann@example.org' });
    await Promise.all([make(), add(exam, [{ name: 'Ann', email: 'ann@example.org' }]), make()]);
    const numbers = (await Attempts.find({ exam }).lean()).map(({ number }) => number).sort();
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(await rosterOf(exam)).toHaveLength(1);
    expect(await add(exam, [{ name: 'Ann', email: 'ann@example.org' }])).toEqual({ added: 0, already: 1 });
  });

  test('2000 in one request, and not one more', async () => {
    const exam = await newExam();
    const many = Array.from({ length: 2_001 }, (_, index) => ({ name: `Student with a rather long name, number ${index}`, email: `student.number.${index}@students.example.org` }));
    await expect(add(exam, many)).rejects.toThrow('At most 2000 students');
    expect(await add(exam, many.slice(1))).toEqual({ added: 2_000, already: 0 });
    expect(await add(exam, many.slice(1))).toEqual({ added: 0, already: 2_000 });
    expect(await rosterOf(exam)).toHaveLength(2_000);
    expect(new Set((await ask<StudentLink[]>('GET', `/api/exams/${exam}/links`)).map(({ link }) => link)).size).toBe(2_000);
  });

  test.each([
    ['nobody', [], 'There is nobody in the list.'],
    ['no name', [{ name: ' ' }], 'Write the student’s name.'],
    ['no address', [{ name: 'Ann', email: 'ann' }], 'This is not an e-mail address.'],
    ['half a minute', [{ name: 'Ann', extraMinutes: 0.5 }], 'Extra time is a whole number of minutes'],
    ['extra time without a reason', [{ name: 'Ann', extraMinutes: 5 }], 'Write the reason for the extra time.'],
  ])('not where there is %s', async (_, students, sentence) => {
    const exam = await newExam();
    await expect(add(exam, students)).rejects.toThrow(sentence);
    expect(await rosterOf(exam)).toEqual([]);
  });
});

describe('the list', () => {
  test('says who is onboarded, where that is asked, and of whom it is not', async () => {
    const exam = await newExam({ rules: { webcam: true, microphone: true, screen: 'monitor', identity: { document: false, room: false } } });
    await add(exam, [{ name: 'Ann', email: 'Onboarded@example.org' }, { name: 'Bo', email: 'late@example.org' }, { name: 'Cy', email: 'overdue@example.org' }, { name: 'Di' }]);
    const di = (await rosterOf(exam)).at(-1)!;
    await Attempts.updateOne({ _id: di.attempt }, { accommodations: { off: [], without: ['webcam'], extraMinutes: 0 } });
    const onboarded = (email: string, validUntil: number) =>
      Onboardings.create({
        ...{ _id: newId(), person: email, scope: 'institution', courses: [world.course], student: { name: email, email }, state: 'passed', order: ['front', 'left', 'right', 'closer'], steps: {}, baseline: {}, decisions: [] },
        ...{ agreements: [{ at: new Date(), noticeVersion: 'x', notice: 'x', document: false, room: false }], validUntil: new Date(validUntil), createdAt: new Date() },
      });
    await onboarded('onboarded@example.org', api.clock.now + 1_000);
    await onboarded('overdue@example.org', api.clock.now - 1_000);
    const { asksOnboarding, students } = await ask<Roster>('GET', `/api/exams/${exam}/roster`);
    expect([asksOnboarding, students.map((row) => row.onboarding)]).toEqual([true, ['passed', 'open', 'open', null]]);
    const other = await newExam();
    expect(await ask<Roster>('GET', `/api/exams/${other}/roster`)).toMatchObject({ asksOnboarding: false, attemptsAllowed: null, students: [] });
    await Exams.updateOne({ _id: other }, { attemptsAllowed: 3 });
    expect((await ask<Roster>('GET', `/api/exams/${other}/roster`)).attemptsAllowed).toBe(3);
  });

  test('a student whose link was never opened can be taken off it, and comes back; another one cannot', async () => {
    const exam = await newExam();
    await add(exam, [{ name: 'Ann' }, { name: 'Bo' }]);
    const [ann, bo] = (await rosterOf(exam)).map(({ attempt }) => attempt) as [string, string];
    const link = await linkOf(ann);
    await ask('DELETE', `/api/attempts/${ann}`);
    expect((await as('DELETE', `/api/attempts/${ann}`)).status).toBe(404);
    expect((await opened(link)).status).toBe(401);
    expect(await add(exam, [{ name: 'Ann' }])).toEqual({ added: 1, already: 0 });
    // Who had the link before does not have it now.
    expect((await opened(link)).status).toBe(410);
    expect((await opened(await linkOf(ann))).status).toBe(200);
    await seen(bo);
    await expect(ask('DELETE', `/api/attempts/${bo}`)).rejects.toThrow('The link was opened');
    expect(await rosterOf(exam)).toHaveLength(2);
    expect((await auditOf(bo)).map(({ action, detail }) => [action, detail.student])).toContainEqual(['student-removed', 'Ann']);
  });
});

describe('a link', () => {
  test('is the same when it is shown again; a new one ends all before', async () => {
    const exam = await newExam();
    await add(exam, [{ name: 'Ann' }]);
    const [{ attempt }] = (await rosterOf(exam)) as [RosterStudent];
    const first = await linkOf(attempt);
    expect((await opened(first)).status).toBe(200);
    expect((await opened(await linkOf(attempt))).status).toBe(200);
    const renewed = await ask<StudentLink>('POST', `/api/attempts/${attempt}/link`, {});
    const old = await opened(first);
    expect([old.status, ((await old.json()) as { message: string }).message]).toEqual([410, 'This link was replaced by a newer one. Use that one, or ask your instructor for it.']);
    expect((await opened(renewed)).status).toBe(200);
    const again = await ask<StudentLink>('POST', `/api/attempts/${attempt}/link`, {});
    expect([(await opened(first)).status, (await opened(renewed)).status, (await opened(again)).status]).toEqual([410, 410, 200]);
    expect(await ask<StudentLink[]>('GET', `/api/exams/${exam}/links`)).toHaveLength(1);
  });

  test('that has expired is followed by one that is good', async () => {
    const exam = await newExam();
    await add(exam, [{ name: 'Ann' }]);
    const [{ attempt }] = (await rosterOf(exam)) as [RosterStudent];
    await Attempts.updateOne({ _id: attempt }, { linkExpiresAt: new Date(api.clock.now - 1_000) });
    expect((await opened(await linkOf(attempt))).status).toBe(410);
    expect((await opened(await ask<StudentLink>('POST', `/api/attempts/${attempt}/link`, {}))).status).toBe(200);
  });

  test('that is made anew while the student is in the checks lets in nobody who was let in before', async () => {
    const { _id } = await finished(await newExam(), 'Ann', { progress: 'checking' });
    await Attempts.updateOne({ _id }, { $set: { session: { id: 'before', node: 'node', since: new Date() } }, $unset: { startedAt: 1, endsAt: 1, finishedAt: 1 } });
    await ask('POST', `/api/attempts/${_id}/link`, {});
    expect((await attemptById(_id))!.session).toBeUndefined();
  });

  test('stays while the student’s browser may send what is missing', async () => {
    const { _id, finishedAt } = await finished(await newExam(), 'Ann');
    await Attempts.updateOne({ _id }, { $unset: { allSentAt: 1 } });
    await expect(ask('POST', `/api/attempts/${_id}/link`, {})).rejects.toThrow('may still send what is missing');
    await Attempts.updateOne({ _id }, { allSentAt: finishedAt! });
    await ask('POST', `/api/attempts/${_id}/link`, {});
  });

  test('of a student who is in the exam stays', async () => {
    const { _id } = await finished(await newExam(), 'Ann', { progress: 'recording' });
    await expect(ask('POST', `/api/attempts/${_id}/link`, {})).rejects.toThrow('The student is in the exam with this link.');
    expect((await seen(_id)).progress).toBe('recording');
  });
});

describe('an attempt is opened again', () => {
  const reopen = (attempt: string, finishedAt: Date | undefined, body: object = {}) =>
    ask('POST', `/api/attempts/${attempt}/reopening`, { reason: 'Finished by mistake.', finishedAtMs: finishedAt?.getTime() ?? 0, ...body });

  test('with the time that was left; all that is there stays, and what comes is waited for', async () => {
    const exam = await newExam();
    const before = await finished(exam, 'Ann', { review: 'flagged', linkExpiresAt: new Date(api.clock.now + minute) });
    await reopen(before._id, before.finishedAt);
    const after = (await attemptById(before._id))!;
    expect(after).toMatchObject({ progress: 'ready', evidence: 'receiving', review: 'flagged', startedAt: before.startedAt, endsAt: before.endsAt, finishedAt: before.finishedAt });
    expect(after.allSentAt).toBeUndefined();
    expect(after.linkExpiresAt.getTime()).toBe(api.clock.now + 14 * 86_400_000);
    expect(after.history.at(-1)).toMatchObject({ kind: 'reopened', detail: '20 minutes left: Finished by mistake.' });
    const shown = await seen(before._id);
    expect([shown.progress, shown.openAgainMs, shown.retaken]).toEqual(['ready', 20 * minute, false]);
    expect((await rosterOf(exam))[0]).toMatchObject({ progress: 'ready', leftMs: 20 * minute });
    expect((await auditOf(before._id)).at(-1)).toMatchObject({ action: 'reopened', reason: 'Finished by mistake.', detail: { minutes: 20 } });
  });

  test('with the minutes that are given, also more and where none were left', async () => {
    const exam = await newExam();
    const ann = await finished(exam, 'Ann');
    await reopen(ann._id, ann.finishedAt, { minutes: 45 });
    expect((await seen(ann._id)).openAgainMs).toBe(45 * minute);
    const late = await finished(exam, 'Bo', { endsAt: new Date(api.clock.now - 10 * minute) });
    await expect(reopen(late._id, late.finishedAt)).rejects.toThrow('Say how many minutes the student is given.');
    await reopen(late._id, late.finishedAt, { minutes: 1 });
    expect((await seen(late._id)).openAgainMs).toBe(minute);
  });

  test('by one of many who do it at once; each says why', async () => {
    const { _id, finishedAt } = await finished(await newExam(), 'Ann');
    await expect(reopen(_id, finishedAt, { reason: ' ' })).rejects.toThrow('Write the reason.');
    await expect(reopen(_id, finishedAt, { minutes: 0 })).rejects.toThrow('Give a whole number of minutes');
    const tries = await Promise.allSettled([10, 20, 30, 40].map((minutes) => reopen(_id, finishedAt, { minutes })));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await attemptById(_id))!.history.filter(({ kind }) => kind === 'reopened')).toHaveLength(1);
    await expect(reopen(_id, finishedAt)).rejects.toThrow('open again already');
  });

  test('as it was seen: not when it went on and ended once more since, nor when it runs, nor where nothing was recorded', async () => {
    const exam = await newExam();
    const ann = await finished(exam, 'Ann');
    await Attempts.updateOne({ _id: ann._id }, { finishedAt: new Date(ann.finishedAt!.getTime() + 1) });
    await expect(reopen(ann._id, ann.finishedAt)).rejects.toThrow('The attempt has just moved on.');
    const bo = await finished(exam, 'Bo', { progress: 'interrupted' });
    await expect(reopen(bo._id, bo.finishedAt)).rejects.toThrow('The attempt is not over.');
    await add(exam, [{ name: 'Cy' }]);
    const cy = (await rosterOf(exam)).find(({ student }) => student.name === 'Cy')!;
    await Attempts.updateOne({ _id: cy.attempt }, { progress: 'expired' });
    await expect(reopen(cy.attempt, undefined)).rejects.toThrow('was never started');
    const di = await finished(exam, 'Di', { evidence: 'purged' });
    await expect(reopen(di._id, di.finishedAt)).rejects.toThrow('was deleted');
  });

  test.each(['cleared', 'violation', 'second_review'] as const)('not while it is %s: that would stand for what nobody has seen', async (review) => {
    const { _id, finishedAt } = await finished(await newExam(), 'Ann', { review });
    await expect(reopen(_id, finishedAt)).rejects.toThrow('Take that back first');
    expect((await attemptById(_id))!.progress).toBe('submitted');
  });

  test('what is held stays held, and what a slow judge or browser says of the end before does not count', async () => {
    const exam = await newExam();
    const held = await finished(exam, 'Ann', { evidence: 'held' });
    await reopen(held._id, held.finishedAt);
    expect((await attemptById(held._id))!.evidence).toBe('held');
    const bo = await finished(exam, 'Bo');
    await reopen(bo._id, bo.finishedAt);
    await judgeEvidence(bo._id, true, api.clock.now);
    await noteAllSent(bo, new Date(api.clock.now));
    const after = (await attemptById(bo._id))!;
    expect([after.evidence, after.allSentAt]).toEqual(['receiving', undefined]);
  });
});

describe('another attempt', () => {
  const retake = (attempt: string, number: number, reason = 'The fire alarm.') => ask<{ attempt: string; link: string }>('POST', `/api/attempts/${attempt}/retake`, { reason, number });

  test('has the next number and a link of its own; the one before stays, and its page says so', async () => {
    const exam = await newExam();
    const accommodations = { off: [], without: [], extraMinutes: 15 };
    const { _id } = await finished(exam, 'Ann', { accommodations });
    const tries = await Promise.allSettled([1, 2, 3, 4, 5].map(() => retake(_id, 1)));
    const [made] = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await Attempts.countDocuments({ exam })).toBe(2);
    expect(await attemptById(made!.attempt)).toMatchObject({ number: 2, progress: 'created', student: { name: 'Ann' }, accommodations });
    expect((await opened(made!)).status).toBe(200);
    expect(await attemptById(_id)).toMatchObject({ number: 1, progress: 'submitted', evidence: 'partial' });
    expect((await seen(_id)).retaken).toBe(true);
    expect((await rosterOf(exam)).map(({ attempt, number }) => [attempt, number])).toEqual([[made!.attempt, 2]]);
    expect((await auditOf(made!.attempt)).some(({ action, reason, detail }) => action === 'retake' && reason === 'The fire alarm.' && detail.number === 2)).toBe(true);
    await expect(retake(_id, 1)).rejects.toThrow('The student has attempt 2 by now.');
  });

  test('comes only after the last one is over, and then that one stays closed', async () => {
    const exam = await newExam();
    const { _id, finishedAt } = await finished(exam, 'Ann');
    const next = await retake(_id, 1);
    await expect(retake(next.attempt, 2)).rejects.toThrow('The last attempt is not over.');
    await expect(retake(_id, 2)).rejects.toThrow('The last attempt is not over.');
    await expect(ask('POST', `/api/attempts/${_id}/reopening`, { reason: 'By mistake.', finishedAtMs: finishedAt!.getTime() })).rejects.toThrow('The student has attempt 2 already.');
    await expect(retake(_id, 1, '')).rejects.toThrow('Write the reason.');
  });

  test.each([1, 2, 3])('or the last one opened again, by two persons at once: one of both, or none (%i)', async () => {
    const exam = await newExam();
    const { _id, finishedAt } = await finished(exam, 'Ann');
    const tries = await Promise.allSettled([retake(_id, 1), ask('POST', `/api/attempts/${_id}/reopening`, { reason: 'By mistake.', finishedAtMs: finishedAt!.getTime() })]);
    const won = tries.map(({ status }) => status === 'fulfilled');
    const attempts = await Attempts.find({ exam }).lean();
    expect([attempts.length === 2, attempts.some(({ progress }) => progress === 'ready')]).toEqual(won);
    expect(won).not.toEqual([true, true]);
  });
});
