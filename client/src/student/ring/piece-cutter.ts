import type { PieceHeader } from '@vigil/protocol';
import { RecordKind } from '@vigil/protocol/ring-piece';

/** What a piece's pictures are. */
export type Video = NonNullable<PieceHeader['video']>;

/** A piece that is being written. Times are of the steady clock, ms. */
export interface OpenPiece {
  add(kind: RecordKind, timeMs: number, data: Uint8Array): void;
  close(): void;
}

/** Begins a piece whose time zero is `zeroMs`; undefined when there is no room for one. */
export type BeginPiece = (zeroMs: number, video: Video | undefined) => OpenPiece | undefined;

/** One encoded picture. */
export interface Picture {
  key: boolean;
  timeMs: number;
  data: Uint8Array;
  video: Video;
}

interface Current {
  piece: OpenPiece;
  zeroMs: number;
  video: Video | undefined;
}

/** Sound may come out of its encoder this much later than a picture of the same time, ms. */
const trailMs = 1_000;
/** So long sound waits for the key frame that begins its piece, ms: at the start, and when one was asked for. */
const firstKeyWithinMs = 1_000;
/** What encoders round a picture's time by at most, ms: theirs are whole microseconds. */
const roundingMs = 0.01;
const keyWithinMs = 3_000;

const nothing = new Uint8Array();
const same = (a: Video, b: Video | undefined): boolean => a.codec === b?.codec && a.width === b.width && a.height === b.height;

/**
 * Cuts what comes out of the encoders into pieces: a new one begins with a key frame when the last is long enough, and by
 * time alone where there are no pictures. A piece claims that its sources were recorded, so it also ends when one of them does.
 */
export class PieceCutter {
  readonly #lengthMs: number;
  readonly #begin: BeginPiece;
  #current: Current | undefined;
  /** Still takes what comes late. */
  #previous: (Current & { closeAtMs: number }) | undefined;
  /** A key frame that was asked for and has not come yet. */
  #awaited: { timeMs: number; video: Video } | undefined;
  #pictures = false;
  #cutNext = false;
  /** Sound that belongs behind the key frame which is waited for. */
  #early: { timeMs: number; data: Uint8Array }[] = [];

  constructor(lengthMs: number, begin: BeginPiece) {
    this.#lengthMs = lengthMs;
    this.#begin = begin;
  }

  /** Whether the picture of that time, which is about to be encoded, must be a key frame. Counts it as asked for. */
  needsKey(timeMs: number, video: Video): boolean {
    const awaited = this.#awaited;
    if (awaited && timeMs - awaited.timeMs < keyWithinMs && same(video, awaited.video)) return false;
    if (!this.#isLong(timeMs) && same(video, this.#current?.video)) return false;
    this.#awaited = { timeMs, video };
    return true;
  }

  /** Whether the next piece should begin at that time, and no key frame is on its way for it. */
  isDue(timeMs: number): boolean {
    return !this.#awaited && this.#isLong(timeMs);
  }

  picture({ key, timeMs, data, video }: Picture): void {
    if (!this.#pictures) return;
    if (key && this.#awaited && timeMs > this.#awaited.timeMs - roundingMs) {
      // Where nothing was before, the sound of the first moments belongs to it.
      const first = this.#current ? Infinity : Math.min(...this.#early.map((sound) => sound.timeMs));
      this.#awaited = undefined;
      this.#cut(Math.min(timeMs, first), video);
    } else if (!same(video, this.#current?.video)) return;
    this.#pieceOf(timeMs)?.add(key ? RecordKind.key : RecordKind.delta, timeMs, data);
  }

  /** One packet of sound. */
  sound(timeMs: number, data: Uint8Array): void {
    // What belongs behind a key frame that is on its way; and where there is no piece yet, all that comes.
    const waits = this.#awaited && this.#current ? timeMs >= this.#awaited.timeMs : !this.#current && this.#pictures;
    if (waits) this.#early.push({ timeMs, data });
    else this.#place(timeMs, data);
  }

  /** Up to this time the sources were being recorded. */
  alive(timeMs: number): void {
    if (this.#current && timeMs > this.#current.zeroMs) this.#current.piece.add(RecordKind.alive, timeMs, nothing);
  }

  /** Whether there is a source of pictures now. Without one a piece with pictures ends. */
  expectPictures(expected: boolean, nowMs: number): void {
    if (this.#pictures === expected) return;
    this.#pictures = expected;
    if (expected) return;
    this.#awaited = undefined;
    if (this.#current?.video) this.#retire(nowMs);
    this.#placeEarly();
  }

  /** Ends the piece at the next occasion: one of its sources is gone. */
  cutSoon(nowMs: number): void {
    this.#cutNext = true;
    if (!this.#current?.video) this.#retire(nowMs);
  }

  /** To be called about once a second. */
  tick(nowMs: number): void {
    if (this.#previous && nowMs >= this.#previous.closeAtMs) {
      this.#previous.piece.close();
      this.#previous = undefined;
    }
    if (this.#awaited && nowMs - this.#awaited.timeMs > keyWithinMs) this.#awaited = undefined;
    const [first] = this.#early;
    const patienceMs = this.#awaited ? keyWithinMs : firstKeyWithinMs;
    if (first && nowMs - first.timeMs > patienceMs) this.#placeEarly();
  }

  /** Closes what is open; what comes next begins anew. */
  cutNow(): void {
    this.#placeEarly();
    this.#previous?.piece.close();
    this.#current?.piece.close();
    this.#current = this.#previous = this.#awaited = undefined;
  }

  /** Closes what is open, for good. */
  end(): void {
    this.cutNow();
    this.#pictures = false;
  }

  /** Whether the current piece must end; true where there is none. */
  #isLong(timeMs: number): boolean {
    return !this.#current || this.#cutNext || timeMs - this.#current.zeroMs >= this.#lengthMs;
  }

  #place(timeMs: number, data: Uint8Array): void {
    const current = this.#current;
    if (!current || (!current.video && timeMs - current.zeroMs >= this.#lengthMs)) this.#cut(timeMs, undefined);
    this.#pieceOf(timeMs)?.add(RecordKind.sound, timeMs, data);
  }

  #placeEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const { timeMs, data } of early) this.#place(timeMs, data);
  }

  #pieceOf(timeMs: number): OpenPiece | undefined {
    const late = this.#current && timeMs < this.#current.zeroMs;
    return (late && this.#previous ? this.#previous : this.#current)?.piece;
  }

  #cut(timeMs: number, video: Video | undefined): void {
    if (!this.#cutNext) this.alive(timeMs);
    this.#retire(timeMs);
    this.#cutNext = false;
    const piece = this.#begin(timeMs, video);
    this.#current = piece && { piece, zeroMs: timeMs, video };
    const early = this.#early;
    this.#early = [];
    for (const sound of early) this.#pieceOf(sound.timeMs)?.add(RecordKind.sound, sound.timeMs, sound.data);
  }

  #retire(nowMs: number): void {
    if (!this.#current) return;
    this.#previous?.piece.close();
    this.#previous = { ...this.#current, closeAtMs: nowMs + trailMs };
    this.#current = undefined;
  }
}
