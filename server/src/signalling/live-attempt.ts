import type {
  Accommodations,
  AnnouncementName,
  AttemptEvent,
  BeginAnswer,
  ClockEstimate,
  ClientToServerEvents,
  ExamRules,
  ExamTerms,
  GapCause,
  Id,
  Progress,
  ServerToClientEvents,
} from '@vigil/protocol';
import { sourcesOf, VigilError } from '@vigil/protocol';
import { isDeepStrictEqual } from 'node:util';
import type { DefaultEventsMap, Socket } from 'socket.io';
import { advance, note } from '../attempts/advance.js';
import { fromDatabase } from '../attempts/database-away.js';
import { examForStudent } from '../attempts/for-student.js';
import { judgeEvidence } from '../attempts/judge-evidence.js';
import { graceMs } from '../attempts/janitor.js';
import { pausedMs } from '../attempts/gaps.js';
import { hasEnded, isOpenAgain, refusal } from '../attempts/progress.js';
import { keepClock, notePage } from '../attempts/sessions.js';
import { withTimeout } from '../attempts/retry-queue.js';
import type { AttemptDocument, Holding } from '../store/attempts.js';
import { attemptById, withAccommodations } from '../store/attempts.js';
import { examById, type ExamDocument } from '../store/exams.js';
import { Room } from '../sfu/room.js';
import { ByteBudget } from './byte-budget.js';
import type { MediaContext } from './context.js';
import { Recording } from './recording.js';
import { TokenBucket } from './token-bucket.js';

/** A student's socket. */
export type StudentSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, unknown>;

/** How long an answer waits for a write that also goes on without it, ms. */
const writeWaitMs = 3_000;

/**
 * An attempt on this media process: its one socket, its room, its recording, its time. It outlives the socket until
 * the attempt ends, so that a student comes back also while the database is away.
 * Everything that changes it goes through `run`, one at a time.
 */
export class LiveAttempt {
  readonly id: Id;
  room: Room | undefined;
  recording: Recording | undefined;
  readonly #context: MediaContext;
  readonly #onEnd: () => void;
  readonly #budget: ByteBudget;
  readonly #practice: boolean;
  #exam: ExamDocument;
  #accommodations: Accommodations | undefined;
  #terms: ExamTerms | undefined;
  #session: string;
  /** The page that has the socket, by the name that it gave itself. */
  #page: string | undefined;
  /** Of the page's clock, in this session. */
  #clock: ClockEstimate | undefined;
  /** What a page tells for the history is kept up to here. */
  readonly #talk: TokenBucket;
  #socket: StudentSocket | undefined;
  /** Sockets that wait to be attached. */
  #arriving = 0;
  #progress: Progress;
  /** It was over, and was opened again: `begin` goes on with it. */
  readonly #openAgain: boolean;
  /** The start is moved by how long the attempt was over in between: what has elapsed is what the student had. */
  #times: { startedAtMs: number; endsAtMs: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** Of the write that ends the attempt. */
  #submitted: { finishedAtMs: number; written: Promise<void> } | undefined;

  /** @param onEnd the attempt is over, or never began and its socket is gone: forget it. */
  constructor(context: MediaContext, document: AttemptDocument, exam: ExamDocument, onEnd: () => void) {
    this.id = document._id;
    this.#practice = document.practice !== undefined;
    this.#exam = exam;
    this.#accommodations = document.accommodations;
    this.#terms = document.terms;
    this.#context = context;
    this.#onEnd = onEnd;
    this.#budget = new ByteBudget(context.now, () => this.#cutOff());
    this.#talk = new TokenBucket(40, 0.1, context.now);
    this.#session = document.session?.id ?? '';
    this.#progress = document.progress;
    // One that was opened again has its time when the student goes on.
    this.#openAgain = isOpenAgain(document);
    if (document.startedAt && document.endsAt && !this.#openAgain)
      this.#setTimes(document.startedAt.getTime() + pausedMs(document), document.endsAt.getTime());
  }

  /** As they hold for this student. */
  get rules(): ExamRules {
    return this.#own.rules;
  }

  get #own(): ExamDocument {
    return examForStudent(this.#exam, { accommodations: this.#accommodations, terms: this.#terms });
  }

  get session(): string {
    return this.#session;
  }

  get progress(): Progress {
    return this.#progress;
  }

  get ended(): boolean {
    return hasEnded(this.#progress);
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Runs `act` after all that was asked before it. */
  run<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#last.then(act);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** @throws {VigilError} replaced, when the requests of this socket do not count any more. */
  assertCurrent(socket: StudentSocket): void {
    if (this.#socket !== socket) throw new VigilError('replaced');
  }

  /** The room. @throws {VigilError} wrongState before `join`, or when the media server is lost. */
  requireRoom(): Room {
    if (!this.room || this.room.closed) throw new VigilError('wrongState', 'Join first.');
    return this.room;
  }

  /** @throws {VigilError} tooMany, for a while after the student's end has sent without bound. */
  refuseAfterFlood(): void {
    if (this.#budget.rests) throw new VigilError('tooMany');
  }

  announce<K extends AnnouncementName>(name: K, ...payload: Parameters<ServerToClientEvents[K]>): void {
    this.#socket?.emit(name, ...payload);
  }

  /** What holds for the student may be another by now, as the database has it: the time follows, and the page is told. */
  async follow(seen: Holding): Promise<void> {
    if (this.ended || !this.#isNews(seen)) return;
    await this.run(() => this.#refresh());
  }

  async #refresh(): Promise<void> {
    const latest = await fromDatabase(attemptById(this.id));
    if (!latest || this.ended || !this.#isNews(latest)) return;
    if (latest.progress === 'created') return this.#askAgain();
    const before = this.#own;
    this.#accommodations = latest.accommodations;
    this.#terms = latest.terms;
    // Agreed once more: the checks begin anew.
    if (!this.#times && (latest.progress === 'checking' || latest.progress === 'ready')) this.#progress = latest.progress;
    if (this.#times && latest.endsAt) this.#setTimes(this.#times.startedAtMs, latest.endsAt.getTime());
    const after = this.#own;
    // What is looked for is not the student's business.
    if (String(sourcesOf(before.rules)) !== String(sourcesOf(after.rules)) || before.durationMinutes !== after.durationMinutes)
      this.announce('changed', { endsAtMs: this.#times?.endsAtMs ?? null });
  }

  /** Before the start the exam may have been changed. A practice is of the exam as it was. */
  async #refreshExam(): Promise<void> {
    if (!this.#practice) this.#exam = (await fromDatabase(examById(this.#exam._id))) ?? this.#exam;
  }

  /** The exam was changed, and the student is to agree once more: the page finds that out as it comes back. */
  async #askAgain(): Promise<void> {
    await this.stopMedia('unknown');
    this.#socket?.disconnect(true);
    this.#socket = undefined;
    this.#forget();
  }

  #isNews({ progress, accommodations, terms, endsAt }: Holding): boolean {
    const isLonger = this.#times !== undefined && endsAt !== undefined && endsAt.getTime() !== this.#times.endsAtMs;
    return isLonger || progress === 'created' || !isDeepStrictEqual([accommodations, terms], [this.#accommodations, this.#terms]);
  }

  /** Adds a line to the history, when the database has time for it. */
  note(event: Omit<AttemptEvent, 'atMs'>): void {
    const line = { ...event, atMs: this.#context.now() };
    this.#later('history', () => note(this.id, line));
  }

  /** A line for the history on what the student's page sends, unless it talks too much. @throws {VigilError} wrongState before the start. */
  tell(detail: string): void {
    if (!this.#times) throw new VigilError('wrongState');
    if (this.#talk.take()) this.note({ kind: 'quality', detail });
  }

  /** What the browser found out about its clock is kept with the attempt, when it is news in this session. */
  keepClock(estimate: ClockEstimate): void {
    const known = this.#clock;
    const news = !known || estimate.errorMs < known.errorMs / 2 || Math.abs(estimate.offsetMs - known.offsetMs) > known.errorMs + estimate.errorMs;
    if (!news || !this.#talk.take()) return;
    this.#clock = estimate;
    const line = { ...estimate, session: this.#session, atMs: this.#context.now() };
    this.#later('clock', () => keepClock(this.id, line));
  }

  /**
   * A socket was let in. An older one is told, and its recording closed, before anything of the newer one is done. An older one of
   * the same page is what a lost connection left: the page knows, and nobody took anything over.
   */
  attach(socket: StudentSocket, session: string, page?: string): Promise<void> {
    this.#arriving += 1;
    return this.run(async () => {
      this.#arriving -= 1;
      const older = this.#socket;
      const takenOver = older !== undefined && this.#session !== session && (page === undefined || page !== this.#page);
      if (takenOver) {
        older.emit('replaced', {});
        this.note({ kind: 'taken-over' });
      }
      this.#socket = undefined;
      older?.disconnect(true);
      await this.stopMedia(takenOver ? 'taken-over' : 'connection');
      this.#socket = socket;
      const news = this.#session !== session || this.#page !== page;
      // Another session may be on another computer.
      if (this.#session !== session) this.#clock = undefined;
      this.#session = session;
      this.#page = page;
      const atMs = takenOver ? undefined : this.#context.now();
      // A connection that comes back is no news: a whole class may come back at once, and each asks the database.
      if (page !== undefined && news) this.#later('page', () => notePage(this.id, page, atMs));
    });
  }

  /** The socket is gone. @param cause may take a moment to be known; nothing else happens to the attempt meanwhile. */
  leave(socket: StudentSocket, cause: GapCause | Promise<GapCause>): Promise<void> {
    return this.run(async () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      await this.stopMedia(await cause);
      if (!this.#times && this.#arriving === 0) this.#forget();
    });
  }

  /** The media worker died. */
  loseMedia(): Promise<void> {
    return this.run(async () => {
      if (!this.room?.closed) return;
      await this.stopMedia('media-server');
      this.announce('mediaServerLost', {});
    });
  }

  /** A recorder failed: the page begins anew, as it does when the media worker died. */
  #replaceRecording(failed: Recording): void {
    const replaced = this.run(async () => {
      if (this.recording !== failed) return;
      await this.stopMedia('unknown');
      this.announce('mediaServerLost', {});
    });
    replaced.catch((error: unknown) => this.#context.logger.error({ err: error, attempt: this.id }, 'recording not replaced'));
  }

  /** The student's end sends without bound: it is cut off, for each packet costs work, whether it is recorded or not. */
  #cutOff(): void {
    this.#context.logger.warn({ attempt: this.id }, 'student cut off: far more is sent than is recorded');
    const done = this.run(async () => {
      const socket = this.#socket;
      this.#socket = undefined;
      await this.stopMedia('unknown', 'Far more data came than can be recorded, so the connection was closed.');
      socket?.disconnect(true);
    });
    done.catch((error: unknown) => this.#context.logger.error({ err: error, attempt: this.id }, 'recording not closed'));
  }

  /** Closes recording and room; an attempt that was recorded is then interrupted, for which `detail` is a sentence. */
  async stopMedia(cause: GapCause, detail?: string): Promise<void> {
    const { recording, room } = this;
    this.recording = undefined;
    this.room = undefined;
    const atMs = this.#context.now();
    await recording?.close(cause);
    room?.close();
    if (this.#progress !== 'recording') return;
    this.#progress = 'interrupted';
    this.#context.logger.info({ attempt: this.id, cause }, 'attempt interrupted');
    this.#later('interrupted', () =>
      advance(this.id, 'interrupt', { node: this.#context.nodeId, event: { atMs, kind: 'interrupted', cause, ...(detail && { detail }) } }),
    );
  }

  /** The checks are passed. Asking again changes nothing. */
  async pass(): Promise<void> {
    if (this.#progress !== 'checking') {
      if (this.#progress === 'ready' || this.#times) return;
      throw refusal(this.#progress, 'pass');
    }
    const { nodeId, now } = this.#context;
    await advance(this.id, 'pass', { node: nodeId, event: { atMs: now(), kind: 'checked' } });
    this.#progress = 'ready';
  }

  /** Starts the exam's time at the first call, and the recording. While it is recorded: changes nothing. */
  async begin(): Promise<BeginAnswer> {
    const room = this.requireRoom();
    if (!this.recording) {
      if (this.#progress === 'ready') await (this.#openAgain ? this.#goOn() : this.#begin());
      else if (this.#progress === 'interrupted') await this.#resume();
      else if (this.#progress !== 'recording') throw refusal(this.#progress, 'begin');
      this.recording = new Recording({
        context: this.#context,
        attempt: this.id,
        rules: this.rules,
        practice: this.#practice,
        room,
        announce: (announcement) => this.announce('recording', announcement),
        note: (event) => this.note(event),
        budget: this.#budget,
        onFailure: (failed) => this.#replaceRecording(failed),
      });
    }
    if (!this.#times) throw new VigilError('internal');
    return { ...this.#times, nowMs: this.#context.now() };
  }

  async #begin(): Promise<void> {
    const startedAtMs = this.#context.now();
    const asked = sourcesOf(this.rules);
    await this.#refreshExam();
    await this.#refresh();
    const { opensAt, closesAt } = this.#exam;
    if (opensAt && startedAtMs < opensAt.getTime()) throw new VigilError('notOpenYet');
    if (closesAt && startedAtMs > closesAt.getTime()) throw new VigilError('examClosed');
    if (String(asked) !== String(sourcesOf(this.rules))) throw new VigilError('wrongState', 'What is recorded has just been changed. Check your devices once more.');
    const endsAtMs = startedAtMs + this.#own.durationMinutes * 60_000;
    await advance(this.id, 'begin', {
      node: this.#context.nodeId,
      where: withAccommodations(this.#accommodations),
      event: { atMs: startedAtMs, kind: 'started' },
      set: { startedAt: new Date(startedAtMs), endsAt: new Date(endsAtMs) },
    });
    this.#progress = 'recording';
    this.#setTimes(startedAtMs, endsAtMs);
    this.#context.logger.info({ attempt: this.id }, 'attempt started');
  }

  /** The end moves by how long the attempt was over: what was left of its time then is left now. */
  async #goOn(): Promise<void> {
    await this.#refresh();
    const latest = await fromDatabase(attemptById(this.id));
    const { startedAt, endsAt, finishedAt } = latest ?? {};
    if (!latest || !startedAt || !endsAt || !finishedAt) throw new VigilError('wrongState');
    const nowMs = this.#context.now();
    const pause = { startMs: finishedAt.getTime(), endMs: Math.max(nowMs, finishedAt.getTime()) };
    const endsAtMs = endsAt.getTime() + pause.endMs - pause.startMs;
    await advance(this.id, 'begin', {
      node: this.#context.nodeId,
      where: { endsAt, finishedAt },
      event: { atMs: nowMs, kind: 'resumed' },
      set: { endsAt: new Date(endsAtMs) },
      // Who has looked at it has not seen what comes now.
      unset: ['finishedAt', 'allSentAt', 'reviewed'],
      pause,
    });
    this.#progress = 'recording';
    this.#setTimes(startedAt.getTime() + pausedMs(latest) + pause.endMs - pause.startMs, endsAtMs);
    this.#context.logger.info({ attempt: this.id }, 'attempt goes on after it was opened again');
  }

  /** Goes on also while the database is away; if it then says no, the recording ends. */
  async #resume(): Promise<void> {
    const event = { atMs: this.#context.now(), kind: 'resumed' as const };
    const written = this.#context.queue.push('resumed', () =>
      advance(this.id, 'resume', { node: this.#context.nodeId, event }),
    );
    const inTime = await withTimeout(written, writeWaitMs);
    this.#progress = 'recording';
    this.#context.logger.info({ attempt: this.id }, 'attempt resumed');
    if (inTime) return;
    written.catch((error: unknown) => {
      // Any other failure is the queue's: then the files alone tell.
      if (error instanceof VigilError) void this.run(() => this.#drop());
    });
  }

  /** Ends the attempt. @returns when everything is durable and the database knows. @throws {VigilError} noDatabase: it is told as soon as it is back. */
  async finish(): Promise<{ finishedAtMs: number }> {
    if (!this.#times) throw refusal(this.#progress, 'submit');
    const { finishedAtMs, written } = await this.#end({ kind: 'submitted' });
    if (!(await withTimeout(written, writeWaitMs))) throw new VigilError('noDatabase');
    return { finishedAtMs };
  }

  /** Everything is closed, because this process stops. */
  shutDown(): Promise<void> {
    return this.run(async () => {
      clearTimeout(this.#timer);
      await this.stopMedia('server');
      this.#socket?.disconnect(true);
      this.#socket = undefined;
    });
  }

  async #timeOver(): Promise<void> {
    if (this.ended) return;
    // More time may have been given in the last moment. While the database is away, what is known here holds.
    const endsAtMs = this.#times?.endsAtMs;
    await this.#refresh().catch(() => undefined);
    if (this.#times?.endsAtMs !== endsAtMs) return;
    const { finishedAtMs } = await this.#end({ kind: 'submitted', detail: 'The time was over.' });
    this.announce('ended', { finishedAtMs, why: 'time-over' });
    this.#socket?.disconnect(true);
    this.#context.logger.info({ attempt: this.id }, 'attempt ended: time over');
  }

  async #end(line: Pick<AttemptEvent, 'kind' | 'detail'>): Promise<{ finishedAtMs: number; written: Promise<void> }> {
    if (this.#submitted) return this.#submitted;
    const finishedAtMs = this.#context.now();
    const { recording, room } = this;
    this.recording = undefined;
    this.room = undefined;
    await recording?.close('not-published');
    room?.close();
    this.#progress = 'submitted';
    clearTimeout(this.#timer);
    const written = this.#context.queue.push('submitted', () =>
      advance(this.id, 'submit', {
        node: this.#context.nodeId,
        event: { atMs: finishedAtMs, ...line },
        set: { finishedAt: new Date(finishedAtMs) },
      }),
    );
    this.#submitted = { finishedAtMs, written };
    this.#later('evidence', () => judgeEvidence(this.id, false, this.#context.now()));
    // Remembered until it is written: a student who asks again meanwhile gets the same answer.
    void written.catch(() => undefined).then(() => this.#onEnd());
    return this.#submitted;
  }

  /** The database says that this attempt is not ours any more: it ended, or another media process has it. */
  async #drop(): Promise<void> {
    await this.stopMedia('unknown');
    this.announce('replaced', {});
    this.#socket?.disconnect(true);
    this.#forget();
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#onEnd();
  }

  #setTimes(startedAtMs: number, endsAtMs: number): void {
    this.#times = { startedAtMs, endsAtMs };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.run(() => this.#timeOver()).catch((error: unknown) => {
        this.#context.logger.error({ err: error, attempt: this.id }, 'attempt not ended');
      });
    }, endsAtMs + (this.#practice ? 0 : graceMs) - this.#context.now());
  }

  #later(what: string, write: () => Promise<unknown>): void {
    // Refusals are logged by the queue.
    this.#context.queue.push(what, write).catch(() => undefined);
  }
}
