import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttemptTimeline, CourseSummary, ExamDetail, NewAttemptAnswer, StudentAttempt } from '@vigil/protocol';
import { call, makeWorld, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';
import { attemptById, Attempts, Findings, Segments, Users } from '../src/store/index.js';

let api: Api;
let world: World;
let cookie: string;

beforeAll(async () => {
  api = await startApi();
  world = await makeWorld(api, 'main');
  cookie = await signIn(api, world);
});
afterAll(() => api.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => call(api, 'GET', path, { headers: { cookie, ...headers } });
const reasonOf = async (response: Response): Promise<unknown> => ((await response.json()) as { reason?: unknown }).reason;

describe('the instructor’s pages', () => {
  test('list courses and exams', async () => {
    const courses = CourseSummary.array().parse(await (await get('/api/courses')).json());
    expect(courses).toMatchObject([{ id: world.course, exams: [{ id: world.exam._id, attempts: 1, recording: 0, submitted: 0 }] }]);
  });

  test('show an exam with its attempts', async () => {
    const exam = ExamDetail.parse(await (await get(`/api/exams/${world.exam._id}`)).json());
    expect(exam.attempts).toMatchObject([
      { id: world.attempt._id, progress: 'created', analysis: 'pending', rank: { points: 2, terms: [{ kind: 'face-absent', incidents: 1 }] }, outlier: false, missingSeconds: 0, openedAtMs: null, declinedAtMs: null },
    ]);
  });

  test('say of an attempt that was not started whether its link was opened, and declined', async () => {
    const other = await makeWorld(api, 'opened');
    const headers = { cookie: await signIn(api, other) };
    const shown = async (): Promise<unknown> => ExamDetail.parse(await (await get(`/api/exams/${other.exam._id}`, headers)).json()).attempts;
    const student = { headers: { authorization: `Bearer ${other.token}` } };
    const openedAtMs = api.clock.now;
    const { notice } = StudentAttempt.parse(await (await call(api, 'GET', '/api/student/attempt', student)).json());
    api.clock.now += 1_000;
    await call(api, 'GET', '/api/student/attempt', student);
    expect(await shown()).toMatchObject([{ progress: 'created', openedAtMs, declinedAtMs: null }]);
    await call(api, 'POST', '/api/student/agreement', { ...student, body: { noticeVersion: notice.version, agreed: false } });
    expect(await shown()).toMatchObject([{ progress: 'created', openedAtMs, declinedAtMs: api.clock.now }]);
    expect((await attemptById(other.attempt._id))!.history.map(({ kind }) => kind)).toEqual(['created', 'opened', 'declined']);
  });

  test('name whom a student asks whose link does not work', async () => {
    expect(await (await call(api, 'GET', '/api/contact')).json()).toEqual({ contact: 'your instructor' });
  });

  test('show the timeline with segments, gaps and incidents', async () => {
    const startMs = api.clock.now;
    const other = await makeWorld(api, 'timeline');
    await Attempts.updateOne(
      { _id: other.attempt._id },
      { progress: 'submitted', startedAt: new Date(startMs), finishedAt: new Date(startMs + 20_000) },
    );
    const headers = { cookie: await signIn(api, other) };
    const timeline = AttemptTimeline.parse(await (await get(`/api/attempts/${other.attempt._id}`, headers)).json());
    expect(timeline).toMatchObject({ startMs, endMs: startMs + 20_000, analysis: 'pending' });
    expect(timeline.tracks.map(({ track }) => track)).toEqual(['webcam', 'screen']);
    expect(timeline.tracks[0]!.segments).toMatchObject([{ id: other.segment, bytes: 5_000, mimeType: 'video/webm; codecs="vp8,opus"' }]);
    expect(timeline.tracks[0]!.gaps.map(({ source, endMs, startMs: from }) => [source, endMs - from])).toEqual([
      ['webcam', 10_000],
      ['microphone', 10_000],
    ]);
    expect(timeline.tracks[1]!.gaps).toEqual([{ source: 'screen', startMs, endMs: startMs + 20_000, cause: 'not-published' }]);
    expect(timeline.incidents).toMatchObject([{ kind: 'face-absent', findings: [other.finding], evidence: 'frame' }]);
  });

  test('make a link that opens a new attempt, numbered', async () => {
    const make = async (): Promise<NewAttemptAnswer> =>
      NewAttemptAnswer.parse(
        await (await call(api, 'POST', `/api/exams/${world.exam._id}/attempts`, { headers: { cookie }, body: { name: ' Ada ', email: 'ada@example.org' } })).json(),
      );
    const [first, second] = [await make(), await make()];
    expect(second.attempt).not.toBe(first.attempt);
    expect((await attemptById(second.attempt))!.number).toBe(2);
    const token = new URL(second.link).hash.slice(1);
    const shown = StudentAttempt.parse(await (await call(api, 'GET', '/api/student/attempt', { headers: { authorization: `Bearer ${token}` } })).json());
    expect(shown).toMatchObject({ id: second.attempt, student: 'Ada', progress: 'created', exam: { title: 'Exam main' } });
  });
});

describe('a segment', () => {
  const whole = (): string => `/api/segments/${world.segment}`;
  const etagOf = async (): Promise<string> => (await get(whole())).headers.get('etag')!;
  const bytes = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

  test('comes whole, and is kept by nobody', async () => {
    const response = await get(whole());
    expect(response.status).toBe(200);
    expect(await bytes(response)).toEqual(world.media);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/webm',
      'content-length': '5000',
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  test('comes in parts', async () => {
    const response = await get(whole(), { range: 'bytes=100-199' });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 100-199/5000');
    expect(response.headers.get('content-length')).toBe('100');
    expect(await bytes(response)).toEqual(world.media.subarray(100, 200));
    expect(await bytes(await get(whole(), { range: 'bytes=-7' }))).toEqual(world.media.subarray(-7));
  });

  test('has no part behind its end', async () => {
    const response = await get(whole(), { range: 'bytes=5000-' });
    expect([response.status, response.headers.get('content-range'), await reasonOf(response)]).toEqual([416, 'bytes */5000', 'badRange']);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('answers If-Range, If-None-Match and HEAD', async () => {
    const etag = await etagOf();
    expect((await get(whole(), { range: 'bytes=0-9', 'if-range': etag })).status).toBe(206);
    expect((await get(whole(), { range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200);
    expect((await get(whole(), { 'if-none-match': etag, 'cache-control': 'max-age=0' })).status).toBe(304);
    const head = await call(api, 'HEAD', whole(), { headers: { cookie } });
    expect([head.status, head.headers.get('content-length'), (await bytes(head)).length]).toEqual([200, '5000', 0]);
  });

  test('whose file is gone is not found', async () => {
    const gone = `${world.attempt._id}-webcam-1-7`;
    const { _id, ...segment } = (await Segments.findById(world.segment).lean().exec())!;
    await Segments.create({ ...segment, _id: gone, sequence: 7 });
    expect(_id).toBe(world.segment);
    expect(await reasonOf(await get(`/api/segments/${gone}`))).toBe('notFound');
    await Segments.deleteOne({ _id: gone });
  });
});

describe('evidence', () => {
  test('is an image', async () => {
    const response = await get(`/api/findings/${world.finding}/evidence`);
    expect([response.status, response.headers.get('content-type'), (await response.arrayBuffer()).byteLength]).toEqual([200, 'image/jpeg', 4]);
  });

  test('never leads out of its folder', async () => {
    const finding = (await Findings.findById(world.finding).lean().exec())!;
    // Both are there, so that only the rule keeps them.
    await writeFile(join(api.data, 'outside.jpg'), 'x');
    await mkdir(join(api.data, 'evidence-of-others'));
    await writeFile(join(api.data, 'evidence-of-others', 'x.jpg'), 'x');
    for (const [index, file] of ['../outside.jpg', '../evidence-of-others/x.jpg', '/etc/hostname', '../../../../etc/passwd.png', 'a/../../client/assets/app-1a2b.js'].entries()) {
      const _id = `${world.segment}-speech-${index}`;
      await Findings.create({ ...finding, _id, evidence: { type: 'frame', file } });
      expect((await get(`/api/findings/${_id}/evidence`)).status, file).toBe(404);
      await Findings.deleteOne({ _id });
    }
  });
});

describe('agreeing', () => {
  const asStudent = async (name: string) => {
    const other = await makeWorld(api, name);
    const headers = { authorization: `Bearer ${other.token}` };
    const show = async (): Promise<StudentAttempt> => StudentAttempt.parse(await (await call(api, 'GET', '/api/student/attempt', { headers })).json());
    const answer = (body: unknown): Promise<Response> => call(api, 'POST', '/api/student/agreement', { headers, body });
    return { other, headers, show, answer };
  };

  test('keeps the words that were agreed to', async () => {
    const { other, show, answer } = await asStudent('agree');
    const { notice } = await show();
    const after = StudentAttempt.parse(await (await answer({ noticeVersion: notice.version, agreed: true })).json());
    expect(after).toMatchObject({ progress: 'checking', agreedAtMs: api.clock.now });
    const kept = (await attemptById(other.attempt._id))!;
    expect(kept.agreement).toMatchObject({ noticeVersion: notice.version });
    expect(kept.agreement!.notice).toContain('kept for 30 days');
    // A second tab agrees as well: nothing changes.
    expect((await answer({ noticeVersion: notice.version, agreed: true })).status).toBe(200);
    expect((await attemptById(other.attempt._id))!.history).toHaveLength(kept.history.length);
  });

  test('leaving changes nothing but the history, and one may come back', async () => {
    const { other, show, answer } = await asStudent('leave');
    const { notice } = await show();
    expect(await (await answer({ noticeVersion: notice.version, agreed: false })).json()).toMatchObject({ progress: 'created', agreedAtMs: null });
    expect((await attemptById(other.attempt._id))!.history.at(-1)).toMatchObject({ kind: 'declined' });
    expect(await (await answer({ noticeVersion: notice.version, agreed: true })).json()).toMatchObject({ progress: 'checking' });
  });

  test('needs the words that are in force', async () => {
    const { answer } = await asStudent('words');
    expect(await reasonOf(await answer({ noticeVersion: 'older', agreed: true }))).toBe('badInput');
  });

  test('comes before a session', async () => {
    const { headers, show, answer } = await asStudent('session');
    const open = async (): Promise<unknown> => reasonOf(await call(api, 'POST', '/api/student/session', { headers }));
    expect(await open()).toBe('notAgreed');
    await answer({ noticeVersion: (await show()).notice.version, agreed: true });
    // Agreed, but no media process runs in this test.
    expect(await open()).toBe('noMedia');
  });
});

describe('what is sent', () => {
  const hostile: unknown[] = [{ $ne: null }, { $gt: '' }, { $where: 'sleep(1000)' }, ['a', 'b'], null, 5, true, { 'password.hash': 'x' }];

  test('is never taken for a query', async () => {
    for (const value of hostile) {
      for (const body of [{ email: value, password: world.password }, { email: world.user.email, password: value }]) {
        const response = await call(api, 'POST', '/api/session', { body });
        expect([response.status, await reasonOf(response)], JSON.stringify(body)).toEqual([400, 'badInput']);
      }
      const add = await call(api, 'POST', `/api/exams/${world.exam._id}/attempts`, { headers: { cookie }, body: { name: value } });
      expect(add.status, JSON.stringify(value)).toBe(400);
      const agree = await call(api, 'POST', '/api/student/agreement', {
        headers: { authorization: `Bearer ${world.token}` },
        body: { noticeVersion: value, agreed: value },
      });
      expect(agree.status, JSON.stringify(value)).toBe(400);
    }
    for (const path of ['/api/exams/[$ne]', '/api/attempts/%7B%22$ne%22:null%7D', '/api/attempts/a.b', '/api/segments/..%2f..%2fkeys', '/api/findings/%24where/evidence', '/api/exams/%'])
      expect((await get(path)).status, path).toBe(400);
  });

  test('a filter’s operators are disarmed in the store as well', async () => {
    await expect(Users.findOne({ email: { $ne: null } as unknown as string }).exec()).rejects.toThrow('Cast to string failed');
    await expect(Users.deleteMany({ email: { $regex: '.' } as unknown as string }).exec()).rejects.toThrow('Cast to string failed');
  });

  test('sets only what the contract names', async () => {
    const response = await call(api, 'POST', `/api/exams/${world.exam._id}/attempts`, {
      headers: { cookie },
      body: { name: 'Mallory', progress: 'submitted', number: 9, course: 'x', linkExpiresAt: '2999-01-01', history: [], _id: 'f'.repeat(24), 'student.name': 'x', $set: { a: 1 } },
    });
    const { attempt } = NewAttemptAnswer.parse(await response.json());
    expect(attempt).not.toBe('f'.repeat(24));
    expect(await attemptById(attempt)).toMatchObject({ progress: 'created', number: 1, course: world.course, student: { name: 'Mallory', email: '' } });
  });

  test('does not reach prototypes', async () => {
    const bodies = ['{"__proto__":{"polluted":1},"name":"x"}', '{"name":"x","a":{"__proto__":{"polluted":1}}}'];
    for (const body of bodies)
      expect((await call(api, 'POST', `/api/exams/${world.exam._id}/attempts`, { headers: { cookie }, body })).status).toBe(400);
    await call(api, 'POST', `/api/exams/${world.exam._id}/attempts`, { headers: { cookie }, body: '{"constructor":{"prototype":{"polluted":1}},"name":"x"}' });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('is bounded', async () => {
    const post = (body: string, headers: Record<string, string> = {}): Promise<Response> => call(api, 'POST', '/api/session', { body, headers });
    expect(await reasonOf(await post(`{"email":"${'a'.repeat(150_000)}"}`))).toBe('tooLarge');
    expect((await post('{')).status).toBe(400);
    expect((await post('['.repeat(90_000))).status).toBe(400);
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).toBe(400);
  });

  test('is bounded also without a Content-Length', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const out = request(`${api.url}/api/session`, { method: 'POST', headers: { origin: api.url, 'content-type': 'application/json', 'transfer-encoding': 'chunked' } }, (answer) => {
        resolve(answer.statusCode);
        answer.destroy();
      });
      out.on('error', reject);
      // Never ended: the answer comes before the body is over.
      out.write(' '.repeat(101_000));
    });
    expect(status).toBe(413);
  });
});

describe('pages', () => {
  test.each([
    ['/', 'instructor'],
    ['/review/0123456789abcdef01234567', 'instructor'],
    ['/take', 'student'],
  ])('%s is the %s’s', async (path, title) => {
    const response = await fetch(api.url + path);
    expect(await response.text()).toBe(`<title>${title}</title>`);
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`connect-src 'self' ${api.url} ${api.url.replace('http', 'ws')};`);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('permissions-policy')).toContain('camera=(self), microphone=(self), display-capture=(self)');
  });

  test('load files that are kept for ever, and nothing from elsewhere', async () => {
    expect((await fetch(`${api.url}/assets/app-1a2b.js`)).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const path of ['/nothing', '/assets/', '/%2e%2e/keys/secret', '/..%2fkeys%2fsecret', '/api/nothing', '/.env'])
      expect([400, 403, 404], path).toContain((await fetch(api.url + path)).status);
  });
});

test('health tells what is missing', async () => {
  const response = await get('/api/health');
  expect([response.status, await response.json()]).toEqual([
    503,
    { ok: false, database: true, mediaProcesses: 0, queue: { pending: expect.any(Number) as number, dead: 0 } },
  ]);
});

test('guessing passwords is slowed down', async () => {
  const guess = async (email: string): Promise<number> => (await call(api, 'POST', '/api/session', { body: { email, password: 'x' } })).status;
  api.clock.now += 61_000;
  const statuses: number[] = [];
  for (let index = 0; index < 14; index++) statuses.push(await guess(`user${index}@example.org`));
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(4);
  api.clock.now += 61_000;
  expect(await guess('user@example.org')).toBe(401);
});

test('no secret, token, password or name is in the log', () => {
  const log = api.logged.join('');
  expect(log).toContain('"msg":"request"');
  for (const word of [world.token, cookie.split('=')[1]!, world.password, 'Student main', world.user.email, 'secret'])
    expect(log).not.toContain(word);
});
