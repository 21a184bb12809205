import type { AnnouncementName, Announcements, JoinAnswer, SessionAnswer, Source } from '@vigil/protocol';
import { VigilError, type Reason } from '@vigil/protocol/errors';
import { Unreachable, type StudentApi } from './api.js';
import type { ClockOffset } from './clock-estimate.js';
import { lowDataStep, uplinkSteps, type UplinkStep } from './encodings.js';
import type { Publisher, Published, Surface, TransportState } from './publisher.js';
import type { ReconnectPolicy } from './reconnect-policy.js';
import type { Ending, SessionView, SourceView } from './session-view.js';
import type { Request, Signalling, SignallingHandlers } from './signalling.js';
import { SourceTracks } from './source-tracks.js';
import { leastShare, UplinkLadder } from './uplink-ladder.js';
import { readLadderSample } from './uplink-sample.js';

/** How long a restarted ICE may take, ms, before the whole transport is made anew. */
const iceWithinMs = 4_000;
/** How long the restart's request may take, ms: no answer means that the socket is as dead as the transport. */
const restartAckWithinMs = 2_000;
/** How long the server may take to make the last segments durable, ms. */
const finishWithinMs = 30_000;
/** Shortest pause, ms, after the server itself said no: it needs the time more than we do. */
const refusedPauseMs = 2_000;

/** How often the senders' statistics are looked at, ms. */
const lookEveryMs = 2_400;
const nothing: UplinkStep = { words: '', webcam: null, screen: null, microphone: null };

/** Answers after which trying again is of no use. */
const final: ReadonlySet<Reason> = new Set<Reason>([
  'attemptEnded', 'replaced', 'linkExpired', 'linkInvalid', 'notAgreed', 'notOpenYet', 'examClosed', 'notAllowed', 'wrongOrigin', 'notFound',
]);

/** Answers to a source after which that source can only be opened anew. */
const unfit: ReadonlySet<Reason> = new Set<Reason>(['wrongSurface', 'notAllowed', 'badInput']);

const networkOf = { idle: 'connected', connecting: 'connecting', connected: 'connected', lost: 'lost' } as const satisfies Record<
  TransportState,
  SessionView['network']
>;

/** What the session is made of; tests give fakes. */
export interface SessionParts {
  api: Pick<StudentApi, 'session'>;
  createSignalling: (answer: SessionAnswer, handlers: SignallingHandlers) => Signalling;
  createPublisher: (answer: JoinAnswer, request: Request, changed: (state: TransportState) => void) => Promise<Publisher>;
  policy: ReconnectPolicy;
  /** This computer's clock, ms since 1970. */
  now: () => number;
  /** A clock that nobody sets, ms. */
  steadyNow: () => number;
  /** Sends a request whose answer tells the server's time, and learns from it. */
  timed: <T extends { nowMs: number }>(ask: () => Promise<T>) => Promise<T>;
  /** What the server says at each join. */
  joined: (answer: JoinAnswer) => void;
  /** Resolves after `ms`, or earlier when the network comes back. */
  pause: (ms: number) => Promise<void>;
  changed: (view: SessionView) => void;
  /** What is recorded of this student, or the time, is another than before. */
  rulesChanged: () => void;
}

/**
 * The student's connection for the whole attempt: it keeps the tracks, publishes them, and brings them back after whatever
 * breaks. Nothing in it needs a timer more often than once a second, so that it works in a tab in the background.
 */
export class RecordingSession {
  #view: SessionView;
  readonly #parts: SessionParts;
  readonly #tracks: SourceTracks;
  #signalling: Signalling | undefined;
  #publisher: Publisher | undefined;
  #joining: Promise<void> | undefined;
  /** Of all sources together, bit/s; null before the first join. */
  #maxBitrate: number | null = null;
  /** Its limits come with the first join. */
  #ladder = new UplinkLadder(Infinity);
  #watching = false;
  #recovering = false;
  #wakeIce: () => void = () => undefined;
  /** Until then nothing is published: something older goes first. */
  #held: Promise<unknown> | undefined;
  #letGo: () => void = () => undefined;

  /** @param sources that the exam asks for. @param times as far as the page knows them before the first join */
  constructor(parts: SessionParts, sources: readonly Source[], times: Pick<SessionView, 'clockOffsetMs' | 'startedAtMs' | 'endsAtMs'>) {
    this.#parts = parts;
    this.#view = {
      network: 'connecting',
      sources: Object.fromEntries(sources.map((source) => [source, { track: 'opening', never: true, recorded: null, cause: null, sinceMs: parts.now() }])),
      started: false,
      finishing: false,
      step: 0,
      reduced: false,
      spare: { paused: false, maxBitrate: null },
      ...times,
      kept: [],
      ending: null,
    };
    this.#tracks = new SourceTracks({
      request: (name, payload) => this.#request(name, payload),
      changed: (source, change) => this.#setSource(source, change),
      step: () => this.#step,
    });
  }

  /** What the uplink carries now, as far as was found out. */
  get #step(): UplinkStep {
    return uplinkSteps[this.#ladder.step] ?? nothing;
  }

  /** Whether this browser records by itself all that it sends. */
  get #allKept(): boolean {
    const { sources, kept } = this.#view;
    return this.#tracks.sources.every((source) => kept.includes(source) || sources[source]?.track === 'muted');
  }

  get view(): SessionView {
    return this.#view;
  }

  /** The track of a source, for a preview. */
  trackOf(source: Source): MediaStreamTrack | undefined {
    return this.#tracks.get(source);
  }

  /** Joins, if that is not done yet. Throws `VigilError` or `Unreachable`; the checks show it. */
  async open(): Promise<void> {
    if (this.#signalling?.connected && this.#publisher && this.#publisher.state !== 'lost') return;
    await this.#join(0);
  }

  /** Publishes a track that is only measured, and thrown away by the server. */
  async probe(track: MediaStreamTrack): Promise<Published> {
    await this.open();
    if (!this.#publisher) throw new Unreachable();
    const { producerId, stats, adapt, close } = await this.#publisher.publish('probe', track, this.#step);
    return {
      producerId,
      stats,
      adapt,
      close: () => {
        close();
        this.#request('closeProducer', { producerId }).catch(() => undefined);
      },
    };
  }

  /** The checks are passed. */
  async ready(): Promise<void> {
    await this.open();
    await this.#request('ready', {});
  }

  /** Gives the session a source's track, in place of an earlier one. The session stops it at the end. */
  setTrack(source: Source, track: MediaStreamTrack, surface?: Surface): void {
    this.#tracks.set(source, track, surface);
    if (this.#view.started && this.#publisher && !this.#held) this.#publish(source, this.#publisher).catch(() => this.#recover());
  }

  /** A source could not be opened. */
  noTrack(source: Source): void {
    this.#tracks.end(source);
  }

  /** Starts the exam's time and the recording. Throws; then nothing has begun. */
  async start(): Promise<void> {
    await this.open();
    await this.#begin();
  }

  /** Goes on with a running attempt after a reload, and keeps trying for as long as it takes. @param after what is published waits for this */
  resume(after?: Promise<unknown>): void {
    if (after) this.#held = Promise.race([after, new Promise<void>((resolve) => (this.#letGo = resolve))]);
    this.#set({ started: true });
    this.#recover('connecting');
  }

  /** Sources that this browser records by itself now. */
  setKept(kept: readonly Source[]): void {
    this.#set({ kept });
  }

  /** Asks for the server's time, if it can be reached. @param estimate what is known by now, for the attempt's records */
  async askClock(estimate?: ClockOffset): Promise<void> {
    await this.#parts.timed(() => this.#request('clock', estimate ? { estimate } : {})).catch(() => undefined);
  }

  /** The computer is online again, or on another network: finds out at once what still works. */
  networkChanged(): void {
    if (this.#publisher || this.#view.started) this.#recover('connecting');
  }

  /** Ends the attempt; if the connection is lost, as soon as it is back. The result is the view's `ending`. */
  finish(): void {
    if (this.#view.finishing || this.#view.ending) return;
    this.#set({ finishing: true });
    this.#letGo();
    if (!this.#recovering) this.#sendFinish().catch(() => this.#recover());
  }

  /** Stops every track and closes the connection. */
  close(): void {
    this.#tracks.close();
    this.#closePublisher();
    this.#signalling?.disconnect();
  }

  async #begin(): Promise<void> {
    const publisher = this.#publisher;
    if (!publisher) throw new Unreachable();
    await Promise.all(this.#tracks.sources.map((source) => this.#publish(source, publisher)));
    const begun = await this.#parts.timed(() => this.#request('begin', {}));
    this.#set({
      started: true,
      startedAtMs: begun.startedAtMs,
      endsAtMs: begun.endsAtMs,
      clockOffsetMs: begun.nowMs - this.#parts.now(),
      spare: this.#ladder.spare,
    });
    if (!this.#watching) void this.#watchUplink();
  }

  /** As long as it is recorded: looks at what the uplink carries, and sends more or less. */
  async #watchUplink(): Promise<void> {
    this.#watching = true;
    while (!this.#view.ending) {
      await this.#parts.pause(lookEveryMs);
      const publisher = this.#publisher;
      if (publisher?.state !== 'connected' || this.#recovering) continue;
      const sample = await publisher.stats().then(readLadderSample, () => undefined);
      if (!sample || publisher !== this.#publisher) continue;
      const change = this.#ladder.observe({ ...sample, atMs: this.#parts.steadyNow(), kept: this.#allKept });
      const spare = this.#ladder.spare;
      if (spare.paused !== this.#view.spare.paused || spare.maxBitrate !== this.#view.spare.maxBitrate) this.#set({ spare });
      if (!change) continue;
      this.#set({ step: change.step, reduced: this.#ladder.reduced });
      // What cannot be set now is set with the next change; the server hears of it from the source's own state.
      await this.#tracks.adapt().catch(() => undefined);
      this.#request('note', { detail: `${this.#step.words}: ${change.why}` }).catch(() => undefined);
    }
  }

  /** A source that the server refuses for what it is, is given up, and leaves the others recorded; anything else is thrown. */
  async #publish(source: Source, publisher: Publisher): Promise<void> {
    try {
      await this.#tracks.publish(source, publisher);
    } catch (error) {
      if (!(error instanceof VigilError && unfit.has(error.reason))) throw error;
      this.#tracks.end(source);
    }
  }

  async #sendFinish(): Promise<void> {
    let finishedAtMs: number | null = null;
    try {
      ({ finishedAtMs } = await this.#request('finish', {}, finishWithinMs));
    } catch (error) {
      if (!(error instanceof VigilError && error.reason === 'attemptEnded')) throw error;
    }
    this.#end({ how: 'finished', finishedAtMs });
  }

  #request: Request = (name, payload, timeoutMs) =>
    this.#signalling ? this.#signalling.request(name, payload, timeoutMs) : Promise.reject(new Unreachable());

  /** One join at a time; whoever asks meanwhile gets the same. */
  #join(attempt: number): Promise<void> {
    this.#joining ??= this.#joinOnce(attempt).finally(() => (this.#joining = undefined));
    return this.#joining;
  }

  async #joinOnce(attempt: number): Promise<void> {
    // Every third try asks for a new session: the media process may have moved, or the token be too old.
    if (attempt % 3 === 2) this.#dropSignalling();
    this.#signalling ??= this.#makeSignalling(await this.#parts.api.session());
    const signalling = this.#signalling;
    try {
      if (!signalling.connected) await signalling.connect(this.#parts.policy.connectTimeoutMs(attempt));
      const answer = await this.#parts.timed(() => signalling.request('join', {}));
      if (this.#maxBitrate === null) this.#limit(answer.uplink);
      this.#closePublisher();
      const publisher = await this.#parts.createPublisher(answer, signalling.request, (state) => {
        if (this.#publisher === publisher) this.#transportChanged(state);
      });
      if (this.#view.ending) {
        publisher.close();
        return;
      }
      this.#publisher = publisher;
      this.#ladder.restart();
      this.#set({ clockOffsetMs: answer.nowMs - this.#parts.now() });
      if (!this.#recovering) this.#set({ network: 'connected' });
      this.#parts.joined(answer);
    } catch (error) {
      // A socket that gives no answer must not be used again; a token that is refused neither.
      if (error instanceof VigilError) this.#dropSignalling();
      else signalling.disconnect();
      throw error;
    }
  }

  /** What is older goes first, and may take all of the cap until the live recording begins. */
  #limit({ maxBitrate, lowData }: JoinAnswer['uplink']): void {
    this.#maxBitrate = maxBitrate;
    this.#ladder = new UplinkLadder(maxBitrate, lowData ? lowDataStep : 0);
    this.#set({ spare: { paused: false, maxBitrate } });
  }

  #makeSignalling(answer: SessionAnswer): Signalling {
    const current = (): boolean => this.#signalling === signalling;
    const signalling = this.#parts.createSignalling(answer, {
      announced: (name, payload) => {
        if (current()) this.#announced(name, payload);
      },
      dropped: () => {
        this.#wakeIce();
        if (current()) this.#recover();
      },
    });
    return signalling;
  }

  #dropSignalling(): void {
    const signalling = this.#signalling;
    this.#signalling = undefined;
    signalling?.disconnect();
  }

  #closePublisher(): void {
    const publisher = this.#publisher;
    this.#publisher = undefined;
    publisher?.close();
    this.#tracks.unpublished();
  }

  #announced<K extends AnnouncementName>(name: K, payload: Announcements[K]): void {
    switch (name) {
      case 'recording': {
        const { source, state, cause } = payload as Announcements['recording'];
        this.#setSource(source, { recorded: state === 'recorded', cause: cause ?? null });
        break;
      }
      case 'mediaServerLost':
        this.#closePublisher();
        this.#recover();
        break;
      case 'changed': {
        const { endsAtMs } = payload as Announcements['changed'];
        if (endsAtMs !== null) this.#set({ endsAtMs });
        this.#parts.rulesChanged();
        break;
      }
      case 'replaced':
        this.#end({ how: 'replaced' });
        break;
      case 'ended': {
        const { why: how, finishedAtMs } = payload as Announcements['ended'];
        this.#end({ how, finishedAtMs });
        break;
      }
      default:
        throw new TypeError(`unknown announcement: ${String(name)}`);
    }
  }

  #transportChanged(state: TransportState): void {
    this.#wakeIce();
    if (this.#recovering) return;
    if (state === 'lost') this.#recover();
    else this.#set({ network: networkOf[state] });
  }

  /** Brings the connection back. During the checks too, so that a short hiccup fails no step. */
  #recover(network: 'connecting' | 'lost' = 'lost'): void {
    if (this.#recovering || this.#view.ending) return;
    this.#recovering = true;
    this.#set({ network });
    void this.#recoverLoop();
  }

  async #recoverLoop(): Promise<void> {
    for (let attempt = 0; !this.#view.ending; attempt++) {
      try {
        if (!(await this.#restartIce())) await this.#join(attempt);
        await this.#held;
        this.#held = undefined;
        // Also after a mere restart: publishing may be just what failed. What is there already, it leaves as it is.
        // Who has finished is not recorded any more.
        if (this.#view.finishing) await this.#sendFinish();
        else if (this.#view.started) await this.#begin();
        const state = this.#publisher?.state ?? 'lost';
        if (state !== 'lost' && this.#signalling?.connected) {
          this.#recovering = false;
          this.#set({ network: networkOf[state] });
          return;
        }
      } catch (error) {
        if (error instanceof VigilError && final.has(error.reason)) {
          this.#refused(error);
          return;
        }
        // `noMedia` is what a token of a restarted server meets: the next try gets another one.
        if (error instanceof VigilError && error.reason !== 'noMedia') await this.#parts.pause(refusedPauseMs);
      }
      this.#set({ network: 'lost' });
      await this.#parts.pause(this.#parts.policy.delayMs(attempt));
    }
  }

  /** The cheap way back, when only the path has changed. False: the whole transport must be made anew. */
  async #restartIce(): Promise<boolean> {
    const publisher = this.#publisher;
    const signalling = this.#signalling;
    if (!publisher || publisher.state === 'idle' || !signalling?.connected) return false;
    try {
      const { iceParameters } = await signalling.request('restartIce', {}, restartAckWithinMs);
      await publisher.restartIce(iceParameters);
      const until = this.#parts.steadyNow() + iceWithinMs;
      for (let left = iceWithinMs; left > 0 && publisher.state !== 'connected'; left = until - this.#parts.steadyNow()) {
        const changed = new Promise<void>((wake) => (this.#wakeIce = wake));
        await Promise.race([changed, this.#parts.pause(left)]);
      }
      if (publisher.state === 'connected') return true;
    } catch {
      // As for a path that stays dead: whatever went wrong, a new socket and transport is the answer.
    }
    signalling.disconnect();
    return false;
  }

  #refused({ reason, message }: VigilError): void {
    if (reason === 'replaced') this.#end({ how: 'replaced' });
    else if (reason === 'attemptEnded') this.#end({ how: this.#view.finishing ? 'finished' : 'time-over', finishedAtMs: null });
    else this.#end({ how: 'refused', reason, message });
  }

  #end(ending: Ending): void {
    if (this.#view.ending) return;
    // Another tab records beside one that was replaced.
    const maxBitrate = ending.how === 'replaced' && this.#maxBitrate !== null ? leastShare * this.#maxBitrate : null;
    this.#set({ ending, spare: { paused: false, maxBitrate } });
    this.close();
  }

  #setSource(source: Source, change: Partial<SourceView>): void {
    const seen = this.#view.sources[source];
    if (seen) this.#set({ sources: { ...this.#view.sources, [source]: { ...seen, ...change, sinceMs: this.#parts.now() } } });
  }

  #set(change: Partial<SessionView>): void {
    this.#view = { ...this.#view, ...change };
    this.#parts.changed(this.#view);
  }
}
