import { randomUUID } from 'node:crypto';
import type { BrowserEvent } from '@vigil/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Attempts, BrowserEvents, judgingOf } from '../src/store/index.js';
import { call, makeWorld, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;
let other: World;

beforeAll(async () => {
  api = await startApi({ VIGIL_BACKFILL_HOURS: '2' });
  world = await makeWorld(api, 'events');
  other = await makeWorld(api, 'others');
});
afterAll(() => api.close());
beforeEach(async () => {
  await BrowserEvents.deleteMany({});
  // Those that were sent a minute ago are not counted any more.
  api.clock.now += 61_000;
  await Attempts.updateOne({ _id: world.attempt._id }, { $set: { progress: 'recording', startedAt: new Date(api.clock.now - 60_000) }, $unset: { finishedAt: '', restored: '' } });
});

const event = (more: object = {}): BrowserEvent => ({ id: randomUUID(), atMs: api.clock.now - 1_000, kind: 'copy', characters: 3, ...more });
const send = async (body: unknown, { token } = world): Promise<number> =>
  (await call(api, 'POST', '/api/student/events', { headers: { authorization: `Bearer ${token}` }, body })).status;
const stored = () => BrowserEvents.find({}).sort({ atMs: 1 }).lean().exec();

describe('events of the browser', () => {
  test('are stored, wait to be judged, and stay as they first were', async () => {
    const first = event();
    expect(await send({ events: [first, event({ kind: 'camera', label: 'HD Webcam', characters: undefined })] })).toBe(200);
    expect(await send({ events: [{ ...first, characters: 9_000 }] })).toBe(200);
    const all = await stored();
    expect(all).toHaveLength(2);
    expect(all.find(({ _id }) => _id.endsWith(first.id))).toEqual({ _id: `${world.attempt._id}-${first.id}`, attempt: world.attempt._id, atMs: first.atMs, event: first, open: true });
    expect(await judgingOf(world.exam, [world.attempt, other.attempt])).toEqual(new Map([[world.attempt._id, 'open']]));
  });

  test('are the link’s own attempt’s, whatever they say', async () => {
    const mine = event();
    await send({ events: [{ ...mine, attempt: other.attempt._id, _id: `${other.attempt._id}-x`, open: false }], attempt: other.attempt._id });
    expect(await stored()).toMatchObject([{ attempt: world.attempt._id, event: mine, open: true }]);
    // The same id of another attempt is another event.
    await Attempts.updateOne({ _id: other.attempt._id }, { progress: 'recording', startedAt: new Date(api.clock.now - 60_000) });
    expect(await send({ events: [mine] }, other)).toBe(200);
    expect(await stored()).toHaveLength(2);
  });

  test('are taken from the start until the time to send is over, and not before or after', async () => {
    const set = (more: object): Promise<unknown> => Attempts.updateOne({ _id: world.attempt._id }, more).exec();
    await set({ $unset: { startedAt: '' }, $set: { progress: 'ready' } });
    expect(await send({ events: [event()] })).toBe(410);
    await set({ $set: { progress: 'submitted', startedAt: new Date(api.clock.now - 7_300_000), finishedAt: new Date(api.clock.now - 7_100_000) } });
    expect(await send({ events: [event({ atMs: api.clock.now - 7_150_000 })] })).toBe(200);
    // What was worked out before does not hold any more.
    expect((await Attempts.findById(world.attempt._id))!.restored).toBe(1);
    await set({ $set: { evidence: 'purged' } });
    expect(await send({ events: [event()] })).toBe(410);
    await set({ $set: { evidence: 'receiving', startedAt: new Date(api.clock.now - 8_000_000), finishedAt: new Date(api.clock.now - 7_300_000) } });
    expect(await send({ events: [event()] })).toBe(410);
    expect(await stored()).toHaveLength(1);
  });

  test('outside of the attempt’s time are left out; a clock that is a little off is put right', async () => {
    const now = api.clock.now;
    const times = [now - 60_000 - 6_000, now - 60_000 - 4_000, now + 4_000, now + 6_000, 0, Number.MAX_SAFE_INTEGER];
    expect(await send({ events: times.map((atMs) => event({ atMs })) })).toBe(200);
    expect((await stored()).map(({ atMs, event: { atMs: own } }) => [atMs, own])).toEqual([
      [now - 60_000, now - 60_000],
      [now, now],
    ]);
  });

  test.each([
    ['no list', {}],
    ['none', { events: [] }],
    ['too many', () => ({ events: Array.from({ length: 101 }, () => event()) })],
    ['an operator for an id', () => ({ events: [event({ id: { $ne: '' } })] })],
    ['an id that leads elsewhere', () => ({ events: [event({ id: '../../etc/passwd' })] })],
    ['a time that is none', () => ({ events: [event({ atMs: '1' })] })],
    ['a time before all time', () => ({ events: [event({ atMs: -1 })] })],
    ['half a millisecond', () => ({ events: [event({ atMs: 1.5 })] })],
    ['a kind that no browser notices', () => ({ events: [event({ kind: 'phone' })] })],
    ['a list for a kind', () => ({ events: [event({ kind: ['copy'] })] })],
    ['a length that is none', () => ({ events: [event({ characters: -1 })] })],
    ['a long name', () => ({ events: [event({ kind: 'camera', label: 'x'.repeat(121) })] })],
    ['a name that turns the writing round', () => ({ events: [event({ kind: 'camera', label: 'a\u202eb' })] })],
    ['an object for a name', () => ({ events: [event({ kind: 'camera', label: { $gt: '' } })] })],
    ['a surface that there is not', () => ({ events: [event({ kind: 'surface', surface: 'constructor' })] })],
    ['a way to prototypes', '{"events":[{"__proto__":{"open":false}}]}'],
  ] as const)('are refused with %s, all of them', async (_, body) => {
    expect(await send(typeof body === 'function' ? body() : body)).toBe(400);
    expect(await stored()).toEqual([]);
  });

  test('are bounded: in size, in how often, and in how many', async () => {
    expect(await send({ events: [event({ more: 'x'.repeat(100_000) })] })).toBe(413);
    const statuses: number[] = [];
    for (let time = 0; time < 41; time++) statuses.push(await send({ events: [event()] }));
    expect([...new Set(statuses.slice(0, 40)), statuses[40]]).toEqual([200, 429]);
    api.clock.now += 61_000;
    const attempt = world.attempt._id;
    await BrowserEvents.insertMany(Array.from({ length: 1_960 }, (__, i) => ({ _id: `${attempt}-${i}`, attempt, atMs: 0, event: event() })));
    // 2,000 are there: the page is told that it need not send more again.
    expect(await send({ events: [event(), event()] })).toBe(200);
    expect(await BrowserEvents.countDocuments({})).toBe(2_000);
  });

  test('that are there already take no room from new ones', async () => {
    const attempt = world.attempt._id;
    await BrowserEvents.insertMany(Array.from({ length: 1_997 }, (__, i) => ({ _id: `${attempt}-${i}`, attempt, atMs: 0, event: event() })));
    const [first, second, third, fourth] = [event(), event(), event(), event()];
    expect(await send({ events: [first, second] })).toBe(200);
    expect(await send({ events: [first, second, third, fourth] })).toBe(200);
    expect((await stored()).slice(1_997).map(({ _id }) => _id).sort()).toEqual([first, second, third].map(({ id }) => `${attempt}-${id}`).sort());
  });

  test('keep nothing that the contract does not name', async () => {
    expect(await send({ events: [event({ text: 'the content', $set: { progress: 'submitted' } })] })).toBe(200);
    const [one] = await stored();
    expect(Object.keys(one!.event).sort()).toEqual(['atMs', 'characters', 'id', 'kind']);
  });
});
