import type { Source } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import type { SessionView, SourceView } from '../session/session-view.js';
import type { FromWorker, ToWorker, WebmPart } from './messages.js';
import { leavesSomething, type RingView } from './ring-view.js';
import { Ring, type RingScope, type RingWorker } from './ring.js';
import { nothingToSend } from './sending-view.js';

const track = (name: string) => ({ name, kind: name === 'microphone' ? 'audio' : 'video' }) as unknown as MediaStreamTrack;
const recorded: SourceView = { track: 'live', never: false, recorded: true, cause: null, sinceMs: 0 };
const session = (change: Partial<SessionView> = {}): SessionView => ({
  network: 'connected', sources: { webcam: recorded, microphone: recorded, screen: recorded },
  started: true, finishing: false, step: 0, reduced: false, spare: { paused: false, maxBitrate: null }, startedAtMs: 0, endsAtMs: 1, clockOffsetMs: 0, kept: [], ending: null, ...change,
});

class Frames {
  readable: unknown;
  constructor({ track: of }: { track: unknown }) {
    this.readable = of;
  }
}

function world(feed: 'frames' | 'recorder' | 'none' = 'frames', hasWorker = true) {
  const said: ToWorker[] = [];
  const views: RingView[] = [];
  const notes: string[] = [];
  const recorders: string[] = [];
  let out: (part: WebmPart) => void = () => undefined;
  let persisted = 0;
  let look = (): void => undefined;
  const worker: RingWorker = { postMessage: (message: ToWorker) => void said.push(message), onmessage: null, onerror: null };
  const scope: RingScope = {
    makeWorker: () => {
      if (!hasWorker) throw new Error('no module workers');
      return worker;
    },
    feed:
      feed === 'frames'
        ? { MediaStreamTrackProcessor: Frames as never, VideoEncoder: {}, AudioEncoder: {} }
        : { MediaRecorder: { isTypeSupported: () => feed === 'recorder' } },
    now: () => 42,
    makeRecorder: (of, give) => {
      out = give;
      return {
        setTrack: (source, given) => void recorders.push(`${of}/${source}: ${given ? 'on' : 'off'}`),
        end: () => {
          recorders.push(`${of}: end`);
          return Promise.resolve();
        },
      };
    },
    persist: () => {
      persisted += 1;
    },
    every: (_ms, act) => (look = act),
  };
  const ring = new Ring(
    { attempt: 'a', token: 't', nowMs: 1, over: false, changed: (view) => void views.push(view), note: (detail) => void notes.push(detail) },
    scope,
  );
  const hear = (data: FromWorker): void => {
    (worker.onmessage as (event: { data: FromWorker }) => void)({ data });
  };
  const of = <K extends ToWorker['type']>(type: K) => said.filter((message): message is ToWorker & { type: K } => message.type === type);
  return { ring, said, views, notes, recorders, hear, of, worker, give: (part: WebmPart): void => out(part), persisted: () => persisted, look: (): void => look() };
}

const tracks: Partial<Record<Source, MediaStreamTrack>> = { webcam: track('webcam'), microphone: track('microphone'), screen: track('screen') };
const trackOf = (source: Source) => tracks[source];

describe('Ring', () => {
  it('opens the store at once, and gives no frame before it begins', () => {
    const { ring, said, of, persisted } = world();
    expect(said).toEqual([{ type: 'open', attempt: 'a', token: 't', nowMs: 1, over: false }]);
    ring.follow(session(), trackOf);
    expect(of('source')).toEqual([]);
    ring.begin();
    ring.begin();
    ring.follow(session(), trackOf);
    ring.follow(session(), trackOf);
    expect(of('source')).toEqual([
      { type: 'source', source: 'webcam', stream: tracks.webcam },
      { type: 'source', source: 'microphone', stream: tracks.microphone },
      { type: 'source', source: 'screen', stream: tracks.screen },
    ]);
    expect(persisted()).toBe(1);
  });

  it('follows what becomes of a source', () => {
    const { ring, of } = world();
    ring.begin();
    ring.follow(session(), trackOf);
    const muted = session({ sources: { webcam: { ...recorded, track: 'muted' } } });
    ring.follow(muted, trackOf);
    ring.follow(session({ sources: { webcam: { ...recorded, track: 'ended' } } }), () => undefined);
    const other = track('webcam');
    ring.follow(session(), (source) => (source === 'webcam' ? other : trackOf(source)));
    expect(of('muted')).toEqual([
      { type: 'muted', source: 'webcam', muted: true },
      { type: 'muted', source: 'webcam', muted: false },
    ]);
    expect(of('source').filter(({ source }) => source === 'webcam')).toEqual([
      { type: 'source', source: 'webcam', stream: tracks.webcam },
      { type: 'source', source: 'webcam' },
      { type: 'source', source: 'webcam', stream: other },
    ]);
  });

  it('says whether a track is recorded live, and when the connection is back', () => {
    const { ring, of } = world();
    ring.begin();
    ring.follow(session(), trackOf);
    ring.follow(session({ network: 'lost' }), trackOf);
    ring.follow(session({ network: 'lost' }), trackOf);
    ring.follow(session({ sources: { webcam: recorded, microphone: { ...recorded, recorded: false }, screen: recorded } }), trackOf);
    expect(of('live').map(({ track: of, well }) => `${of} ${well}`)).toEqual([
      'webcam true', 'screen true', 'webcam false', 'screen false', 'screen true',
    ]);
    expect(of('wake').map(({ lost }) => lost)).toEqual([false, true]);
  });

  it('keeps the first key, and passes the clock on', async () => {
    const { ring, of, hear } = world();
    await ring.setKey(btoa('k'.repeat(32)));
    await ring.setKey(btoa('l'.repeat(32)));
    expect(of('key')).toHaveLength(1);
    ring.setClock(undefined);
    ring.setClock({ offsetMs: 5, errorMs: 1 });
    expect(of('clock')).toEqual([{ type: 'clock', offset: { offsetMs: 5, errorMs: 1 } }]);
    hear({ type: 'time', askedMs: 7 });
    expect(of('time')).toEqual([{ type: 'time', askedMs: 7, windowMs: 42 }]);
  });

  it('does not say that nothing is left while the last pieces are being closed', async () => {
    const { ring, views, hear, of } = world();
    hear({ type: 'sending', view: nothingToSend });
    expect(ring.view.asked).toBe(true);
    const ended = ring.end(true);
    hear({ type: 'sending', view: nothingToSend });
    expect(views.at(-1)?.asked).toBe(false);
    await ended;
    expect(of('end')).toEqual([{ type: 'end', over: true }]);
    hear({ type: 'sending', view: { ...nothingToSend, state: 'waiting', leftBytes: 5 } });
    hear({ type: 'ended' });
    expect(ring.view).toMatchObject({ asked: true, sending: { state: 'waiting' } });
    expect(leavesSomething(ring.view)).toBe(true);
    hear({ type: 'sending', view: { ...nothingToSend, state: 'received' } });
    expect(leavesSomething(ring.view)).toBe(false);
  });

  it('uses the browser’s recorder where there are no frames', async () => {
    const { ring, recorders, of, give } = world('recorder');
    ring.begin();
    ring.follow(session(), trackOf);
    ring.follow(session({ sources: { webcam: { ...recorded, track: 'muted' }, microphone: recorded, screen: recorded } }), trackOf);
    expect(recorders).toEqual(['webcam/webcam: on', 'webcam/microphone: on', 'screen/screen: on', 'webcam/webcam: off']);
    const part: WebmPart = { track: 'screen', file: 0, zeroMs: 1, untilMs: 2, bytes: new ArrayBuffer(1), last: false };
    give(part);
    expect(of('webm')).toEqual([{ type: 'webm', part }]);
    await ring.end(false);
    expect(recorders.slice(4)).toEqual(['webcam: end', 'screen: end']);
    expect(of('source')).toEqual([]);
  });

  it('only sends where this browser cannot record by itself', () => {
    const { ring, notes, hear, of } = world('none');
    expect(notes).toHaveLength(1);
    ring.begin();
    ring.follow(session(), trackOf);
    hear({ type: 'keeping', state: 'waiting', sources: [] });
    expect(ring.view.keeping).toBe('none');
    expect(of('source')).toEqual([]);
    hear({ type: 'sending', view: { ...nothingToSend, state: 'sending' } });
    expect(ring.view.sending.state).toBe('sending');
  });

  it.each(['no worker', 'a worker that does not start'])('holds nobody up with %s', async (what) => {
    const { ring, worker, notes } = world('frames', what !== 'no worker');
    if (what !== 'no worker') (worker.onerror as (event: { message: string }) => void)({ message: 'not found' });
    await ring.leftOversSent;
    expect(ring.view).toMatchObject({ keeping: 'none', asked: true });
    await ring.end(true);
    expect(ring.view).toMatchObject({ keeping: 'none', asked: true });
    expect(notes).toHaveLength(1);
  });

  it('does not believe for ever what a worker said that is silent since', () => {
    const { ring, notes, views, hear, look } = world();
    hear({ type: 'keeping', state: 'keeping', sources: ['webcam'] });
    for (let i = 0; i < 10; i++) {
      look();
      look();
      hear({ type: 'keeping', state: 'keeping', sources: ['webcam'] });
    }
    expect(views).toHaveLength(1);
    for (let i = 0; i < 5; i++) look();
    expect(ring.view).toMatchObject({ keeping: 'none', sources: [] });
    expect(notes).toHaveLength(1);
    hear({ type: 'keeping', state: 'keeping', sources: ['webcam'] });
    expect(ring.view).toMatchObject({ keeping: 'keeping', sources: ['webcam'] });
  });

  it('does not wait for ever for a worker that died before it ended', async () => {
    const { ring, hear, look } = world();
    hear({ type: 'left-overs-sent' });
    await ring.end(true);
    look();
    look();
    expect(ring.view.asked).toBe(false);
    look();
    expect(ring.view.asked).toBe(true);
  });

  it('lives on when its worker stumbles', () => {
    const { ring, worker, notes, hear } = world();
    hear({ type: 'keeping', state: 'keeping', sources: ['webcam'] });
    (worker.onerror as (event: { message: string }) => void)({ message: 'oops' });
    expect(ring.view).toMatchObject({ keeping: 'keeping', sources: ['webcam'] });
    expect(notes).toEqual([expect.stringContaining('oops')]);
  });
});
