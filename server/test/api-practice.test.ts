import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CourseSummary, ExamDetail, Practice } from '@vigil/protocol';
import { segmentId } from '@vigil/protocol';
import { segmentFile } from '@vigil/recorder/capture';
import jwt from 'jsonwebtoken';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sweepAttempts } from '../src/attempts/janitor.js';
import { DeathWatch } from '../src/attempts/death-watch.js';
import { judgeEvidence } from '../src/attempts/judge-evidence.js';
import { sweepPractices } from '../src/practice/delete-practice.js';
import { reindex } from '../src/recordings/reindex.js';
import { newAttempt } from '../src/review/new-attempt.js';
import { AttemptAnalyses, attemptById, Attempts, Findings, indexSegment, recordedByOthers, Segments } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';
import { call, makeWorld, secret, sidecarOf, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

const path = '/api/student/practice';
const minute = 60_000;
let api: Api;
let a: World;
let b: World;
let worlds = 0;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  [a, b] = [await makeWorld(api, `practice-${worlds++}`), await makeWorld(api, `practice-${worlds++}`)];
  for (const { attempt } of [a, b]) await Attempts.updateOne({ _id: attempt._id }, { progress: 'checking' });
});
afterAll(() => api.close());

const as = ({ token }: World): Record<string, string> => ({ authorization: `Bearer ${token}` });
const ask = (world: World, method: string, address = path, headers: Record<string, string> = {}): Promise<Response> =>
  call(api, method, address, { headers: { ...as(world), ...headers } });
const outcome = async (response: Response): Promise<unknown> => [response.status, ((await response.json()) as { reason?: unknown }).reason];
const practiceIdOf = async (world: World): Promise<string | undefined> =>
  (await Attempts.findOne({ 'practice.of': world.attempt._id }, { _id: 1 }).sort({ createdAt: -1 }).lean<{ _id: string }>().exec())?._id;

/** A practice of which a segment was recorded, in the way in which capture leaves it. */
async function practised(world: World): Promise<{ id: string; segment: string; media: Buffer }> {
  expect((await ask(world, 'POST')).status).toBe(200);
  const id = (await practiceIdOf(world))!;
  const media = Buffer.from(`recorded of ${id}, and some more of it`);
  const sidecar = sidecarOf(id, 0, media, api.clock.now);
  const file = segmentFile(join(api.data, 'practice'), sidecar);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, media);
  await writeFile(file.replace(/webm$/, 'json'), JSON.stringify(sidecar));
  await Attempts.updateOne({ _id: id }, { progress: 'submitted', startedAt: new Date(api.clock.now), finishedAt: new Date(api.clock.now + minute) });
  return { id, segment: segmentId(sidecar), media };
}

/** Where an id still is: paths and files of the data folder, and documents of every collection. */
async function tracesOf(id: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(api.data, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (file.includes(id) || (entry.isFile() && (await readFile(file)).includes(id))) found.push(file);
  }
  for (const { collectionName } of await mongoose.connection.db!.collections())
    for (const document of await mongoose.connection.db!.collection(collectionName).find().toArray())
      if (JSON.stringify(document).includes(id)) found.push(`${collectionName}: ${String(document._id)}`);
  return found;
}

describe('beginning', () => {
  test('needs an exam that is agreed to and not begun', async () => {
    const progress = async (to: string): Promise<unknown> => {
      await Attempts.updateOne({ _id: a.attempt._id }, { progress: to });
      return outcome(await ask(a, 'POST'));
    };
    expect(await progress('created')).toEqual([409, 'notAgreed']);
    for (const running of ['recording', 'interrupted']) expect(await progress(running)).toEqual([409, 'wrongState']);
    for (const over of ['submitted', 'expired', 'withdrawn']) expect(await progress(over)).toEqual([409, 'attemptEnded']);
    expect(await practiceIdOf(a)).toBeUndefined();
    expect(await progress('ready')).toEqual([200, undefined]);
  });

  test('does not ask whether the exam is open', async () => {
    await mongoose.connection.collection('exams').updateOne({ _id: a.exam._id as never }, { $set: { opensAt: new Date(api.clock.now + 86_400_000) } });
    expect((await ask(a, 'POST')).status).toBe(200);
    // Without a media process; what is refused for the exam's hours is told otherwise.
    expect(await outcome(await ask(a, 'POST', `${path}/session`))).toEqual([503, 'noMedia']);
    expect(await outcome(await ask(a, 'POST', '/api/student/session'))).toEqual([409, 'notOpenYet']);
  });

  test('deletes the one before, and leaves another student’s alone', async () => {
    const [before, other] = [await practised(a), await practised(b)];
    const now = await practised(a);
    expect(await tracesOf(before.id)).toEqual([]);
    expect(await tracesOf(now.id)).not.toEqual([]);
    expect(await tracesOf(other.id)).not.toEqual([]);
  });

  test('is for some times a day', async () => {
    for (let i = 0; i < 12; i++) expect((await ask(a, 'POST')).status).toBe(200);
    expect(await outcome(await ask(a, 'POST'))).toEqual([429, 'tooMany']);
    expect((await ask(b, 'POST')).status).toBe(200);
    const before = api.clock.now;
    api.clock.now += 86_400_000 + 1;
    expect((await ask(a, 'POST')).status).toBe(200);
    api.clock.now = before;
  });
});

describe('a practice', () => {
  test('is shown to its student, whole and in parts', async () => {
    const { segment, media } = await practised(a);
    const shown = (await (await ask(a, 'GET')).json()) as Practice;
    expect(shown.tracks.map(({ track, segments }) => [track, segments.map(({ id, mimeType }) => [id, mimeType])])).toEqual([
      ['webcam', [[segment, 'video/webm; codecs="vp8,opus"']]],
    ]);
    const address = `${path}/segments/${segment}`;
    expect(Buffer.from(await (await ask(a, 'GET', address)).arrayBuffer())).toEqual(media);
    const part = await ask(a, 'GET', address, { range: 'bytes=3-9' });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, `bytes 3-9/${media.length}`, media.toString('utf8', 3, 10)]);
    expect(part.headers.get('cache-control')).toBe('no-store');
    expect(await outcome(await ask(a, 'GET', address, { range: `bytes=${media.length}-` }))).toEqual([416, 'badRange']);
  });

  test('is nobody else’s: not another student’s, not an instructor’s, and no link’s', async () => {
    const { id, segment } = await practised(a);
    await practised(b);
    for (const headers of [{}, { range: 'bytes=0-1' }]) {
      expect(await outcome(await ask(b, 'GET', `${path}/segments/${segment}`, headers))).toEqual([404, 'notFound']);
      expect(await outcome(await call(api, 'GET', `${path}/segments/${segment}`, { headers }))).toEqual([401, 'linkInvalid']);
    }
    // Nor does the route lead from a practice to the exam's own recordings.
    expect(await outcome(await ask(a, 'GET', `${path}/segments/${a.segment}`))).toEqual([404, 'notFound']);
    const cookie = await signIn(api, a);
    for (const address of [`/api/attempts/${id}`, `/api/segments/${segment}`]) {
      expect(await outcome(await call(api, 'GET', address, { headers: { cookie } }))).toEqual([404, 'notFound']);
      expect(await outcome(await call(api, 'GET', address, { headers: { cookie, range: 'bytes=0-1' } }))).toEqual([404, 'notFound']);
    }
    // Also if a program had found or indexed something of it.
    await Findings.create({ ...(await Findings.findById(a.finding).lean())!, _id: `${id}-x`, attempt: id });
    await indexSegment(sidecarOf(id, 0, Buffer.from('x'), 1), api.clock.now);
    expect(await outcome(await call(api, 'GET', `/api/findings/${id}-x/evidence`, { headers: { cookie } }))).toEqual([404, 'notFound']);
    expect(await outcome(await call(api, 'GET', `/api/segments/${segment}`, { headers: { cookie } }))).toEqual([404, 'notFound']);
    expect(await outcome(await call(api, 'GET', path, { headers: { cookie } }))).toEqual([401, 'linkInvalid']);
    const link = jwt.sign({ iss: 'vigil', aud: 'take', sub: id, exp: 9_999_999_999 }, secret);
    for (const address of [path, '/api/student/attempt', '/api/student/coverage'])
      expect(await outcome(await call(api, 'GET', address, { headers: { authorization: `Bearer ${link}` } }))).toEqual([401, 'linkInvalid']);
    await ask(a, 'DELETE');
  });

  test('is in no list and in no count', async () => {
    const cookie = await signIn(api, a);
    const seen = async (): Promise<unknown> => {
      const courses = (await (await call(api, 'GET', '/api/courses', { headers: { cookie } })).json()) as CourseSummary[];
      const exam = (await (await call(api, 'GET', `/api/exams/${a.exam._id}`, { headers: { cookie } })).json()) as ExamDetail;
      const queue = ((await (await call(api, 'GET', '/api/health')).json()) as { queue: unknown }).queue;
      return [courses, exam.attempts, queue];
    };
    const before = await seen();
    const { id } = await practised(a);
    expect(await seen()).toEqual(before);
    await Attempts.updateOne({ _id: id }, { progress: 'recording' });
    expect(await seen()).toEqual(before);
    expect((await newAttempt(a.exam, a.attempt.student, 1, api.clock.now)).number).toBe(2);
  });

  test('is not judged, restored or indexed', async () => {
    const { id } = await practised(a);
    await Attempts.updateOne({ _id: id }, { session: { id: 's', node: 'gone', since: new Date() } });
    expect(await recordedByOthers([], new Date(0))).not.toContain(id);
    await judgeEvidence(id, true, api.clock.now);
    const node = { id: 'me', owns: () => false, steadySinceMs: () => 0 };
    await sweepAttempts({ node, now: () => api.clock.now + 86_400_000, logger: pino({ level: 'silent' }) }, new DeathWatch(1_000));
    expect(await attemptById(id)).toMatchObject({ evidence: 'receiving', history: [{ kind: 'created' }] });
    await reindex(join(api.data, 'segments'), () => api.clock.now, false);
    expect(await Segments.countDocuments({ attempt: id })).toBe(0);
  });
});

describe('deleting', () => {
  test('leaves nothing of it anywhere, and the exam as it was', async () => {
    const { id, segment } = await practised(a);
    const exam = await tracesOf(a.attempt._id);
    // More than a practice ever has: one of each place that something of an attempt can be in.
    await indexSegment(sidecarOf(id, 0, Buffer.from('x'), 1), api.clock.now);
    await Findings.create({ ...(await Findings.findById(a.finding).lean())!, _id: `${id}-x`, attempt: id });
    await AttemptAnalyses.create({ _id: id, open: true, asked: 1, tries: 0, availableAt: new Date() });
    for (const file of [`uploads/${id}-0`, `uploads/${id}-0.json`, `evidence/${id}/x.jpg`, `segments/${id}/webcam/x.part`]) {
      await mkdir(dirname(join(api.data, file)), { recursive: true });
      await writeFile(join(api.data, file), id);
    }
    expect((await tracesOf(id)).length).toBeGreaterThan(10);
    expect(await (await ask(a, 'DELETE')).json()).toEqual({});
    expect(await tracesOf(id)).toEqual([]);
    expect(await tracesOf(a.attempt._id)).toEqual(exam.filter((trace) => !trace.includes(id)));
    expect(await outcome(await ask(a, 'GET'))).toEqual([404, 'notFound']);
    expect(await outcome(await ask(a, 'POST', `${path}/session`))).toEqual([404, 'notFound']);
    expect(await outcome(await ask(a, 'GET', `${path}/segments/${segment}`, { range: 'bytes=0-1' }))).toEqual([404, 'notFound']);
    expect((await ask(a, 'DELETE')).status).toBe(200);
    await reindex(join(api.data, 'segments'), () => api.clock.now, true);
    expect(await tracesOf(id)).toEqual([]);
  });

  test('waits until nothing is recorded any more', async () => {
    const { id } = await practised(a);
    await Attempts.updateOne({ _id: id }, { progress: 'recording' });
    const before = await tracesOf(id);
    for (const method of ['DELETE', 'POST']) expect(await outcome(await ask(a, method))).toEqual([409, 'wrongState']);
    expect(await tracesOf(id)).toEqual(before);
    await Attempts.updateOne({ _id: id }, { progress: 'interrupted' });
    expect((await ask(a, 'DELETE')).status).toBe(200);
    expect(await tracesOf(id)).toEqual([]);
  });

  test('comes by itself, ten minutes after the page last asked for it', async () => {
    const { id } = await practised(a);
    const began = api.clock.now;
    for (const [minutes, kept] of [[9, true], [18, true], [27.9, true], [38, false]] as const) {
      api.clock.now = began + minutes * minute;
      await sweepPractices(api.data, api.clock.now);
      expect((await ask(a, 'GET')).status).toBe(kept ? 200 : 404);
    }
    api.clock.now = began;
    expect(await tracesOf(id)).toEqual([]);
  });

  test('comes by itself an hour after it was made, whatever the page asks', async () => {
    const { id } = await practised(a);
    const began = api.clock.now;
    for (let minutes = 5; minutes < 60; minutes += 5) {
      api.clock.now = began + minutes * minute;
      await sweepPractices(api.data, api.clock.now);
      expect((await ask(a, 'GET')).status).toBe(200);
    }
    api.clock.now = began + 60 * minute;
    // Over, before it is swept.
    expect((await ask(a, 'GET')).status).toBe(404);
    expect(await tracesOf(id)).not.toEqual([]);
    await sweepPractices(api.data, api.clock.now);
    api.clock.now = began;
    expect(await tracesOf(id)).toEqual([]);
  });

  test.each(['Findings', 'Segments', 'Attempts'] as const)('that stops in the middle, at %s, is done by the next sweep', async (place) => {
    const { id } = await practised(a);
    const fails = { Findings: () => vi.spyOn(Findings, 'deleteMany'), Segments: () => vi.spyOn(Segments, 'deleteMany'), Attempts: () => vi.spyOn(Attempts, 'deleteOne') };
    const spy = fails[place]().mockImplementationOnce(() => {
      throw new Error('killed');
    });
    expect((await ask(a, 'DELETE')).status).toBe(500);
    spy.mockRestore();
    expect(await tracesOf(id)).not.toEqual([]);
    expect((await ask(a, 'GET')).status).toBe(404);
    await sweepPractices(api.data, api.clock.now);
    expect(await tracesOf(id)).toEqual([]);
  });

  test('of one that cannot be deleted keeps no other from it', async () => {
    await sweepPractices(api.data, api.clock.now);
    const [first, other, late] = [await practised(a), await practised(b), (await newAttempt(a.exam, a.attempt.student, 3, api.clock.now))._id];
    await mkdir(join(api.data, 'practice', late));
    await Attempts.deleteOne({ _id: late });
    for (const { id } of [first, other]) await Attempts.updateOne({ _id: id }, { 'practice.deleteAt': new Date(api.clock.now) });
    const spy = vi.spyOn(Findings, 'deleteMany').mockImplementationOnce(() => {
      throw new Error('ENOTEMPTY');
    });
    await expect(sweepPractices(api.data, api.clock.now)).rejects.toMatchObject({ errors: [{ message: 'ENOTEMPTY' }] });
    spy.mockRestore();
    expect(await Promise.all([first.id, other.id, late].map(async (id) => (await tracesOf(id)).length > 0))).toEqual([true, false, false]);
    await sweepPractices(api.data, api.clock.now);
    expect(await tracesOf(first.id)).toEqual([]);
  });

  test('takes what was still being written when it was deleted', async () => {
    const { id } = await practised(a);
    await ask(a, 'DELETE');
    const file = join(api.data, 'practice', id, 'webcam', 'x.part');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'late');
    const other = await practised(b);
    await sweepPractices(api.data, api.clock.now);
    expect(await tracesOf(id)).toEqual([]);
    expect(await tracesOf(other.id)).not.toEqual([]);
  });
});
