import type { AttemptEvent } from '@vigil/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { advance, note } from '../src/attempts/index.js';
import { notePage } from '../src/attempts/sessions.js';
import { attemptById, Attempts, MediaNodes } from '../src/store/index.js';
import { call, makeWorld, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;

beforeAll(async () => {
  api = await startApi();
  await MediaNodes.create({ _id: 'node', url: '', leaseUntil: new Date(api.clock.now + 3_600_000), sessions: 0 });
  world = await makeWorld(api, 'history');
});
afterAll(() => api.close());
beforeEach(async () => {
  api.clock.now += 61_000;
  await put([line('created'), line('agreed')]);
});

const line = (kind: AttemptEvent['kind']): AttemptEvent => ({ atMs: api.clock.now, kind });
const put = (history: AttemptEvent[], progress = 'checking'): Promise<unknown> =>
  Attempts.updateOne({ _id: world.attempt._id }, { history, progress, $unset: { page: 1 } }).exec();
const kinds = async (): Promise<string[]> => (await attemptById(world.attempt._id))!.history.map(({ kind }) => kind);
const post = (path: string, body?: unknown): Promise<Response> =>
  call(api, 'POST', `/api/student/${path}`, { headers: { authorization: `Bearer ${world.token}` }, ...(body !== undefined && { body }) });
const letIn = (page: string): Promise<void> => notePage(world.attempt._id, page, api.clock.now);
const open = async (): Promise<number> => (await post('session')).status;

describe('a page that is opened again and again', () => {
  test('has one line until something else happens', async () => {
    await letIn('first');
    expect(await kinds()).toEqual(['created', 'agreed']);
    for (const page of ['second', 'third']) await letIn(page);
    expect(await kinds()).toEqual(['created', 'agreed', 'opened']);
    await note(world.attempt._id, line('checked'));
    for (const page of ['fourth', 'fifth']) await letIn(page);
    expect(await kinds()).toEqual(['created', 'agreed', 'opened', 'checked', 'opened']);
  });

  test('is not opened by its coming back, nor by a new session, nor where it took another one over', async () => {
    for (let time = 0; time < 2; time++) {
      expect(await open()).toBe(200);
      await letIn('first');
      await note(world.attempt._id, line('checked'));
    }
    await notePage(world.attempt._id, 'second', undefined);
    await letIn('second');
    expect(await kinds()).toEqual(['created', 'agreed', 'checked', 'checked']);
  });

  test('has to wait after a minute’s worth, and others do not', async () => {
    const statuses: number[] = [];
    for (let time = 0; time < 61; time++) statuses.push(await open());
    expect([...new Set(statuses.slice(0, 60)), statuses[60]]).toEqual([200, 429]);
    const other = await makeWorld(api, 'other');
    await Attempts.updateOne({ _id: other.attempt._id }, { progress: 'checking' });
    expect((await call(api, 'POST', '/api/student/session', { headers: { authorization: `Bearer ${other.token}` } })).status).toBe(200);
    api.clock.now += 60_000;
    expect(await open()).toBe(200);
  });

  test('and whose notice is declined again and again, has one line as well', async () => {
    await put([line('created')], 'created');
    const { notice } = (await (await call(api, 'GET', '/api/student/attempt', { headers: { authorization: `Bearer ${world.token}` } })).json()) as { notice: { version: string } };
    for (let time = 0; time < 3; time++) expect((await post('agreement', { noticeVersion: notice.version, agreed: false })).status).toBe(200);
    expect(await kinds()).toEqual(['created', 'opened', 'declined']);
  });
});

describe('what the browser tells of its own recording', () => {
  const tell = async (to: World, detail: string): Promise<number> =>
    (await call(api, 'POST', '/api/student/note', { headers: { authorization: `Bearer ${to.token}` }, body: { detail } })).status;
  const agreed = async (name: string): Promise<World> => {
    const student = await makeWorld(api, name);
    await Attempts.updateOne({ _id: student.attempt._id }, { progress: 'submitted', agreement: { at: new Date(), noticeVersion: '1', notice: '' } });
    return student;
  };

  test('arrives also after the end, and once where its answer was lost', async () => {
    const student = await agreed('tells');
    for (const detail of ['Full.', 'Full.', 'Well again.', 'Full.']) expect(await tell(student, detail)).toBe(200);
    const { history } = (await attemptById(student.attempt._id))!;
    expect(history.filter(({ kind }) => kind === 'ring').map(({ detail }) => detail)).toEqual(['Full.', 'Well again.', 'Full.']);
  });

  test('is short, not too much, and nothing before the student agreed', async () => {
    expect(await tell(world, 'Full.')).toBe(409);
    const student = await agreed('talks');
    expect(await tell(student, '')).toBe(400);
    expect(await tell(student, 'x'.repeat(201))).toBe(400);
    const statuses: number[] = [];
    for (let time = 0; time < 41; time++) statuses.push(await tell(student, `${time}`));
    expect([...new Set(statuses.slice(0, 40)), statuses[40]]).toEqual([200, 429]);
  });
});

describe('a long history', () => {
  const long = (length: number): AttemptEvent[] => [line('created'), line('agreed'), ...Array.from({ length: length - 2 }, () => line('source-on'))];

  test('takes no more routine, keeps all that it has, and takes what counts', async () => {
    await put(long(999));
    await note(world.attempt._id, line('source-off'));
    await note(world.attempt._id, line('source-on'));
    for (const page of ['first', 'second']) await letIn(page);
    expect((await kinds()).slice(998)).toEqual(['source-on', 'source-off']);
    await advance(world.attempt._id, 'pass', { event: line('checked') });
    await advance(world.attempt._id, 'begin', { event: line('started') });
    await advance(world.attempt._id, 'interrupt', { event: line('interrupted') });
    const after = await kinds();
    expect(after.slice(0, 2)).toEqual(['created', 'agreed']);
    expect(after.slice(998)).toEqual(['source-on', 'source-off', 'started', 'interrupted']);
  });

  test('of what the page says by itself leaves room for what the server saw', async () => {
    await put(long(299));
    for (const kind of ['quality', 'ring', 'quality'] as const) await note(world.attempt._id, line(kind));
    expect(await advance(world.attempt._id, 'pass', { event: line('checked') })).toMatchObject({ progress: 'ready' });
    for (const kind of ['source-on', 'source-off'] as const) await note(world.attempt._id, line(kind));
    expect((await kinds()).slice(299)).toEqual(['quality', 'source-on', 'source-off']);
    await put(long(4_998), 'recording');
    await note(world.attempt._id, line('source-on'));
    await note(world.attempt._id, line('taken-over'));
    expect((await kinds()).slice(4_998)).toEqual(['taken-over']);
  });

  test('stops no move, and always says how the attempt ended', async () => {
    await put(long(5_000), 'recording');
    expect(await advance(world.attempt._id, 'interrupt', { event: line('interrupted') })).toMatchObject({ progress: 'interrupted' });
    await expect(advance(world.attempt._id, 'interrupt', { event: line('interrupted') })).rejects.toThrow(expect.objectContaining({ reason: 'wrongState' }));
    await advance(world.attempt._id, 'submit', { event: line('submitted') });
    expect((await kinds()).slice(4_999)).toEqual(['source-on', 'submitted']);
  });
});
