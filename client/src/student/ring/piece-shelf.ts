import type { Span } from './coverage.js';
import type { Locks } from './locks.js';
import { readPieceName, type PieceStore, type StoredPiece } from './piece-store.js';

/** Length of a piece by its track, ms. */
export const pieceMs = { webcam: 5_000, screen: 10_000 } as const;
/**
 * A piece may last longer, ms: a key frame is asked for within a second, and once more when it does not come in three. Too long
 * a guess only sends more than is missing; too short a one loses what is.
 */
const overMs = 5_000;

/** A piece of this attempt. Where nobody remembers its end, the latest that it can be. */
export interface ShelfPiece extends Span {
  name: string;
  bytes: number;
  /** Still written to, here or in another tab. */
  open: boolean;
}

/** The pieces of one attempt on this computer: what lies in the store, and what this tab knows besides. */
export class PieceShelf {
  readonly attempt: string;
  readonly #store: PieceStore;
  readonly #locks: Locks;
  #stored = new Map<string, StoredPiece>();
  /** Ends of pieces that this tab wrote, server wall clock, ms. */
  readonly #ends = new Map<string, number>();
  /** What lets go of the piece's lock. */
  readonly #writing = new Map<string, () => void>();
  #busyElsewhere: ReadonlySet<string> = new Set();

  constructor(store: PieceStore, attempt: string, locks: Locks) {
    this.#store = store;
    this.attempt = attempt;
    this.#locks = locks;
  }

  /** Looks into the store again: another tab may have written or sent something. */
  async refresh(): Promise<void> {
    const before = new Set(this.#stored.keys());
    const [listed, held] = await Promise.all([this.#store.list(this.attempt), this.#locks.held()]);
    // What was begun while it was listed is known better than the list.
    const begun = [...this.#stored].filter(([name]) => !before.has(name) || this.#writing.has(name));
    this.#stored = new Map([...listed.map((piece): [string, StoredPiece] => [piece.name, piece]), ...begun]);
    this.#busyElsewhere = held;
  }

  /** All pieces, the oldest first. */
  get pieces(): ShelfPiece[] {
    const pieces = [...this.#stored.values()].flatMap(({ name, bytes }) => {
      const read = readPieceName(name);
      const open = this.#writing.has(name) || this.#busyElsewhere.has(this.#lockOf(name));
      return read ? [{ ...read, name, bytes, open, endMs: 0 }] : [];
    });
    pieces.sort((a, b) => a.startMs - b.startMs);
    const next: Partial<Record<Span['track'], number>> = {};
    for (const piece of pieces.toReversed()) {
      const latest = piece.startMs + pieceMs[piece.track] + overMs;
      piece.endMs = this.#ends.get(piece.name) ?? Math.min(latest, Math.max(piece.startMs, next[piece.track] ?? Infinity));
      next[piece.track] = piece.startMs;
    }
    return pieces;
  }

  /** What all of it takes, bytes. */
  get bytes(): number {
    return [...this.#stored.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** A new piece; other tabs leave it alone until it is closed, or this tab is gone. */
  begin(name: string): void {
    this.#stored.set(name, { attempt: this.attempt, name, bytes: 0 });
    this.#writing.set(name, this.#locks.hold(this.#lockOf(name)));
  }

  /** Throws as `PieceStore.append` does. */
  async append(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#store.append(this.attempt, name, bytes);
    const piece = this.#stored.get(name);
    if (piece) piece.bytes += bytes.length;
  }

  /** Nothing more is appended. @param endMs server wall clock */
  async finish(name: string, endMs: number): Promise<void> {
    this.#ends.set(name, endMs);
    if (this.#stored.get(name)?.bytes === 0) this.#stored.delete(name);
    try {
      await this.#store.close(this.attempt, name);
    } finally {
      this.#writing.get(name)?.();
      this.#writing.delete(name);
    }
  }

  /** Undefined: it is not there any more. */
  async read(name: string): Promise<Blob | undefined> {
    const piece = await this.#store.read(this.attempt, name);
    if (!piece) this.#stored.delete(name);
    return piece;
  }

  async remove(name: string): Promise<void> {
    await this.#store.remove(this.attempt, name);
    this.#stored.delete(name);
    this.#ends.delete(name);
  }

  /** Where the piece's upload goes on. */
  mark(name: string): Promise<string | undefined> {
    return this.#store.mark(this.attempt, name);
  }

  setMark(name: string, text: string | undefined): Promise<void> {
    return this.#store.setMark(this.attempt, name, text);
  }

  /** Whether anything was ever kept here for this attempt, and not yet forgotten. */
  async known(): Promise<boolean> {
    return (await this.#store.attempts()).includes(this.attempt);
  }

  /** Remembers the attempt until `forget`. */
  remember(): Promise<void> {
    return this.#store.begin(this.attempt);
  }

  /** Removes all of it. */
  async forget(): Promise<void> {
    for (const release of this.#writing.values()) release();
    this.#writing.clear();
    this.#stored.clear();
    await this.#store.removeAttempt(this.attempt);
  }

  #lockOf(name: string): string {
    return `vigil-piece/${this.attempt}/${name}`;
  }
}

/**
 * Removes pieces of other attempts that are too old to be wanted.
 * @param olderThanMs server wall clock. @returns what the younger ones take, bytes.
 */
export async function tidyOthers(store: PieceStore, attempt: string, olderThanMs: number): Promise<number> {
  let bytes = 0;
  for (const other of await store.attempts()) {
    if (other === attempt) continue;
    const pieces = await store.list(other);
    const old = pieces.filter(({ name }) => (readPieceName(name)?.startMs ?? 0) < olderThanMs);
    if (old.length && old.length === pieces.length) await store.removeAttempt(other);
    else for (const { name } of old) await store.remove(other, name);
    bytes += pieces.reduce((sum, piece) => sum + (old.includes(piece) ? 0 : piece.bytes), 0);
  }
  return bytes;
}
