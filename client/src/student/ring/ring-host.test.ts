import type { CoverageAnswer, StudentAttempt } from '@vigil/protocol';
import { splitChunks } from '@vigil/protocol/ring-piece';
import { describe, expect, it, vi } from 'vitest';
import { FakeDisk } from './fake-files.js';
import { browserLocks } from './locks.js';
import type { FromWorker, ToWorker } from './messages.js';
import { opfsStore } from './opfs-store.js';
import { RingHost } from './ring-host.js';
import { importRingKey } from './sealer.js';

const attempt = '0123456789abcdef01234567';
const serverMs = 1_700_000_000_000;

/** A worker's surroundings whose time stands still until the test moves it. Sources come as WebM: there are no encoders here. */
async function world({ stores = true, lists = true, over = false, missing = true } = {}) {
  const disk = new FakeDisk();
  const store = opfsStore(disk.root);
  let now = 1_000;
  let sleptMs = 0;
  let quota = 1e9;
  const said: FromWorker[] = [];
  const asked: string[] = [];
  const timers = new Set<() => void>();
  const answer = (): CoverageAnswer => ({
    nowMs: serverMs,
    open: true,
    tracks: [{ track: 'webcam', settledToMs: serverMs + now, missing: missing ? [{ source: 'webcam', startMs: 0, endMs: serverMs + now }] : [] }],
  });
  const host = new RingHost({
    post: (message) => void said.push(message),
    openStore: () => Promise.resolve(!stores ? undefined : lists ? store : { ...store, list: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }),
    estimate: () => Promise.resolve({ quota, usage: 0 }),
    locks: browserLocks(undefined),
    api: (token) => ({
      attempt: () => Promise.resolve({ finishedAtMs: serverMs + 60_000 } as StudentAttempt),
      coverage: () => {
        asked.push(`coverage ${token}`);
        return Promise.resolve(answer());
      },
      sent: () => {
        asked.push('sent');
        return Promise.resolve(answer());
      },
    }),
    origin: 'https://vigil.example',
    pictures: () => Promise.resolve(undefined),
    now: () => now,
    wallNow: () => 5_000_000 + now + sleptMs,
    pause: () => new Promise(() => undefined),
    every: (_ms, act) => {
      timers.add(act);
      return () => timers.delete(act);
    },
    random: (bytes) => new Uint8Array(bytes).fill(1),
  });
  const tell = (message: ToWorker): void => host.receive(message);
  tell({ type: 'open', attempt, token: 't', nowMs: serverMs + now, over });
  const heard = <K extends FromWorker['type']>(type: K) => said.filter((message): message is FromWorker & { type: K } => message.type === type);
  await vi.waitFor(() => expect(heard('left-overs-sent')).toHaveLength(1));
  const begin = async (): Promise<void> => {
    tell({ type: 'time', askedMs: now, windowMs: now + 500 });
    tell({ type: 'clock', offset: { offsetMs: serverMs - 500, errorMs: 3 } });
    tell({ type: 'key', key: await importRingKey(btoa('k'.repeat(32))) });
  };
  const part = (file: number, untilMs: number, last = false): void =>
    tell({ type: 'webm', part: { track: 'webcam', file, zeroMs: untilMs - 500, untilMs: untilMs + 500, bytes: new ArrayBuffer(10), last } });
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  return {
    tell, heard, begin, part, asked, settle, store, disk,
    sleep: (ms: number) => (sleptMs += ms),
    move: (ms: number) => (now += ms),
    tick: () => timers.forEach((act) => act()),
    fill: (bytes: number) => (quota = bytes),
  };
}

describe('RingHost', () => {
  it('keeps what comes as sealed pieces, named by the server’s clock, and says so', async () => {
    const { begin, part, tick, settle, heard, store, tell, asked, move } = await world({ missing: false });
    await begin();
    part(0, 1_000);
    await settle();
    tick();
    expect(heard('keeping').at(-1)).toEqual({ type: 'keeping', state: 'keeping', sources: ['webcam', 'microphone'] });
    await vi.waitFor(async () => expect((await store.list(attempt))[0]?.bytes).toBeGreaterThan(100));
    // The file began 1 s before its part: by the window's clock at 500, which is 0 by the worker's.
    expect((await store.list(attempt)).map(({ name }) => name)).toEqual([`webcam-${serverMs}-01010101`]);
    move(2_000);
    part(0, 2_000, true);
    await settle();
    await vi.waitFor(async () => expect(splitChunks(new Uint8Array(await (await store.read(attempt, `webcam-${serverMs}-01010101`))!.arrayBuffer()))).toHaveLength(3));
    tell({ type: 'end', over: false });
    await vi.waitFor(() => expect(heard('ended')).toHaveLength(1));
    await vi.waitFor(() => expect(asked).toContain('coverage t'));
    // All of it was in the record.
    await vi.waitFor(async () => expect(await store.list(attempt)).toEqual([]));
  });

  it('gives what is recorded after a sleep its own time, and drops the file that spans it', async () => {
    const { begin, part, tick, settle, store, sleep, tell } = await world();
    await begin();
    part(0, 1_000);
    await settle();
    sleep(30_000);
    tick();
    part(0, 2_000, true);
    part(1, 3_000, true);
    await settle();
    const start = (ms: number) => `webcam-${serverMs + ms}-01010101`;
    await vi.waitFor(async () => expect((await store.list(attempt)).map(({ name }) => name)).toEqual([start(0), start(32_000)]));
    const chunks = async (name: string) => splitChunks(new Uint8Array(await (await store.read(attempt, name))!.arrayBuffer()));
    await vi.waitFor(async () => expect(await chunks(start(0))).toHaveLength(2));
    // A clock that is set back is no sleep.
    sleep(-20_000);
    tick();
    part(2, 4_000, true);
    await settle();
    await vi.waitFor(async () => expect((await store.list(attempt)).at(-1)?.name).toBe(start(33_000)));
    // What the server says after a sleep holds, also when that is heard before the next tick.
    sleep(10_000);
    tell({ type: 'clock', offset: { offsetMs: serverMs + 40_000 - 500, errorMs: 3 } });
    await settle();
    tick();
    part(3, 5_000, true);
    await settle();
    await vi.waitFor(async () => expect((await store.list(attempt)).at(-1)?.name).toBe(start(44_000)));
  });

  it('tells the server when the attempt is over and nothing is left', async () => {
    const { begin, part, settle, tell, asked, heard, store } = await world({ missing: false });
    await begin();
    part(0, 1_000);
    await settle();
    tell({ type: 'end', over: true });
    await vi.waitFor(() => expect(asked).toEqual(['coverage t', 'sent']));
    await vi.waitFor(() => expect(heard('sending').at(-1)?.view.state).toBe('received'));
    expect(await store.attempts()).toEqual([]);
  });

  it('asks nothing for a browser that kept nothing, also after the end', async () => {
    const { asked, heard } = await world({ over: true });
    await vi.waitFor(() => expect(heard('sending').at(-1)?.view.state).toBe('idle'));
    expect(asked).toEqual([]);
  });

  it('begins nothing while there is no room, and tells it once', async () => {
    const { begin, part, tick, settle, heard, fill, store } = await world();
    await begin();
    fill(1_000);
    for (let i = 0; i < 25; i++) {
      tick();
      await settle();
    }
    part(0, 1_000);
    await settle();
    tick();
    expect(heard('keeping').at(-1)).toEqual({ type: 'keeping', state: 'full', sources: [] });
    expect(heard('note')).toHaveLength(1);
    expect(await store.list(attempt)).toEqual([]);
    fill(1e9);
    tick();
    await settle();
    tick();
    expect(heard('keeping').at(-1)?.state).not.toBe('full');
    expect(heard('note')).toHaveLength(2);
  });

  it('stops when the disk refuses, whatever the browser said of it', async () => {
    const { begin, part, tick, settle, heard, disk } = await world();
    await begin();
    disk.freeBytes = 0;
    part(0, 1_000);
    await settle();
    tick();
    await settle();
    await vi.waitFor(() => expect(heard('note')).toHaveLength(1));
    tick();
    expect(heard('keeping').at(-1)?.state).toBe('full');
  });

  it('says again and again how it stands, for a worker that is gone says nothing', async () => {
    const { heard, tick } = await world();
    for (let i = 0; i < 9; i++) tick();
    expect(heard('keeping').map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
  });

  it('does not take every error for want of room', async () => {
    const { begin, part, tick, settle, heard, disk, move, store } = await world();
    await begin();
    disk.refusal = 'NotReadableError';
    part(0, 1_000);
    await settle();
    tick();
    await vi.waitFor(() => expect(heard('note').map(({ detail }) => detail)).toEqual([expect.stringContaining('NotReadableError')]));
    tick();
    expect(heard('keeping').at(-1)?.state).toBe('none');
    part(1, 1_500, true);
    await settle();
    expect(await store.list(attempt)).toHaveLength(1);
    disk.refusal = undefined;
    move(10_000);
    part(2, 11_000);
    await settle();
    tick();
    expect(heard('keeping').at(-1)?.state).toBe('keeping');
  });

  it.each([{ stores: false }, { lists: false }])('says that there is none where nothing can be stored, and answers all the same: %o', async (what) => {
    const { heard, tell } = await world(what);
    expect(heard('keeping')).toEqual([{ type: 'keeping', state: 'none', sources: [] }]);
    expect(heard('note')).toHaveLength(1);
    tell({ type: 'end', over: true });
    await vi.waitFor(() => expect(heard('ended')).toHaveLength(1));
  });

  it('says that there is none where nothing can be encoded', async () => {
    const { heard, tell, tick } = await world();
    let cancelled = false;
    tell({ type: 'source', source: 'webcam', stream: new ReadableStream({ cancel: () => void (cancelled = true) }) });
    await vi.waitFor(() => expect(heard('keeping').at(-1)?.state).toBe('none'));
    tick();
    expect(heard('keeping').at(-1)?.state).toBe('none');
    expect(heard('note')).toHaveLength(1);
    expect(cancelled).toBe(true);
  });
});
