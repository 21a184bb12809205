import { AuditEntry } from '@vigil/protocol';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mongoose } from '../src/store/mongoose.js';
import { call, makeWorld, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;
let cookie: string;

beforeAll(async () => {
  api = await startApi();
  world = await makeWorld(api, 'clip');
  cookie = await signIn(api, world);
});
afterAll(() => api.close());

const take = (body: unknown): Promise<Response> => call(api, 'POST', `/api/attempts/${world.attempt._id}/exports`, { headers: { cookie }, body });
const audit = async (): Promise<AuditEntry[]> =>
  AuditEntry.array().parse(await (await call(api, 'GET', `/api/attempts/${world.attempt._id}/audit`, { headers: { cookie } })).json());

test('a clip is in the audit log: who took which part, when and why', async () => {
  expect((await take({ fromMs: 5_000, toMs: 20_000, reason: ' For the board. ' })).status).toBe(201);
  expect((await take({ fromMs: 0, toMs: 1_000 })).status).toBe(201);
  const [first, second] = await audit();
  expect(first).toMatchObject({ action: 'export', attempt: world.attempt._id, exam: world.exam._id, reason: 'For the board.', detail: { fromMs: 5_000, toMs: 20_000 } });
  expect(first!.actor).toMatchObject({ kind: 'instructor', id: world.user._id });
  expect(second!.reason).toBeUndefined();
});

test.each([
  [{ fromMs: 5_000, toMs: 5_000 }],
  [{ fromMs: -1, toMs: 5_000 }],
  [{ fromMs: 0, toMs: 1e12 }],
  [{ fromMs: 0.5, toMs: 5_000 }],
  [{ toMs: 5_000 }],
  [{ fromMs: 0, toMs: 1_000, reason: 'x'.repeat(501) }],
])('%j is no clip, and leaves no trace', async (body) => {
  const before = (await audit()).length;
  expect((await take(body)).status).toBe(400);
  expect(await audit()).toHaveLength(before);
});

test('what cannot be recorded is refused', async () => {
  const before = (await audit()).length;
  const create = vi.spyOn(mongoose.model('Audit'), 'create').mockRejectedValue(new Error('the database is away'));
  expect((await take({ fromMs: 0, toMs: 1_000 })).status).toBeGreaterThanOrEqual(500);
  create.mockRestore();
  expect(await audit()).toHaveLength(before);
});

test('only the worker that joins clips may compile WebAssembly', async () => {
  const policy = async (path: string) => (await call(api, 'GET', path)).headers.get('content-security-policy');
  expect(await policy('/assets/clip-worker-Ab_1-x.js')).toContain("script-src 'self' 'wasm-unsafe-eval';");
  for (const path of ['/', '/take', '/assets/instructor-x.js', '/assets/clip-worker-x.js/../x.html', '/review/assets/clip-worker-x.js'])
    expect(await policy(path)).toContain("script-src 'self';");
});
