import type { CoverageAnswer } from '@vigil/protocol';
import { VigilError, type Reason } from '@vigil/protocol/errors';
import type { StudentApi } from '../session/api.js';
import { verdictOn } from './coverage.js';
import type { Locks } from './locks.js';
import type { PieceShelf, ShelfPiece } from './piece-shelf.js';
import { SendingBatch } from './sending-batch.js';
import type { SendingState, SendingView } from './sending-view.js';

/** How the upload of a piece ended; `refused` with what the server said, `failed` without a word of it. */
export type UploadEnd = { how: 'received' } | { how: 'unsure' } | { how: 'refused'; error: VigilError } | { how: 'failed' };

/** What a sender works with; tests give fakes. */
export interface SenderParts {
  shelf: Pick<PieceShelf, 'attempt' | 'pieces' | 'refresh' | 'remove' | 'forget' | 'known'>;
  api: Pick<StudentApi, 'attempt' | 'coverage' | 'sent'>;
  /** Sends one piece. @param progress bytes of it that have arrived */
  upload: (piece: ShelfPiece, progress: (bytes: number) => void) => Promise<UploadEnd>;
  locks: Pick<Locks, 'alone'>;
  /** A steady clock, ms. */
  now: () => number;
  /** The server's wall clock, ms. */
  serverNow: () => number;
  /** Whether all is recorded live now. */
  isWell: () => boolean;
  pause: (ms: number) => Promise<void>;
  changed: (view: SendingView) => void;
  /** A line for the attempt's history. */
  tell: (detail: string) => void;
}

/** The server settles segments only when they are written; asking earlier is in vain. ms */
const ripeMs = 20_000;
/**
 * Pauses between rounds, ms: while all is recorded live and the server wants nothing, while something may be missing, and while
 * the student waits for the end; then twice as long each time.
 */
const wellMs = 60_000;
const calmMs = 20_000;
const eagerMs = 3_000;
/**
 * How often what was left is looked at eagerly at the opening of the page. After that, and when a lost connection is back, so often
 * and with such pauses, ms: what was missed is settled only when the first segment after it is written.
 */
const leftOverRounds = 4;
const soonRounds = 20;
const soonMs = 8_000;

/** Refusals of a piece itself: it is of no use, now or later. */
const useless: ReadonlySet<Reason> = new Set<Reason>(['pieceInvalid', 'badInput', 'tooLarge']);
/** Refusals of this piece alone; others may be taken. */
const passing: ReadonlySet<Reason> = new Set<Reason>(['internal', 'wrongState', 'notFound']);

/** Nothing is taken any more: the time is over, or even the link has expired, which is later. */
const isClosed = (error: unknown): boolean => error instanceof VigilError && (error.reason === 'sendingClosed' || error.reason === 'linkExpired');

/** Sends what the record lacks, and removes what it does not need. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #batch: SendingBatch;
  /** Names of pieces that were there when the page was opened, or the lost connection came back. */
  #leftOver: ReadonlySet<string> = new Set();
  #leftOverDone: () => void = () => undefined;
  /** Some of that has been sent. */
  #sentLeftOver = false;
  /** Since then. */
  #rounds = 0;
  #failures = 0;
  /** The server wanted something in the last round, and took none of it. */
  #wanted = false;
  #stuck = false;
  #over = false;
  /** When the attempt ended, server wall clock; asked for when it is over. */
  #overAtMs: number | undefined;
  #state: SendingState = 'idle';
  #wake: () => void = () => undefined;
  #woken = false;
  /** Nothing can come any more. */
  #ended = false;

  /** Resolves when what was left at the opening is sent, or cannot be sent now. */
  readonly leftOversSent = new Promise<void>((resolve) => (this.#leftOverDone = resolve));

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#batch = new SendingBatch(parts.now);
  }

  /** Works until nothing can come any more. The shelf must have been refreshed. */
  async run(): Promise<void> {
    this.#leftOver = new Set(this.#parts.shelf.pieces.map(({ name }) => name));
    if (!this.#leftOver.size) this.#leftOverDone();
    this.#show();
    while (!this.#ended) {
      if (this.#isTime()) await this.#roundAlone();
      this.#show();
      await this.#wait();
    }
    this.#leftOverDone();
    this.#show();
  }

  /** The connection was lost and is back: what lies here may be wanted. */
  returned(): void {
    this.#leftOver = new Set(this.#parts.shelf.pieces.map(({ name }) => name));
    this.#sentLeftOver = false;
    this.#rounds = leftOverRounds;
    this.#show();
    this.wake();
  }

  /** Asks at once: the connection is back, or there is news. */
  wake(): void {
    this.#woken = true;
    this.#failures = 0;
    this.#wake();
  }

  /** The attempt is over: what is still wanted is sent, and then the server is told. */
  over(): void {
    this.#over = true;
    if (this.#state === 'idle') this.#state = 'waiting';
    this.#show();
    this.wake();
  }

  get view(): SendingView {
    const leftBytes = this.#parts.shelf.pieces.reduce((sum, { bytes }) => sum + bytes, 0);
    return { ...this.#batch.view, leftBytes, state: this.#shown };
  }

  /** The student hears also of what the server has not asked for yet, and when all of it is sent. */
  get #shown(): SendingState {
    if (this.#state !== 'idle' || this.#over) return this.#state;
    if (this.#soon) return 'waiting';
    return this.#sentLeftOver && !this.#hasLeftOvers ? 'sent' : 'idle';
  }

  #isTime(): boolean {
    if (this.#woken || this.#rounds === 0 || this.#over || this.#soon) return true;
    const ripe = this.#parts.serverNow() - ripeMs;
    return this.#parts.shelf.pieces.some(({ open, endMs }) => !open && endMs < ripe);
  }

  async #wait(): Promise<void> {
    const calm = this.#parts.isWell() && !this.#wanted ? wellMs : calmMs;
    const eager = this.#over || this.#rounds < leftOverRounds;
    const ms = this.#over || this.#soon ? Math.min(calmMs, (eager ? eagerMs : soonMs) * 2 ** this.#failures) : calm;
    if (!this.#woken && !this.#ended)
      await Promise.race([this.#parts.pause(ms), new Promise<void>((resolve) => (this.#wake = resolve))]);
  }

  /** What was left is asked for soon again. */
  get #soon(): boolean {
    return this.#hasLeftOvers && this.#rounds < soonRounds;
  }

  get #hasLeftOvers(): boolean {
    return this.#parts.shelf.pieces.some(({ name }) => this.#leftOver.has(name));
  }

  /** One tab at a time; another one's round counts as ours. */
  async #roundAlone(): Promise<void> {
    this.#woken = false;
    const well = await this.#parts.locks.alone(`vigil-send/${this.#parts.shelf.attempt}`, () => this.#round()).catch(() => false);
    this.#rounds++;
    this.#failures = well === false || this.#stuck ? this.#failures + 1 : 0;
    if (well === undefined) await this.#parts.shelf.refresh().catch(() => undefined);
    if (well === false ? this.#state === 'sending' : well === undefined && this.#over) this.#state = 'waiting';
    // What the server does not want, or does not know of even at the second time, holds nobody up.
    const inVain = !this.#wanted && this.#rounds >= 2;
    if (!this.#hasLeftOvers || well === false || inVain || this.#rounds >= leftOverRounds) this.#leftOverDone();
  }

  /** @returns whether the server answered. */
  async #round(): Promise<boolean> {
    const { shelf, api } = this.#parts;
    await shelf.refresh();
    if (!shelf.pieces.length) return this.#nothingLeft();
    if (this.#over) this.#state = 'waiting';
    let answer: CoverageAnswer;
    try {
      if (this.#over) this.#overAtMs ??= (await api.attempt()).finishedAtMs ?? undefined;
      answer = await api.coverage();
    } catch (error) {
      if (isClosed(error)) return this.#close();
      return false;
    }
    if (!answer.open) return !this.#over || this.#close();
    const wanted: ShelfPiece[] = [];
    for (const piece of shelf.pieces) {
      if (piece.open) continue;
      const verdict = verdictOn(piece, answer, this.#overAtMs);
      if (verdict === 'delete') await shelf.remove(piece.name);
      else if (verdict === 'send') wanted.push(piece);
    }
    this.#wanted = wanted.length > 0;
    const well = await this.#send(wanted);
    return well && (shelf.pieces.length > 0 || this.#nothingLeft());
  }

  /** The oldest first, one at a time. */
  async #send(wanted: readonly ShelfPiece[]): Promise<boolean> {
    this.#batch.want(wanted);
    this.#stuck = wanted.length > 0;
    if (!wanted.length) {
      if (!this.#over) this.#state = 'idle';
      return true;
    }
    if (!this.#hasLeftOvers) this.#sentLeftOver = false;
    this.#state = 'sending';
    for (const piece of wanted) {
      this.#show();
      const end = await this.#parts.upload(piece, (bytes) => {
        this.#batch.progress(piece.name, bytes);
        this.#show();
      });
      if (end.how === 'failed') return false;
      if (end.how === 'unsure') continue;
      if (end.how === 'refused' && !(await this.#refused(piece, end.error))) return false;
      if (end.how === 'received') {
        this.#stuck = false;
        this.#batch.sent(piece.name);
        if (this.#leftOver.has(piece.name)) this.#sentLeftOver = true;
        await this.#parts.shelf.remove(piece.name);
      }
    }
    this.#state = this.#over ? 'waiting' : 'idle';
    return true;
  }

  /** @returns whether the next piece can be tried. */
  async #refused(piece: ShelfPiece, error: VigilError): Promise<boolean> {
    if (isClosed(error)) {
      await this.#close();
      return false;
    }
    if (!useless.has(error.reason)) return passing.has(error.reason);
    this.#parts.tell(`The server could not use ${piece.name}: ${error.message}`);
    this.#stuck = false;
    this.#batch.drop(piece.name);
    await this.#parts.shelf.remove(piece.name);
    return true;
  }

  /** After the end the server is told, once; another browser may still hold something, which does not concern this one. */
  async #nothingLeft(): Promise<boolean> {
    const { shelf, api } = this.#parts;
    if (!this.#over) {
      this.#state = 'idle';
      return true;
    }
    if (!(await shelf.known())) {
      this.#state = 'idle';
      this.#ended = true;
      return true;
    }
    this.#state = 'waiting';
    try {
      await api.sent();
    } catch (error) {
      return isClosed(error) && this.#close();
    }
    await shelf.forget();
    this.#state = 'received';
    this.#ended = true;
    return true;
  }

  async #close(): Promise<boolean> {
    const { shelf, tell } = this.#parts;
    if (shelf.pieces.length) {
      tell('What the browser had kept came too late and was removed.');
      this.#state = 'closed';
    } else this.#state = 'received';
    this.#ended = true;
    await shelf.forget();
    return true;
  }

  #show(): void {
    this.#parts.changed(this.view);
  }
}
