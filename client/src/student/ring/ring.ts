import type { Source, Track } from '@vigil/protocol';
import type { ClockOffset } from '../session/clock-estimate.js';
import { recordingState, type SessionView } from '../session/session-view.js';
import { feedOf, framesOf, type FeedScope } from './frame-feed.js';
import type { FromWorker, KeepingState, ToWorker, WebmPart } from './messages.js';
import { RecorderFeed, recorderScope } from './recorder-feed.js';
import { importRingKey } from './sealer.js';
import type { SendingLimit } from './send-gate.js';
import { ringToCome, type RingView } from './ring-view.js';

/** What a ring needs to know. */
export interface RingOptions {
  attempt: string;
  /** Of the student's link. */
  token: string;
  /** Server wall clock, roughly, ms. */
  nowMs: number;
  /** The attempt is over: something may still have to be sent. */
  over: boolean;
  changed: (view: RingView) => void;
  /** A line for the attempt's history. */
  note: (detail: string) => void;
}

/** The browser as the ring uses it; tests give their own. */
export interface RingScope {
  makeWorker: () => RingWorker;
  feed: FeedScope;
  /** The window's steady clock, ms. */
  now: () => number;
  makeRecorder: (track: Track, out: (part: WebmPart) => void) => Pick<RecorderFeed, 'setTrack' | 'end'>;
  /** Asks the browser not to throw away what is stored. */
  persist: () => void;
  /** Calls back about every `ms`, for as long as the page lives. */
  every: (ms: number, act: () => void) => void;
}

/** The worker says something every few seconds: one that is silent at three looks of these, ms, is gone. */
const lookEveryMs = 5_000;
const silentLooks = 3;

/** What is used of a Worker. */
export type RingWorker = Pick<Worker, 'postMessage' | 'onmessage' | 'onerror'>;

/** The real browser. */
export const browserScope = (): RingScope => ({
  makeWorker: () => new Worker(new URL('./ring-worker.ts', import.meta.url), { type: 'module' }),
  feed: globalThis,
  now: () => performance.now(),
  // Numbers of files need to differ within a track only.
  makeRecorder: (track, out) => new RecorderFeed(track, recorderScope(), out),
  persist: () => void (navigator.storage as StorageManager | undefined)?.persist().catch(() => undefined),
  every: (ms, act) => void setInterval(act, ms),
});

const tracks = { webcam: ['webcam', 'microphone'], screen: ['screen'] } as const satisfies Record<Track, readonly Source[]>;
const trackOf = (source: Source): Track => (source === 'screen' ? 'screen' : 'webcam');

/**
 * The window's end of the browser's own recording. It hands tracks, key and clock to the worker, which encodes, seals, keeps
 * and sends; it begins with `begin` and goes on until `end`, whatever becomes of the connection.
 */
export class Ring {
  readonly #options: RingOptions;
  readonly #scope: RingScope;
  readonly #feed: ReturnType<typeof feedOf>;
  readonly #worker: RingWorker | undefined;
  readonly #recorders = new Map<Track, ReturnType<RingScope['makeRecorder']>>();
  /** What the worker was given last. */
  readonly #given = new Map<Source, { track: MediaStreamTrack; muted: boolean }>();
  readonly #well = new Map<Track, boolean>();
  #network: SessionView['network'] = 'connecting';
  /** The connection was lost, and is not back yet. */
  #lost = false;
  #recording = false;
  #hasKey = false;
  #heard = false;
  /** Looks since the worker said something; counted, for a window that is hidden or asleep looks late. */
  #silent = 0;
  /** The last pieces are being closed: what is known of the sending is of before. */
  #ending = false;
  #view: RingView = ringToCome;
  #leftOversSent: () => void = () => undefined;

  /** Resolves when what an earlier page left is sent, or cannot be sent now. */
  readonly leftOversSent = new Promise<void>((resolve) => (this.#leftOversSent = resolve));

  constructor(options: RingOptions, scope: RingScope = browserScope()) {
    this.#options = options;
    this.#scope = scope;
    this.#feed = feedOf(scope.feed);
    try {
      this.#worker = scope.makeWorker();
      this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#received(data);
      this.#worker.onerror = ({ message }) => this.#workerFailed(message);
    } catch {
      // As in a browser without module workers.
    }
    scope.every(lookEveryMs, () => this.#look());
    const { attempt, token, nowMs, over } = options;
    this.#post({ type: 'open', attempt, token, nowMs, over });
    if (!this.#worker) this.#failed('This browser cannot keep a recording of its own.');
    // Where this window cannot record, the worker may still find something to send.
    else if (!this.#feed) {
      options.note('This browser cannot keep a recording of its own.');
      this.#view = { ...ringToCome, keeping: 'none' };
    }
  }

  get view(): RingView {
    return this.#view;
  }

  /** The key of the attempt, as `join` told it; the first one stays. @param base64 32 bytes */
  async setKey(base64: string): Promise<void> {
    if (this.#hasKey) return;
    this.#hasKey = true;
    this.#post({ type: 'key', key: await importRingKey(base64) });
  }

  /** The best that is known of the server's clock, against the window's steady clock. */
  setClock(offset: ClockOffset | undefined): void {
    if (offset) this.#post({ type: 'clock', offset });
  }

  /** What sending may take of the line. */
  setLimit(limit: SendingLimit): void {
    this.#post({ type: 'limit', limit });
  }

  /** Records from now on what `follow` tells of. */
  begin(): void {
    if (this.#recording) return;
    this.#recording = true;
    this.#scope.persist();
  }

  /** How it stands with the session, at each change; `trackOf` gives the sources' tracks. */
  follow(session: SessionView, trackFor: (source: Source) => MediaStreamTrack | undefined): void {
    if (session.network === 'lost') this.#lost = true;
    if (session.network === 'connected' && this.#network !== 'connected') {
      this.#post({ type: 'wake', lost: this.#lost });
      this.#lost = false;
    }
    this.#network = session.network;
    if (!this.#recording || session.ending) return;
    for (const source of Object.keys(session.sources) as Source[]) this.#give(source, trackFor(source), session.sources[source]?.track === 'muted');
    for (const track of Object.keys(tracks) as Track[]) {
      const asked = tracks[track].filter((source) => session.sources[source]);
      const well = asked.every((source) => recordingState(session, source) === 'recorded');
      if (!asked.length || this.#well.get(track) === well) continue;
      this.#well.set(track, well);
      this.#post({ type: 'live', track, well });
    }
  }

  /** The recording ends here. @param over the attempt ends as well: the rest is sent, and the server is told. */
  async end(over: boolean): Promise<void> {
    this.#recording = false;
    // A worker that never said anything will not say that it ended.
    this.#ending = this.#heard;
    this.#set({ asked: !this.#ending });
    await Promise.all([...this.#recorders.values()].map((recorder) => recorder.end()));
    this.#recorders.clear();
    this.#given.clear();
    this.#post({ type: 'end', over });
  }

  #give(source: Source, track: MediaStreamTrack | undefined, muted: boolean): void {
    const before = this.#given.get(source);
    if (before?.track === track && before?.muted === muted) return;
    if (track) this.#given.set(source, { track, muted });
    else this.#given.delete(source);
    if (this.#feed === 'recorder') {
      this.#recorderOf(trackOf(source)).setTrack(source, muted ? undefined : track);
      return;
    }
    if (this.#feed !== 'frames') return;
    if (before?.track !== track) {
      const stream = track && framesOf(track, this.#scope.feed);
      this.#post({ type: 'source', source, ...(stream && { stream }) }, stream ? [stream] : []);
    }
    if (muted !== (before?.muted ?? false)) this.#post({ type: 'muted', source, muted });
  }

  #recorderOf(track: Track): ReturnType<RingScope['makeRecorder']> {
    const recorder = this.#recorders.get(track) ?? this.#scope.makeRecorder(track, (part) => this.#post({ type: 'webm', part }, [part.bytes]));
    this.#recorders.set(track, recorder);
    return recorder;
  }

  #received(message: FromWorker): void {
    this.#heard = true;
    this.#silent = 0;
    switch (message.type) {
      case 'time':
        this.#post({ type: 'time', askedMs: message.askedMs, windowMs: this.#scope.now() });
        break;
      case 'keeping':
        if (this.#feed) this.#setKeeping(message.state, message.sources);
        break;
      case 'sending':
        this.#set({ sending: message.view, asked: !this.#ending });
        break;
      case 'left-overs-sent':
        this.#leftOversSent();
        this.#set({ asked: true });
        break;
      case 'note':
        this.#options.note(message.detail);
        break;
      case 'ended':
        this.#ended();
        break;
    }
  }

  /** It is said again and again; only a change is news. */
  #setKeeping(keeping: KeepingState, sources: readonly Source[]): void {
    if (keeping !== this.#view.keeping || sources.join() !== this.#view.sources.join()) this.#set({ keeping, sources });
  }

  /** What a worker said that died since must not stand for ever. */
  #look(): void {
    this.#silent += 1;
    if (this.#silent < silentLooks) return;
    if (this.#ending) this.#ended();
    if (this.#view.keeping !== 'keeping') return;
    this.#options.note('The browser’s own recording does not answer.');
    this.#setKeeping('none', []);
  }

  #ended(): void {
    this.#ending = false;
    this.#set({ asked: true });
  }

  /** An error of a worker that never said anything is its end; another one is only told. */
  #workerFailed(message: string): void {
    if (this.#heard) this.#options.note(`The browser's own recording had an error: ${message}`.slice(0, 200));
    else this.#failed('The browser’s own recording could not start.');
  }

  #failed(why: string): void {
    this.#options.note(why);
    const sends = this.#worker !== undefined && this.#heard;
    if (!sends) this.#leftOversSent();
    this.#set({ keeping: 'none', sources: [], ...(!sends && { asked: true }) });
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #set(change: Partial<RingView>): void {
    this.#view = { ...this.#view, ...change };
    this.#options.changed(this.#view);
  }
}
