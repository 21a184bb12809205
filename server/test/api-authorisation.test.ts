import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, makeWorld, secret, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';
import type { Route } from '../src/http/route.js';
import { newAttempt } from '../src/review/new-attempt.js';
import { Attempts } from '../src/store/index.js';

let api: Api;
let a: World;
let b: World;
let cookieA: string;
let cookieB: string;
/** Attempts that are there for one route alone: it takes them away, or needs them over. By path and world. */
const ownAttempts = new Map<string, string>();

beforeAll(async () => {
  api = await startApi();
  a = await makeWorld(api, 'a');
  b = await makeWorld(api, 'b');
  cookieA = await signIn(api, a);
  cookieB = await signIn(api, b);
  for (const { exam, user } of [a, b])
    for (const [path, over] of Object.entries(attemptsFor)) {
      const { _id } = await newAttempt(exam, { name: path, email: '' }, 14, api.clock.now);
      if (over) await Attempts.updateOne({ _id }, { progress: 'submitted', ...times() });
      ownAttempts.set(`${path} ${user._id}`, _id);
    }
});
const attemptsFor = { 'DELETE /api/attempts/:attempt': false, 'POST /api/attempts/:attempt/link': false, 'POST /api/attempts/:attempt/reopening': true, 'POST /api/attempts/:attempt/retake': true };
const times = () => ({ startedAt: new Date(api.clock.now - 60_000), finishedAt: new Date(api.clock.now), endsAt: new Date(api.clock.now + 600_000) });
afterAll(() => api.close());

/** A route's address in a world. A parameter that is not known here fails the test: a new route is thought about. */
const addressIn = (route: Route, world: World): string =>
  route.path.replace(/:(\w+)/g, (_, name: string) => {
    const ids: Record<string, string> = { exam: world.exam._id, attempt: ownAttempts.get(`${route.method} ${route.path} ${world.user._id}`) ?? world.attempt._id, segment: world.segment, finding: world.finding, upload: `${world.attempt._id}-0`, course: world.course, onboarding: world.onboarding, step: 'front', look: world.attempt._id, resolution: resolutionOf(world), release: resolutionOf(world), ticket: 'x.y.z', note: world.note, view: world.exam._id };
    const id = ids[name];
    if (id === undefined) throw new Error(`no id for :${name} of ${route.path}`);
    return id;
  }) + (route.path.endsWith('/words') ? '?q=piston' : route.method === 'DELETE' && route.path.endsWith('/exams/:exam') ? '?was=1' : route.path.endsWith(':resolution') ? `?at=${api.clock.now}` : '');
/** The interval of a world's finding. */
function momentOf({ finding }: World): { kind: string; startMs: number; endMs: number } {
  const startMs = Number(finding.split('-').at(-1));
  return { kind: 'face-absent', startMs, endMs: startMs + 4_000 };
}
/** The name of what the route before it has said of that finding. */
const resolutionOf = (world: World): string => `${world.finding}-${momentOf(world).endMs}`;
/** The attempt has ended, and its student has asked for something. */
const over = ({ attempt, exam }: World): Promise<unknown> =>
  Attempts.updateOne(
    { _id: attempt._id },
    { progress: 'submitted', startedAt: new Date(api.clock.now), finishedAt: new Date(api.clock.now), requests: [{ id: exam._id, kind: 'erasure', atMs: api.clock.now, text: '' }] },
  ).exec();
function bodyFor({ method, path }: Route, world: World): unknown {
  const content = { title: `Exam of ${world.course}`, durationMinutes: 60, rules: { webcam: true, microphone: true, screen: 'monitor' } };
  if (path.endsWith('/courses/:course/exams')) return { id: world.course, exam: content };
  if (method === 'PUT' && path.endsWith('/exams/:exam')) return { was: 0, exam: content };
  if (path.endsWith('/accommodations')) return { accommodations: { extraMinutes: 5 }, reason: 'Decided.' };
  if (path.endsWith('/reviewed')) return { attempts: [world.attempt._id], reviewed: true };
  if (method === 'PUT' && path.endsWith('/views')) return { name: 'Mine', view: {} };
  if (path.endsWith('/exports')) return { fromMs: 0, toMs: 1_000 };
  if (path.endsWith('/decision')) return { step: 'front', look: world.attempt._id, accepted: true, reason: 'It is the student.' };
  if (path.endsWith('/resolutions')) return { ...momentOf(world), verdict: 'real' };
  if (path.endsWith('/decisions')) return { move: 'flag', seen: 0 };
  if (path.endsWith('/releases')) return { moments: [momentOf(world)] };
  if (path.endsWith('/replies-read')) return { upToMs: 0 };
  if (path.endsWith('/answers')) return { request: world.exam._id, text: 'I have looked.' };
  if (path.endsWith('/notes') || (method === 'PUT' && path.endsWith(':note'))) return { startMs: 1, endMs: 2, text: 'Look at this.' };
  if (method === 'POST' && path.endsWith('/roster')) return { students: [{ name: 'x' }] };
  if (path.endsWith('/reopening')) return { reason: 'Finished by mistake.', finishedAtMs: api.clock.now };
  if (path.endsWith('/retake')) return { reason: 'The fire alarm.', number: 1 };
  if (path.endsWith('/link')) return method === 'POST' ? {} : undefined;
  const body = { name: 'x', email: 'x@example.org', password: 'x', noticeVersion: 'x', agreed: true };
  return method === 'POST' ? body : undefined;
}

const as = (route: Route, world: World, headers: Record<string, string>): Promise<Response> => {
  const body = bodyFor(route, world);
  return call(api, route.method, addressIn(route, world), { headers, ...(body !== undefined && { body }) });
};
/** An answer to HEAD has no body: its status has to be enough. */
const reasonOf = async (response: Response, route?: Route): Promise<unknown> =>
  route?.method === 'HEAD' ? undefined : ((await response.json()) as { reason?: unknown }).reason;
const refused = (status: number, reason: string, route: Route): unknown[] => [status, route.method === 'HEAD' ? undefined : reason];

describe('every route that is an instructor’s', () => {
  test('refuses all but the instructor of the course', async () => {
    const own = api.routes.filter(({ access }) => access === 'instructor');
    expect(own.length).toBeGreaterThan(6);
    for (const route of own) {
      const name = `${route.method} ${route.path}`;
      const strangers: Record<string, Record<string, string>> = {
        nobody: {},
        'a student': { authorization: `Bearer ${a.token}` },
        'a student with the link as cookie': { cookie: `vigil-session=${a.token}` },
        'an instructor’s token as bearer': { authorization: `Bearer ${cookieA.split('=')[1]!}` },
        'a made-up cookie': { cookie: 'vigil-session=x.y.z' },
        'a user who does not exist': { cookie: `vigil-session=${forgedSession('f'.repeat(24))}` },
        'a sign-in that never was': { cookie: `vigil-session=${forgedSession(a.user._id)}` },
      };
      for (const [who, headers] of Object.entries(strangers)) {
        const response = await as(route, a, headers);
        expect([response.status, await reasonOf(response)], `${who}: ${name}`).toEqual([401, 'notSignedIn']);
      }
      if (!route.path.includes(':')) continue;
      const foreign = await as(route, b, { cookie: cookieA });
      expect([foreign.status, await reasonOf(foreign)], `instructor of another course: ${name}`).toEqual([404, 'notFound']);
      if (route.path.endsWith('/student-side')) await over(b);
      const right = await as(route, b, { cookie: cookieB });
      // An exam with attempts stays.
      const stays = name === 'DELETE /api/exams/:exam';
      expect(right.status, `own instructor: ${name}`).toBe(route.path.endsWith('/exports') ? 201 : stays ? 409 : 200);
      await right.arrayBuffer();
    }
  });

  test('shows in lists only what is one’s own', async () => {
    const text = await (await call(api, 'GET', '/api/courses', { headers: { cookie: cookieA } })).text();
    expect(text).toContain(a.exam._id);
    expect(text).not.toContain(b.exam._id);
  });
});

const forgedSession = (subject: string): string =>
  jwt.sign({ iss: 'vigil', aud: 'instructor', sub: subject, jti: 'x', exp: Math.floor(Date.now() / 1_000) + 600 }, secret);

describe('every route that is a student’s', () => {
  test('refuses all but the link’s token', async () => {
    const own = api.routes.filter(({ access }) => access === 'student');
    expect(own.length).toBeGreaterThan(2);
    for (const route of own) {
      const strangers: Record<string, Record<string, string>> = {
        nobody: {},
        'an instructor': { cookie: cookieA },
        'an instructor’s token as link': { authorization: `Bearer ${cookieA.split('=')[1]!}` },
        'an attempt that does not exist': {
          authorization: `Bearer ${jwt.sign({ iss: 'vigil', aud: 'take', sub: 'f'.repeat(24), exp: 9_999_999_999 }, secret)}`,
        },
        'alg none': { authorization: `Bearer ${jwt.sign({ iss: 'vigil', aud: 'take', sub: a.attempt._id, exp: 9_999_999_999 }, '', { algorithm: 'none' })}` },
      };
      for (const [who, headers] of Object.entries(strangers)) {
        const response = await as(route, a, headers);
        expect([response.status, await reasonOf(response, route)], `${who}: ${route.method} ${route.path}`).toEqual(refused(401, 'linkInvalid', route));
      }
    }
  });

  test('a link shows its own attempt, whatever else is asked for', async () => {
    const headers = { authorization: `Bearer ${a.token}` };
    for (const path of ['', `?attempt=${b.attempt._id}`, `?id=${b.attempt._id}&role=instructor`]) {
      const answer = (await (await call(api, 'GET', `/api/student/attempt${path}`, { headers })).json()) as { id: string; student: string };
      expect(answer).toMatchObject({ id: a.attempt._id, student: 'Student a' });
    }
  });

  test('an expired link opens nothing, unless the exam is under way', async () => {
    const headers = { authorization: `Bearer ${a.token}` };
    const before = api.clock.now;
    api.clock.now = a.attempt.linkExpiresAt.getTime() + 1_000;
    try {
      for (const route of api.routes.filter(({ access }) => access === 'student')) {
        const response = await as(route, a, headers);
        expect([response.status, await reasonOf(response, route)]).toEqual(refused(410, 'linkExpired', route));
      }
      await Attempts.updateOne({ _id: a.attempt._id }, { progress: 'interrupted' });
      expect((await call(api, 'GET', '/api/student/attempt', { headers })).status).toBe(200);
    } finally {
      api.clock.now = before;
      await Attempts.updateOne({ _id: a.attempt._id }, { progress: 'created' });
    }
  });

  test('a link that was withdrawn opens nothing', async () => {
    const world = await makeWorld(api, 'withdrawn');
    await Attempts.updateOne({ _id: world.attempt._id }, { linkExpiresAt: new Date(0) });
    const response = await call(api, 'GET', '/api/student/attempt', { headers: { authorization: `Bearer ${world.token}` } });
    expect(await reasonOf(response)).toBe('linkExpired');
  });
});

describe('requests that change something', () => {
  test('need our own origin', async () => {
    const changing = api.routes.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
    expect(changing.length).toBeGreaterThan(4);
    for (const route of changing) {
      for (const origin of ['', 'null', 'https://evil.example', `${api.url}.evil.example`, api.url.replace('http', 'https'), api.url.replace('127.0.0.1', 'localhost')]) {
        const response = await as(route, a, { cookie: cookieA, authorization: `Bearer ${a.token}`, origin });
        expect([response.status, await reasonOf(response)], `${origin}: ${route.method} ${route.path}`).toEqual([403, 'wrongOrigin']);
      }
    }
  });

  test('are refused without an Origin header at all', async () => {
    const response = await fetch(`${api.url}/api/session`, { method: 'DELETE', headers: { cookie: cookieA } });
    expect(await reasonOf(response)).toBe('wrongOrigin');
  });
});

describe('sessions', () => {
  test('end by signing out, wherever a copy of the cookie is; others go on', async () => {
    const [one, other] = [await signIn(api, a), await signIn(api, a)];
    const who = async (cookie: string): Promise<number> => (await call(api, 'GET', '/api/session', { headers: { cookie } })).status;
    expect([await who(one), await who(other)]).toEqual([200, 200]);
    await call(api, 'DELETE', '/api/session', { headers: { cookie: one } });
    expect([await who(one), await who(other)]).toEqual([401, 200]);
  });

  test('end by time, and signing out takes the cookie away', async () => {
    const late = await signIn(api, a);
    const gone = await call(api, 'DELETE', '/api/session', { headers: { cookie: cookieA } });
    expect(gone.status).toBe(204);
    expect(gone.headers.getSetCookie()[0]).toMatch(/^vigil-session=;.*expires=Thu, 01 Jan 1970/i);
    const before = api.clock.now;
    api.clock.now += 13 * 3_600_000;
    const after = await call(api, 'GET', '/api/session', { headers: { cookie: late } });
    api.clock.now = before;
    expect(after.status).toBe(401);
    expect((await call(api, 'GET', '/api/session', { headers: { cookie: late } })).status).toBe(200);
  });

  test('are in a cookie that scripts and other sites do not get', async () => {
    const answer = await call(api, 'POST', '/api/session', { body: { email: a.user.email.toUpperCase(), password: a.password } });
    expect(await answer.json()).toEqual({ id: a.user._id, name: 'a', email: 'a@example.org', role: 'instructor' });
    expect(answer.headers.getSetCookie()[0]).toMatch(/; path=\/; expires=.*; samesite=strict; httponly$/);
  });

  test('a wrong password and an unknown address get the same answer', async () => {
    const answers = await Promise.all(
      [a.user.email, `${randomUUID()}@example.org`].map(async (email) => {
        const answer = await call(api, 'POST', '/api/session', { body: { email, password: 'wrong' } });
        return [answer.status, await answer.json()];
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]![0]).toBe(401);
  });
});
