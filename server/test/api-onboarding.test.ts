import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditEntry, FreshLook, LookAnswer, OnboardingStep, OnboardingSummary, OnboardingView } from '@vigil/protocol';
import { onboardingKey, readConfig } from '@vigil/protocol';
import { workerEntry } from '@vigil/recorder/worker';
import pino from 'pino';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Onboarding } from '../src/onboarding/onboarding.js';
import { startOnboardingSweep } from '../src/onboarding/sweep.js';
import { linkOf } from '../src/links/links.js';
import { newAttempt } from '../src/review/new-attempt.js';
import { mongoose } from '../src/store/mongoose.js';
import { Attempts, Exams, Looks, Onboardings } from '../src/store/index.js';
import type { AttemptDocument } from '../src/store/index.js';
import { call, makeWorld, secret, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

const media = fileURLToPath(new URL('../../../shared/media/', import.meta.url));
const faces = existsSync(join(media, 'baseline-F.jpg'));
const face = (who: string): Buffer => readFileSync(join(media, `baseline-${who}.jpg`));

let api: Api;
let world: World;
let cookie: string;
let worker: ChildProcess;

beforeAll(async () => {
  api = await startApi();
  world = await makeWorld(api, 'onboarding');
  await Exams.updateOne({ _id: world.exam._id }, { $set: { 'rules.identity': { document: false, room: false } } });
  cookie = await signIn(api, world);
  worker = fork(workerEntry, { silent: true, env: { PATH: process.env['PATH'] ?? '', MONGODB_URI: api.uri, VIGIL_DATA: api.data, VIGIL_LOG: 'warn' } });
  await once(worker, 'message');
}, 60_000);
afterAll(async () => {
  const gone = once(worker, 'exit');
  worker.kill();
  await gone;
  await api.close();
});

interface Student {
  attempt: AttemptDocument;
  ask: (method: string, path: string, body?: unknown) => Promise<Response>;
  show: (step: OnboardingStep, picture: Uint8Array, query?: string) => Promise<Response>;
}

async function student(name: string, email: string): Promise<Student> {
  const attempt = await newAttempt(world.exam, { name, email }, 14, api.clock.now);
  const authorization = `Bearer ${new URL(linkOf(secret, api.url, attempt, api.clock.now)).hash.slice(1)}`;
  await Attempts.updateOne({ _id: attempt._id }, { $set: { progress: 'checking', agreement: { at: new Date(), noticeVersion: 'x', notice: 'x' } } });
  return {
    attempt,
    ask: (method, path, body) => call(api, method, `/api/student/${path}`, { headers: { authorization }, body }),
    show: (step, picture, query = '') =>
      fetch(`${api.url}/api/student/onboarding/${step}${query}`, { method: 'PUT', headers: { authorization, origin: api.url, 'content-type': 'image/jpeg' }, body: new Uint8Array(picture) }),
  };
}
const json = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;
async function agreed(one: Student): Promise<OnboardingView> {
  const { notice } = await json<OnboardingView>(one.ask('GET', 'onboarding'));
  return json<OnboardingView>(one.ask('POST', 'onboarding', { noticeVersion: notice.version, agreed: true }));
}
/** What the machine cannot accept of a drawing a person accepts. */
async function throughPerson(one: Student, picture: Uint8Array): Promise<void> {
  const { steps } = await agreed(one);
  for (const { step } of steps) {
    await (await one.show(step, picture)).arrayBuffer();
    await (await one.ask('POST', `onboarding/${step}/person`)).arrayBuffer();
  }
}
const blank = (): Promise<Buffer> => sharp({ create: { width: 640, height: 480, channels: 3, background: '#a0a0a0' } }).jpeg().toBuffer();
const onboardingOf = async (one: Student) => (await Onboardings.findOne({ person: one.attempt.student.email }).lean().exec())!;

describe('an onboarding', { timeout: 120_000 }, () => {
  test('asks nothing where the exam does not', async () => {
    await Exams.updateOne({ _id: world.exam._id }, { $unset: { 'rules.identity': 1 } });
    const one = await student('None', 'none@example.org');
    expect((await one.ask('GET', 'onboarding')).status).toBe(404);
    expect(await json(one.ask('GET', 'attempt'))).toMatchObject({ onboarding: null });
    await Exams.updateOne({ _id: world.exam._id }, { $set: { 'rules.identity': { document: false, room: false } } });
  });

  test('takes nothing before the student agrees, nor out of order, nor what is no picture', async () => {
    const one = await student('Early', 'early@example.org');
    const picture = await blank();
    expect(await json(one.show('front', picture))).toMatchObject({ reason: 'notAgreed' });
    expect(await json(one.ask('POST', 'onboarding', { noticeVersion: 'another', agreed: true }))).toMatchObject({ reason: 'badInput' });
    await agreed(one);
    expect(await json(one.show('closer', picture))).toMatchObject({ reason: 'wrongState' });
    expect(await json(one.show('../front' as OnboardingStep, picture))).toMatchObject({ reason: 'notFound' });
    expect(await json(one.ask('PUT', 'onboarding/front', { $ne: null }))).toMatchObject({ reason: 'badInput' });
    expect(await json(one.show('front', Buffer.alloc(1_000_001)))).toMatchObject({ reason: 'tooLarge' });
    expect(await json(one.show('front', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])))).toMatchObject({ passed: false, problems: ['unreadable'] });
    expect(await json(one.show('front', picture))).toMatchObject({ passed: false, problems: ['no-face'] });
    expect(await json(one.show('front', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"/>')))).toMatchObject({ reason: 'badInput' });
    expect(await json(one.ask('POST', 'onboarding/left/person'))).toMatchObject({ reason: 'wrongState' });
  });

  test('draws the turns by lot', async () => {
    const orders = new Set<string>();
    for (let at = 0; at < 12; at++) orders.add((await agreed(await student('Lot', `lot-${at}@example.org`))).steps.map(({ step }) => step).join());
    expect(orders.size).toBeGreaterThan(1);
    for (const order of orders) expect(order).toMatch(/^front,/);
  });

  test('leaves nothing readable on the disk or in the database', async () => {
    const one = await student('Sealed', 'sealed@example.org');
    await throughPerson(one, await blank());
    const { _id } = await onboardingOf(one);
    const folder = join(api.data, 'onboardings', _id);
    const files = await readdir(folder);
    expect(files.length).toBe(4);
    for (const file of files) {
      const bytes = await readFile(join(folder, file));
      expect(bytes.indexOf(Buffer.from([0xff, 0xd8, 0xff])), file).toBe(-1);
      expect(bytes.indexOf('JFIF'), file).toBe(-1);
    }
    expect(await Looks.countDocuments({})).toBe(0);
    const picture = await call(api, 'GET', `/api/onboardings/${_id}/${(await onboardingOf(one)).steps.front!.look!}`, { headers: { cookie } });
    expect(Buffer.from(await picture.arrayBuffer()).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  });

  test('is looked at by a person, who accepts, or says why not, and the student shows it again', async () => {
    const one = await student('Person', 'person@example.org');
    const picture = await blank();
    await throughPerson(one, picture);
    expect(await json(one.ask('GET', 'attempt'))).toMatchObject({ onboarding: 'with-person' });
    const listed = await json<OnboardingSummary[]>(call(api, 'GET', `/api/courses/${world.course}/onboardings`, { headers: { cookie } }));
    expect(listed[0]!.state).toBe('with-person');
    const own = listed.find((summary) => summary.student.email === 'person@example.org')!;
    expect(own.steps[0]).toMatchObject({ step: 'front', state: 'with-person', problems: ['no-face'] });
    const seen = async (step: OnboardingStep) => (await onboardingOf(one)).steps[step]!.look!;
    const decide = async (step: OnboardingStep, accepted: boolean, reason: string, look?: string) =>
      json<OnboardingSummary>(call(api, 'POST', `/api/onboardings/${own.id}/decision`, { headers: { cookie }, body: { step, look: look ?? (await seen(step)), accepted, reason } }));
    const first = await seen('front');
    expect(await decide('front', true, '')).toMatchObject({ reason: 'badInput' });
    expect(await decide('front', false, 'Please show your whole face.')).toMatchObject({ state: 'refused' });
    expect(await json(one.ask('GET', 'onboarding'))).toMatchObject({ state: 'refused', remark: 'Please show your whole face.' });
    await (await one.show('front', picture)).arrayBuffer();
    await (await one.ask('POST', 'onboarding/front/person')).arrayBuffer();
    // What the student shows meanwhile is not decided on unseen.
    expect(await decide('front', true, 'It is the student.', first)).toMatchObject({ reason: 'wrongState' });
    for (const { step } of own.steps) await decide(step, true, 'It is the student.');
    const audit = await json<AuditEntry[]>(call(api, 'GET', `/api/courses/${world.course}/audit`, { headers: { cookie } }));
    const front = audit.filter(({ detail }) => detail.onboarding === own.id && detail.step === 'front').map(({ action, detail }) => [action, detail.accepted, detail.look === first]);
    // What was decided on is named, and what could not be decided is taken back.
    expect(front).toEqual([['onboarding-decided', false, true], ['onboarding-decided', true, true], ['onboarding-decided', null, true], ['onboarding-decided', true, false]]);
    expect(await json(one.ask('GET', 'onboarding'))).toMatchObject({ state: 'passed', remark: '' });
    expect((await onboardingOf(one)).decisions.map(({ by }) => by)).toContain(world.user.name);
  });

  test('can be declined, for this attempt; what was shown is gone, and the exam goes on', async () => {
    const one = await student('No', 'no@example.org');
    const { steps } = await agreed(one);
    await (await one.show(steps[0]!.step, await blank())).arrayBuffer();
    const { _id } = await onboardingOf(one);
    expect(readdirSync(join(api.data, 'onboardings'))).toContain(_id);
    expect(await json(one.ask('POST', 'onboarding', { noticeVersion: 'x', agreed: false }))).toMatchObject({ state: 'declined' });
    expect(readdirSync(join(api.data, 'onboardings'))).not.toContain(_id);
    expect(await json(one.ask('GET', 'attempt'))).toMatchObject({ onboarding: 'declined', progress: 'checking' });
    // As far as the exam goes in this test, which has no media server.
    expect(await json(one.ask('POST', 'session'))).toMatchObject({ reason: 'noMedia' });
    expect((await Attempts.findById(one.attempt._id).lean().exec())!.history.at(-1)).toMatchObject({ kind: 'identity' });
    expect(await json((await student('No', 'no@example.org')).ask('GET', 'attempt'))).toMatchObject({ onboarding: 'open' });
    expect(await agreed(one)).toMatchObject({ state: 'open', agreedAtMs: expect.any(Number) as number });
  });

  test('is not deleted or changed by way of another exam while one runs; when it is deleted later, the exam says so', async () => {
    const [running, other] = [await student('Two', 'two@example.org'), await student('Two', 'two@example.org')];
    await throughPerson(running, await blank());
    const { _id } = await onboardingOf(running);
    await other.ask('GET', 'onboarding').then((answer) => answer.arrayBuffer());
    const set = (progress: string) => Attempts.updateOne({ _id: running.attempt._id }, { $set: { progress, startedAt: new Date(api.clock.now) } });
    await set('interrupted');
    const declining = { noticeVersion: 'x', agreed: false };
    expect(await json(other.ask('POST', 'onboarding', declining))).toMatchObject({ reason: 'wrongState', message: expect.stringContaining('is running') as string });
    expect(await json(other.show('front', await blank()))).toMatchObject({ reason: 'wrongState' });
    expect(await Onboardings.countDocuments({ _id })).toBe(1);
    await set('submitted');
    expect(await json(other.ask('POST', 'onboarding', declining))).toMatchObject({ state: 'declined' });
    expect(await Onboardings.countDocuments({ _id })).toBe(0);
    expect((await Attempts.findById(running.attempt._id).lean().exec())!.history.at(-1)).toMatchObject({ kind: 'identity', detail: expect.stringContaining('has deleted the onboarding') as string });
  });

  test('keeps what was agreed to when another exam asks for more', async () => {
    const rules = (identity: object) => Exams.updateOne({ _id: world.exam._id }, { $set: { 'rules.identity': identity } });
    const one = await student('More', 'more@example.org');
    for (const identity of [{ document: true, room: false }, { document: false, room: true }, { document: true, room: true }]) {
      await rules(identity);
      if ((await json<OnboardingView>(one.ask('GET', 'onboarding'))).agreedAtMs === null) await agreed(one);
    }
    await rules({ document: false, room: false });
    const { agreements, order, courses } = await onboardingOf(one);
    // The third one asks for nothing that was not agreed to.
    expect(agreements.map(({ document, room }) => [document, room])).toEqual([[true, false], [false, true]]);
    expect(new Set(order).size).toBe(order.length);
    expect(order).toEqual(expect.arrayContaining(['document', 'room']));
    expect(courses).toEqual([world.course]);
  });

  test.skipIf(!faces)('accepts a face, names what is wrong with another, and knows it again', async () => {
    const one = await student('Known', 'known@example.org');
    await agreed(one);
    const dark = await sharp(face('F')).linear(0.2, 0).jpeg().toBuffer();
    expect((await json<LookAnswer>(one.show('front', dark))).problems).toEqual(['too-dark']);
    const cut = await sharp(face('F')).extract({ left: 290, top: 0, width: 350, height: 480 }).jpeg().toBuffer();
    expect((await json<LookAnswer>(one.show('front', cut))).problems.length).toBeGreaterThan(0);
    const two = await sharp(face('B')).extend({ right: 640 }).composite([{ input: face('D'), left: 640, top: 0 }]).jpeg().toBuffer();
    expect((await json<LookAnswer>(one.show('front', two))).problems).toContain('several-faces');
    expect(await json(one.show('front', face('F')))).toMatchObject({ passed: true, problems: [] });
    const { steps } = await json<OnboardingView>(one.ask('GET', 'onboarding'));
    const next = steps[1]!.step;
    const other = (await json<LookAnswer>(one.show(next, face('D')))).problems;
    expect(other).toContain('other-face');
    expect(other).toContain(next === 'closer' ? 'not-closer' : 'not-turned');
    const look = (who: string) => fetchLook(one, face(who));
    expect(await look('F')).toMatchObject({ outcome: 'like' });
    expect(await look('D')).toMatchObject({ outcome: 'unlike' });
    expect((await Attempts.findById(one.attempt._id).lean().exec())!.freshLook).toMatchObject({ outcome: 'unlike' });
    expect((await readdir(join(api.data, 'onboardings', (await onboardingOf(one))._id))).filter((file) => file.startsWith('fresh'))).toEqual([]);
    // Another attempt of the same student needs no onboarding of its own.
    const later = await student('Known', 'known@example.org');
    expect((await json<OnboardingView>(later.ask('GET', 'onboarding'))).steps[0]).toMatchObject({ step: 'front', state: 'passed' });
  });

  test('is deleted when its time is over, key first, also what a killed deletion left', async () => {
    const one = await student('Old', 'old@example.org');
    await throughPerson(one, await blank());
    const { _id, validUntil } = await onboardingOf(one);
    expect(validUntil.getTime() - api.clock.now).toBeCloseTo(365 * 86_400_000, -6);
    await mkdir(join(api.data, 'onboardings', 'f'.repeat(24)), { recursive: true });
    await writeFile(join(api.data, 'onboardings', 'f'.repeat(24), 'front'), 'left behind');
    const config = readConfig({ VIGIL_DATA: api.data });
    const now = () => validUntil.getTime() + 1;
    const stop = await startOnboardingSweep(new Onboarding(config, now), api.data, pino({ level: 'silent' }), now);
    stop();
    expect(await Onboardings.countDocuments({ _id })).toBe(0);
    expect(await mongoose.connection.db!.collection<{ _id: string }>('keys').countDocuments({ _id: onboardingKey(_id) })).toBe(0);
    await vi.waitFor(() => expect(readdirSync(join(api.data, 'onboardings'))).toEqual([]));
  });
});

async function fetchLook(one: Student, picture: Uint8Array): Promise<FreshLook> {
  const authorization = `Bearer ${new URL(linkOf(secret, api.url, one.attempt, api.clock.now)).hash.slice(1)}`;
  const response = await fetch(`${api.url}/api/student/look`, { method: 'POST', headers: { authorization, origin: api.url, 'content-type': 'image/jpeg' }, body: new Uint8Array(picture) });
  return (await response.json()) as FreshLook;
}
