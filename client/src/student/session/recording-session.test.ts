import type { AnnouncementName, Announcements, JoinAnswer, RequestName, SessionAnswer, Source } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol/errors';
import { describe, expect, it, vi } from 'vitest';
import { Unreachable } from './api.js';
import type { Publisher, TransportState } from './publisher.js';
import { RecordingSession } from './recording-session.js';
import { recordingState } from './session-view.js';
import type { Request, Signalling, SignallingHandlers } from './signalling.js';

/** A track that can be ended and muted by hand. */
class FakeTrack extends EventTarget {
  muted = false;
  readyState = 'live';
  stop = (): void => void (this.readyState = 'ended');
  end(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
  mute(muted: boolean): void {
    this.muted = muted;
    this.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
  }
  get asTrack(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

/** A server, its sockets and transports, as far as the session can tell. */
class FakeServer {
  /** What was asked, in order: `name`, or `name:detail`. */
  asked: string[] = [];
  sessions = 0;
  pauses: number[] = [];
  /** What the session learned of the server's clock, and the keys it was told. */
  times: number[] = [];
  keys: string[] = [];
  /** How often the page was told to ask for the attempt again. */
  rulesChanges = 0;
  /** An error for the next requests of a name; `once` takes it away again. */
  refuse: Partial<Record<RequestName | 'connect' | 'session', { error: Error; once: boolean }>> = {};
  handlers: SignallingHandlers | undefined;
  connected = false;
  transport: { state: TransportState; change: (state: TransportState) => void } | undefined;
  /** What the senders' statistics say, and the next look at them. */
  stats: object[] = [];
  look: () => void = () => undefined;
  adapted: string[] = [];
  /** The steady clock, which only pauses move. */
  steadyMs = 0;
  /** Whether a restarted ICE finds its way. */
  iceComesBack = true;

  readonly parts = {
    api: {
      session: () => {
        this.#mayRefuse('session');
        this.sessions++;
        return Promise.resolve({ mediaUrl: '', mediaToken: String(this.sessions) });
      },
    },
    createSignalling: (_answer: SessionAnswer, handlers: SignallingHandlers): Signalling => {
      this.handlers = handlers;
      const isConnected = () => this.connected && this.handlers === handlers;
      return {
        get connected() {
          return isConnected();
        },
        connect: async () => {
          await Promise.resolve();
          this.#mayRefuse('connect');
          this.connected = true;
        },
        request: this.#request,
        disconnect: () => void (this.connected = false),
      };
    },
    createPublisher: (_answer: unknown, request: Request, changed: (state: TransportState) => void): Promise<Publisher> => {
      const transport = {
        state: 'idle' as TransportState,
        change: (state: TransportState) => {
          transport.state = state;
          changed(state);
        },
      };
      this.transport = transport;
      return Promise.resolve({
        get state() {
          return transport.state;
        },
        publish: async (source: Source | 'probe') => {
          const { producerId } = await request('produce', { source, kind: 'video', rtpParameters: {} });
          if (transport.state === 'idle') transport.change('connected');
          return { producerId, close: () => undefined, stats: () => Promise.reject(new Error('not asked here')), adapt: (step) => Promise.resolve(void this.adapted.push(`${source}:${step.words}`)) };
        },
        stats: () => Promise.resolve(new Map(this.stats.entries()) as unknown as RTCStatsReport),
        restartIce: () => {
          if (this.iceComesBack) transport.change('connected');
          return Promise.resolve();
        },
        close: () => void (transport.state = 'lost'),
      });
    },
    policy: { delayMs: (attempt: number) => Math.min(attempt, 100), connectTimeoutMs: () => 1 },
    now: () => Date.now(),
    steadyNow: () => this.steadyMs,
    pause: async (ms: number) => {
      // The look at the statistics, which goes on as long as the session: the test lets it pass.
      if (ms === 2_400) return new Promise<void>((look) => (this.look = look));
      this.pauses.push(ms);
      this.steadyMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    timed: async <T extends { nowMs: number }>(ask: () => Promise<T>): Promise<T> => {
      const answer = await ask();
      this.times.push(answer.nowMs);
      return answer;
    },
    joined: ({ ringKey }: JoinAnswer) => void this.keys.push(ringKey),
    changed: () => undefined,
    rulesChanged: () => void (this.rulesChanges += 1),
  };

  announce<K extends AnnouncementName>(name: K, payload: Announcements[K]): void {
    this.handlers?.announced(name, payload);
  }

  /** The socket breaks. */
  drop(): void {
    this.connected = false;
    this.handlers?.dropped();
  }

  #mayRefuse(name: RequestName | 'connect' | 'session'): void {
    const refusal = this.refuse[name];
    if (!refusal) return;
    if (refusal.once) this.refuse[name] = undefined as never;
    throw refusal.error;
  }

  #request: Request = async (name, payload) => {
    if (!this.connected) throw new Unreachable();
    const detail = 'source' in payload ? `:${payload.source}` : 'muted' in payload ? `:${payload.muted}` : '';
    this.asked.push(name + detail);
    await Promise.resolve();
    this.#mayRefuse(name);
    const answers: Record<RequestName, object> = {
      join: { nowMs: Date.now() + 5_000, uplink: { maxBitrate: 400_000, lowData: false }, ringKey: 'a key' },
      begin: { startedAtMs: 1, endsAtMs: 2, nowMs: Date.now() + 5_000 },
      produce: { producerId: `p${this.asked.length}` },
      restartIce: { iceParameters: {} },
      finish: { finishedAtMs: 3 },
      connectTransport: {},
      closeProducer: {},
      setMuted: {},
      clock: { nowMs: Date.now() + 5_000 },
      note: {},
      ready: {},
    };
    return answers[name] as never;
  };
}

const noTimes = { startedAtMs: null, endsAtMs: null, clockOffsetMs: 0 };

async function started() {
  const server = new FakeServer();
  const session = new RecordingSession(server.parts, ['webcam', 'screen'], noTimes);
  const webcam = new FakeTrack();
  const screen = new FakeTrack();
  session.setTrack('webcam', webcam.asTrack);
  session.setTrack('screen', screen.asTrack, 'monitor');
  await session.start();
  server.announce('recording', { source: 'webcam', state: 'recorded' });
  server.announce('recording', { source: 'screen', state: 'recorded' });
  const { asked } = server;
  server.asked = [];
  return { server, session, webcam, screen, asked };
}

const recovered = (session: RecordingSession) => vi.waitFor(() => expect(session.view.network).toBe('connected'));

describe('RecordingSession', () => {
  it('joins, publishes what it has, and begins', async () => {
    const { session, asked } = await started();
    expect(asked).toEqual(['join', 'produce:webcam', 'produce:screen', 'begin']);
    expect(session.view).toMatchObject({ started: true, network: 'connected', startedAtMs: 1, endsAtMs: 2 });
    expect(session.view.clockOffsetMs).toBeGreaterThan(4_000);
    expect(recordingState(session.view, 'webcam')).toBe('recorded');
  });

  it('publishes all again on a new transport after the socket broke', async () => {
    const { server, session } = await started();
    server.drop();
    expect(session.view.network).toBe('lost');
    await recovered(session);
    expect(server.asked).toEqual(['join', 'produce:webcam', 'produce:screen', 'begin']);
    expect(server.sessions).toBe(1);
    expect(recordingState(session.view, 'webcam')).toBe('starting');
  });

  it('keeps trying while the network is away, and asks for a new session now and then', async () => {
    const { server, session } = await started();
    server.refuse.connect = { error: new Unreachable(), once: false };
    server.drop();
    await vi.waitFor(() => expect(server.pauses.length).toBeGreaterThan(5));
    expect(session.view.network).toBe('lost');
    expect(server.sessions).toBeGreaterThan(1);
    delete server.refuse.connect;
    await recovered(session);
    expect(server.asked.at(-1)).toBe('begin');
  });

  it('only restarts ICE when the path changed and the socket is well', async () => {
    const { server, session } = await started();
    server.transport?.change('lost');
    await recovered(session);
    expect(server.asked).toEqual(['restartIce', 'begin']);
    expect(recordingState(session.view, 'screen')).toBe('recorded');
  });

  it('makes a new transport when ICE does not come back', async () => {
    const { server, session } = await started();
    server.iceComesBack = false;
    server.transport?.change('lost');
    await recovered(session);
    expect(server.asked).toEqual(['restartIce', 'join', 'produce:webcam', 'produce:screen', 'begin']);
  });

  it('joins again on the same socket when the media server is lost', async () => {
    const { server, session } = await started();
    server.announce('mediaServerLost', {});
    await recovered(session);
    expect(server.asked).toEqual(['join', 'produce:webcam', 'produce:screen', 'begin']);
    expect(server.sessions).toBe(1);
  });

  it('asks for another session when the server does not know this one any more', async () => {
    const { server, session } = await started();
    server.refuse.connect = { error: new VigilError('noMedia'), once: true };
    server.drop();
    await recovered(session);
    expect(server.sessions).toBe(2);
  });

  it('stops all tracks when it is replaced, and does not come back', async () => {
    const { server, session, webcam } = await started();
    server.announce('replaced', {});
    server.drop();
    expect(session.view.ending).toEqual({ how: 'replaced' });
    expect(webcam.readyState).toBe('ended');
    expect(server.asked).toEqual([]);
  });

  it('leaves the line to the other tab when it is replaced, and takes all of it when the exam is over', async () => {
    const replaced = await started();
    replaced.server.announce('replaced', {});
    expect(replaced.session.view.spare).toEqual({ paused: false, maxBitrate: 40_000 });
    const finished = await started();
    finished.server.announce('ended', { why: 'time-over', finishedAtMs: 3 });
    expect(finished.session.view.spare).toEqual({ paused: false, maxBitrate: null });
  });

  it('says so when the time was over while the connection was lost', async () => {
    const { server, session } = await started();
    server.refuse.connect = { error: new VigilError('attemptEnded'), once: false };
    server.drop();
    await vi.waitFor(() => expect(session.view.ending).toEqual({ how: 'time-over', finishedAtMs: null }));
  });

  it('finishes', async () => {
    const { server, session, screen } = await started();
    session.finish();
    await vi.waitFor(() => expect(session.view.ending).toEqual({ how: 'finished', finishedAtMs: 3 }));
    expect(server.asked).toEqual(['finish']);
    expect(screen.readyState).toBe('ended');
  });

  it('finishes as soon as the connection is back', async () => {
    const { server, session } = await started();
    server.refuse.connect = { error: new Unreachable(), once: true };
    server.drop();
    session.finish();
    expect(session.view).toMatchObject({ finishing: true, ending: null });
    await vi.waitFor(() => expect(session.view.ending).toEqual({ how: 'finished', finishedAtMs: 3 }));
    expect(server.asked).toEqual(expect.arrayContaining(['join', 'finish']));
    // What comes after the end of the exam is nobody's business.
    expect(server.asked).not.toContain('begin');
  });

  it('tells of an unplugged camera, and publishes another', async () => {
    const { server, session, webcam } = await started();
    webcam.end();
    expect(session.view.sources.webcam).toMatchObject({ track: 'ended' });
    await vi.waitFor(() => expect(server.asked).toEqual(['closeProducer']));
    session.setTrack('webcam', new FakeTrack().asTrack);
    await vi.waitFor(() => expect(server.asked).toEqual(['closeProducer', 'produce:webcam']));
  });

  it('tells of a muted track, also after a new join', async () => {
    const { server, session, webcam } = await started();
    webcam.mute(true);
    expect(session.view.sources.webcam?.track).toBe('muted');
    await vi.waitFor(() => expect(server.asked).toEqual(['setMuted:true']));
    server.drop();
    await recovered(session);
    expect(server.asked).toContain('setMuted:true');
    expect(server.asked.slice(1)).toEqual(expect.arrayContaining(['produce:webcam', 'setMuted:true', 'begin']));
    webcam.mute(false);
    expect(session.view.sources.webcam?.track).toBe('live');
  });

  it('gives up a source that the server refuses, and records the others', async () => {
    const { server, session } = await started();
    server.refuse.produce = { error: new VigilError('wrongSurface'), once: true };
    const window = new FakeTrack();
    session.setTrack('screen', window.asTrack, 'window');
    await vi.waitFor(() => expect(session.view.sources.screen?.track).toBe('ended'));
    expect(window.readyState).toBe('ended');
    expect(session.view.sources.webcam).toMatchObject({ track: 'live', recorded: true });
  });

  it('keeps its tracks when the media server goes away while they are published', async () => {
    const { server, session, webcam } = await started();
    server.refuse.produce = { error: new VigilError('wrongState'), once: true };
    server.announce('mediaServerLost', {});
    await recovered(session);
    expect(webcam.readyState).toBe('live');
    expect(session.view.sources.webcam?.track).toBe('live');
    expect(server.asked.filter((one) => one === 'produce:webcam')).toHaveLength(2);
    expect(server.asked.at(-1)).toBe('begin');
  });

  it('publishes what failed to be, also where only ICE was restarted', async () => {
    const { server, session } = await started();
    server.refuse.produce = { error: new Unreachable(), once: true };
    server.asked = [];
    session.setTrack('screen', new FakeTrack().asTrack, 'monitor');
    await vi.waitFor(() => expect(server.asked.filter((one) => one === 'produce:screen')).toHaveLength(2));
    expect(server.asked).toContain('restartIce');
    expect(server.asked).not.toContain('join');
  });

  it('sends less when the line is thin, says so in the history, and rests what cannot be sent', async () => {
    const { server, session } = await started();
    server.asked = [];
    server.stats = [
      { type: 'outbound-rtp', qualityLimitationReason: 'bandwidth' },
      { type: 'candidate-pair', nominated: true, availableOutgoingBitrate: 30_000 },
    ];
    // Somebody sets the computer's clock back at each look.
    let wallMs = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => (wallMs -= 60_000));
    const looks = async (seconds: number): Promise<void> => {
      for (let i = 0; i < seconds / 2; i += 1) {
        server.steadyMs += 2_000;
        server.look();
        for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await looks(6);
    expect(session.view.step).toBe(3);
    expect(server.adapted).toEqual(['webcam:stills and sound', 'screen:stills and sound']);
    expect(server.asked).toContain('note');
    // Nothing is kept yet: what would not be sent now would be lost.
    await looks(12);
    session.setKept(['webcam']);
    await looks(12);
    expect(session.view.step).toBe(3);
    session.setKept(['webcam', 'screen']);
    await looks(6);
    expect(session.view.step).toBe(4);
    expect(server.asked.filter((one) => one === 'setMuted:true')).toHaveLength(2);
    server.stats = [{ type: 'outbound-rtp', qualityLimitationReason: 'none' }, { type: 'candidate-pair', nominated: true, availableOutgoingBitrate: 900_000 }];
    await looks(120);
    vi.restoreAllMocks();
    expect(session.view.step).toBeLessThan(4);
    expect(server.asked.at(-1)).not.toBe('setMuted:true');
  });

  it('does not begin, and says why, when the server says no', async () => {
    const server = new FakeServer();
    server.refuse.begin = { error: new VigilError('notOpenYet'), once: true };
    const session = new RecordingSession(server.parts, ['webcam'], noTimes);
    await expect(session.start()).rejects.toMatchObject({ reason: 'notOpenYet' });
    expect(session.view.started).toBe(false);
  });

  it('takes a new end at once, and has the page ask for the rest', async () => {
    const { server, session } = await started();
    server.announce('changed', { endsAtMs: 1_800_002 });
    expect([session.view.endsAtMs, server.rulesChanges]).toEqual([1_800_002, 1]);
    server.announce('changed', { endsAtMs: null });
    expect([session.view.endsAtMs, server.rulesChanges]).toEqual([1_800_002, 2]);
  });

  it('learns the server’s time from every answer that tells it, and the ring’s key from the join', async () => {
    const { server, session } = await started();
    expect([server.times.length, server.keys]).toEqual([2, ['a key']]);
    await session.askClock();
    expect(server.times).toHaveLength(3);
    server.drop();
    await session.askClock();
    await recovered(session);
    expect([server.times.length, server.keys.length]).toEqual([5, 2]);
  });

  it('shows the time that the page knows before it has joined', () => {
    const times = { startedAtMs: 1_000, endsAtMs: 61_000, clockOffsetMs: 5 };
    expect(new RecordingSession(new FakeServer().parts, ['webcam'], times).view).toMatchObject(times);
  });

  it('joins after a reload, but publishes nothing before what is older has gone', async () => {
    const server = new FakeServer();
    const session = new RecordingSession(server.parts, ['webcam'], noTimes);
    let go: () => void = () => undefined;
    session.resume(new Promise<void>((resolve) => (go = resolve)));
    await vi.waitFor(() => expect(server.keys).toHaveLength(1));
    session.setTrack('webcam', new FakeTrack().asTrack);
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.asked).toEqual(['join']);
    expect(session.view.spare).toEqual({ paused: false, maxBitrate: 400_000 });
    go();
    await recovered(session);
    expect(server.asked).toEqual(['join', 'produce:webcam', 'begin']);
    expect(session.view.spare).toEqual({ paused: false, maxBitrate: 200_000 });
  });

  it('does not hold up the end for what is older', async () => {
    const server = new FakeServer();
    const session = new RecordingSession(server.parts, ['webcam'], noTimes);
    session.resume(new Promise(() => undefined));
    await vi.waitFor(() => expect(server.asked).toEqual(['join']));
    session.finish();
    await vi.waitFor(() => expect(session.view.ending).toEqual({ how: 'finished', finishedAtMs: 3 }));
    expect(server.asked.at(-1)).toBe('finish');
  });

  it('resumes after a reload by itself, and takes the tracks as they come', async () => {
    const server = new FakeServer();
    server.refuse.session = { error: new Unreachable(), once: true };
    const session = new RecordingSession(server.parts, ['webcam', 'screen'], noTimes);
    session.resume();
    session.noTrack('screen');
    await recovered(session);
    session.setTrack('webcam', new FakeTrack().asTrack);
    await vi.waitFor(() => expect(server.asked).toEqual(['join', 'begin', 'produce:webcam']));
    expect(recordingState(session.view, 'screen')).toBe('not-recorded');
  });
});
