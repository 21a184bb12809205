import { RecordKind } from '@vigil/protocol/ring-piece';
import type { WebmPart } from './messages.js';
import type { BeginPiece, OpenPiece } from './piece-cutter.js';

/** Files of a MediaRecorder as pieces: one file, one piece. */
export class WebmPieces {
  readonly #begin: BeginPiece;
  /** By the file's number; undefined: its beginning is not there or not in this time, and the rest of it is worth nothing. */
  readonly #open = new Map<number, OpenPiece | undefined>();
  #lastMs = -Infinity;

  constructor(begin: BeginPiece) {
    this.#begin = begin;
  }

  /** Whether data came lately. @param nowMs as the parts' times */
  isLive(nowMs: number): boolean {
    return nowMs - this.#lastMs < 3_000;
  }

  /** Times are of the worker's steady clock, ms. */
  add({ file, zeroMs, untilMs, bytes, last }: Pick<WebmPart, 'file' | 'zeroMs' | 'untilMs' | 'bytes' | 'last'>): void {
    this.#lastMs = Math.max(this.#lastMs, untilMs);
    // The end of a file that gave nothing.
    if (!bytes.byteLength && !this.#open.has(file)) return;
    if (!this.#open.has(file)) this.#open.set(file, this.#begin(zeroMs, undefined));
    const piece = this.#open.get(file);
    if (bytes.byteLength) piece?.add(RecordKind.webm, untilMs, new Uint8Array(bytes));
    piece?.add(RecordKind.alive, untilMs, new Uint8Array());
    if (!last) return;
    piece?.close();
    this.#open.delete(file);
  }

  /** Closes what is open, and drops the rest of those files: times before and after do not belong together. */
  cutNow(): void {
    for (const [file, piece] of this.#open) {
      piece?.close();
      this.#open.set(file, undefined);
    }
  }

  /** Closes what is open. */
  end(): void {
    for (const piece of this.#open.values()) piece?.close();
    this.#open.clear();
  }
}
