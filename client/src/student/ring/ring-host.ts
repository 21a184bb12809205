import type { Source, Track } from '@vigil/protocol';
import type { StudentApi } from '../session/api.js';
import { LiveLog } from './live-log.js';
import type { Locks } from './locks.js';
import type { FromWorker, KeepingState, ToWorker } from './messages.js';
import { PieceFactory } from './piece-factory.js';
import { PieceShelf, tidyOthers } from './piece-shelf.js';
import { isFull, type PieceStore } from './piece-store.js';
import type { PictureSettings } from './picture-encoder.js';
import { RingClock } from './ring-clock.js';
import { sealWith } from './sealer.js';
import { SendGate } from './send-gate.js';
import { Sender } from './sender.js';
import { SleepWatch } from './sleep-watch.js';
import { SpaceKeeper } from './space-keeper.js';
import { TrackRing, type SourceStream } from './track-ring.js';
import { tusUpload } from './tus-upload.js';
import { WebmPieces } from './webm-pieces.js';

/** Files of other attempts that are older are of no use to any server, ms. */
const keptForMs = 30 * 86_400_000;
/** Room is looked at every so many seconds. */
const spaceSeconds = 10;
const everyMs = 1_000;
/** After so many ticks the window hears again how it stands; else it takes this worker to be gone. */
const saidAgainTicks = 3;
/** What was recorded is written down so often, ms: a browser that is killed loses no more than this. */
const writtenEveryMs = 500;

/** After something could not be stored, so long nothing is tried, ms. */
const troubledMs = 10_000;

const full = 'There is no room left on the computer for the browser’s own recording.';

/** The worker's surroundings; tests give their own. */
export interface HostParts {
  post: (message: FromWorker) => void;
  /** Undefined: nothing can be stored in this browser. */
  openStore: () => Promise<PieceStore | undefined>;
  estimate: () => Promise<{ quota?: number; usage?: number }>;
  locks: Locks;
  api: (token: string) => Pick<StudentApi, 'attempt' | 'coverage' | 'sent'>;
  /** Address of the server. */
  origin: string;
  /** How a track's pictures are to be encoded here; undefined: not at all. */
  pictures: (track: Track) => Promise<PictureSettings | undefined>;
  /** The worker's steady clock, and the computer's own, which somebody may set, ms. */
  now: () => number;
  wallNow: () => number;
  pause: (ms: number) => Promise<void>;
  /** Calls back about every `ms`. */
  every: (ms: number, act: () => void) => () => void;
  random: (bytes: number) => Uint8Array;
}

const trackOf = (source: Source): Track => (source === 'screen' ? 'screen' : 'webcam');

/** What there is once the store is open. */
interface Opened {
  clock: RingClock;
  shelf: PieceShelf;
  factory: PieceFactory;
  space: SpaceKeeper;
  sender: Sender;
  live: LiveLog;
  gate: SendGate;
  /** Asked for early: while it is found out, frames would wait. */
  pictures: Record<Track, Promise<PictureSettings | undefined>>;
}

/** The ring inside its worker: recording into pieces, keeping them, and sending what the server lacks. */
export class RingHost {
  readonly #parts: HostParts;
  readonly #sleep: SleepWatch;
  readonly #rings = new Map<Track, TrackRing>();
  readonly #webm = new Map<Track, WebmPieces>();
  #clock: RingClock | undefined;
  #opened: Opened | undefined;
  #attempt = '';
  #remembered = false;
  #told = '';
  #last: Promise<void> = Promise.resolve();
  #stopTicking: () => void = () => undefined;
  #ticks = 0;
  #isUnable = false;
  /** When something could not be stored, for another reason than room. */
  #troubleMs = -Infinity;
  readonly #noted = new Set<string>();

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#sleep = new SleepWatch(parts.now, parts.wallNow);
  }

  /** Does what the window says, one message after the other. */
  receive(message: ToWorker): void {
    const atMs = this.#parts.now();
    // The way of this message is what is measured: it must not wait.
    if (message.type === 'time') this.#clock?.addWindow(message.askedMs, atMs, message.windowMs);
    else this.#last = this.#last.then(() => this.#act(message)).catch((error: unknown) => this.#note(`The browser's own recording failed: ${String(error)}`));
  }

  async #act(message: Exclude<ToWorker, { type: 'time' }>): Promise<void> {
    if (message.type === 'open') return this.#open(message).catch((error: unknown) => this.#cannotOpen(`The browser’s own recording could not start: ${String(error)}`));
    const opened = this.#opened;
    if (!opened) {
      if (message.type === 'source') message.stream?.cancel().catch(() => undefined);
      if (message.type === 'end') this.#parts.post({ type: 'ended' });
      return;
    }
    switch (message.type) {
      case 'clock':
        // Noticed later, a sleep would be counted on top of what the server says after it.
        this.#mindSleep();
        opened.clock.setServer(message.offset);
        break;
      case 'key':
        opened.factory.seal = sealWith(message.key, this.#attempt);
        break;
      case 'source':
        await this.#setSource(opened, message.source, message.stream);
        break;
      case 'muted':
        this.#rings.get(trackOf(message.source))?.setMuted(message.source, message.muted);
        break;
      case 'webm':
        await this.#remember(opened);
        this.#webmOf(opened, message.part.track).add({
          ...message.part,
          zeroMs: opened.clock.fromWindow(message.part.zeroMs),
          untilMs: opened.clock.fromWindow(message.part.untilMs),
        });
        break;
      case 'live':
        opened.live.note(message.track, message.well, opened.clock.toServer(this.#parts.now()));
        break;
      case 'wake':
        if (message.lost) opened.sender.returned();
        else opened.sender.wake();
        break;
      case 'limit':
        opened.gate.set(message.limit);
        break;
      case 'end':
        await this.#end(opened, message.over);
        break;
    }
  }

  async #open({ attempt, token, nowMs, over }: ToWorker & { type: 'open' }): Promise<void> {
    const parts = this.#parts;
    this.#attempt = attempt;
    const clock = (this.#clock = new RingClock(nowMs, parts.now()));
    this.#askTime();
    const store = await parts.openStore();
    if (!store) {
      this.#cannotOpen('This browser has no storage for a recording of its own.');
      return;
    }
    const shelf = new PieceShelf(store, attempt, parts.locks);
    await shelf.refresh();
    const othersBytes = await tidyOthers(store, attempt, nowMs - keptForMs).catch(() => 0);
    const live = new LiveLog();
    const space = new SpaceKeeper({
      shelf,
      othersBytes,
      estimate: parts.estimate,
      isCovered: ({ track, startMs, endMs }) => live.wasWell(track, startMs, endMs, clock.toServer(parts.now())),
      now: parts.now,
    });
    const gate = new SendGate(parts);
    const factory = new PieceFactory({ shelf, clock, random: parts.random, room: () => space.room && !this.#troubled, refused: (error) => this.#refused(space, error) });
    const sender = this.#makeSender(shelf, clock, live, gate, token);
    // Without it as well: what was left can be sent.
    await space.check().catch(() => undefined);
    this.#opened = { clock, shelf, factory, space, sender, live, gate, pictures: { webcam: parts.pictures('webcam'), screen: parts.pictures('screen') } };
    if (over) sender.over();
    void sender.leftOversSent.then(() => parts.post({ type: 'left-overs-sent' }));
    void sender.run();
    const stops = [parts.every(everyMs, () => this.#tick()), parts.every(writtenEveryMs, () => this.#write())];
    this.#stopTicking = () => stops.forEach((stop) => stop());
  }

  /** Nothing is kept, nothing is sent, and nobody waits for it. */
  #cannotOpen(why: string): void {
    this.#unable(why);
    this.#parts.post({ type: 'left-overs-sent' });
  }

  #makeSender(shelf: PieceShelf, clock: RingClock, live: LiveLog, gate: SendGate, token: string): Sender {
    const { api, locks, pause, now, post, origin } = this.#parts;
    return new Sender({
      shelf,
      api: api(token),
      locks,
      pause,
      now,
      serverNow: () => clock.toServer(now()),
      isWell: () => live.isWell,
      changed: (view) => post({ type: 'sending', view }),
      tell: (detail) => this.#note(detail),
      upload: async ({ name }, progress) => {
        const piece = await shelf.read(name);
        // Another tab was quicker.
        if (!piece) return { how: 'received' };
        const endpoint = `${origin}/api/student/backfill`;
        return tusUpload(name, piece, await shelf.mark(name), { endpoint, token, gate, remember: (url) => shelf.setMark(name, url) }, progress);
      },
    });
  }

  async #setSource(opened: Opened, source: Source, stream: SourceStream | undefined): Promise<void> {
    const track = trackOf(source);
    let ring = this.#rings.get(track);
    if (!ring && stream) {
      const pictures = await opened.pictures[track];
      if (!pictures) {
        this.#unable('This browser cannot encode a recording of its own.');
        stream.cancel().catch(() => undefined);
        return;
      }
      const { factory } = opened;
      ring = new TrackRing({
        track, pictures, begin: factory.begin(track), wanted: () => factory.ready, now: this.#parts.now,
        failed: (error) => this.#noteOnce('The browser’s own recording cannot be encoded: ', String(error)),
      });
      this.#rings.set(track, ring);
    }
    ring?.setSource(source, stream);
    if (ring) await this.#remember(opened);
  }

  #webmOf({ factory }: Opened, track: Track): WebmPieces {
    const pieces = this.#webm.get(track) ?? new WebmPieces(factory.begin(track));
    this.#webm.set(track, pieces);
    return pieces;
  }

  /** The browser would not store more: the pieces that are open end, and new ones are tried later. */
  #refused(space: SpaceKeeper, error: unknown): void {
    if (isFull(error)) {
      if (space.room) this.#note(full);
      space.refused();
    } else {
      this.#noteOnce('The browser’s own recording cannot be stored: ', error instanceof Error ? error.name : String(error));
      this.#troubleMs = this.#parts.now();
    }
    for (const ring of this.#rings.values()) ring.cutSoon();
  }

  get #troubled(): boolean {
    return this.#parts.now() - this.#troubleMs < troubledMs;
  }

  #unable(why: string): void {
    this.#noteOnce(why);
    this.#isUnable = true;
    this.#tell('none', []);
  }

  /** From now on something may be left here when the attempt is over. */
  async #remember({ shelf }: Opened): Promise<void> {
    if (this.#remembered) return;
    this.#remembered = true;
    await shelf.remember();
  }

  /** What is recorded after a sleep has other times than what was before. */
  #mindSleep(): void {
    const sleptMs = this.#sleep.sleptMs();
    if (!sleptMs) return;
    for (const ring of this.#rings.values()) ring.cutNow();
    for (const pieces of this.#webm.values()) pieces.cutNow();
    this.#clock?.slept(sleptMs);
  }

  #write(): void {
    this.#mindSleep();
    for (const track of this.#opened?.factory.flush() ?? []) this.#rings.get(track)?.cutSoon();
  }

  #tick(): void {
    const opened = this.#opened;
    if (!opened) return;
    const { factory, space, clock } = opened;
    this.#ticks += 1;
    if (this.#ticks < 5 || this.#ticks % 60 === 0) this.#askTime();
    for (const ring of this.#rings.values()) ring.tick();
    if (this.#ticks % spaceSeconds === 0 || !space.room) void this.#checkSpace(opened);
    const now = this.#parts.now();
    const fromWebm = (track: Track): Source[] => (this.#webm.get(track)?.isLive(now) ? (track === 'screen' ? ['screen'] : ['webcam', 'microphone']) : []);
    const sources = [...this.#rings.values()].flatMap(({ live }) => live).concat(fromWebm('webcam'), fromWebm('screen'));
    if (this.#isUnable) return;
    if (!space.room) this.#tell('full', []);
    else if (this.#troubled) this.#tell('none', []);
    else if (factory.ready && clock.known && sources.length) this.#tell('keeping', sources);
    else this.#tell('waiting', []);
  }

  async #checkSpace({ space }: Opened): Promise<void> {
    const before = space.room;
    const after = await space.check().then(() => space.room, () => before);
    if (before && !after) this.#note(full);
    if (!before && after) this.#note('There is room again for the browser’s own recording.');
  }

  async #end({ factory, sender }: Opened, over: boolean): Promise<void> {
    this.#stopTicking();
    await Promise.all([...this.#rings.values()].map((ring) => ring.end()));
    for (const pieces of this.#webm.values()) pieces.end();
    this.#rings.clear();
    this.#webm.clear();
    await factory.settled();
    if (!this.#isUnable) this.#tell('waiting', []);
    if (over) sender.over();
    else sender.wake();
    this.#parts.post({ type: 'ended' });
  }

  #askTime(): void {
    this.#parts.post({ type: 'time', askedMs: this.#parts.now() });
  }

  #tell(state: KeepingState, sources: Source[]): void {
    const told = JSON.stringify([state, sources]);
    if (told === this.#told && this.#ticks % saidAgainTicks !== 0) return;
    this.#told = told;
    this.#parts.post({ type: 'keeping', state, sources });
  }

  /** The first time that this happens. */
  #noteOnce(what: string, more = ''): void {
    if (!this.#noted.has(what)) this.#note(what + more);
    this.#noted.add(what);
  }

  #note(detail: string): void {
    this.#parts.post({ type: 'note', detail: detail.slice(0, 200) });
  }
}
