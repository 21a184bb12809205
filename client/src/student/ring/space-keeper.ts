import { limitOf, reserveBytes, toDrop } from './space.js';
import type { PieceShelf, ShelfPiece } from './piece-shelf.js';

/** After the browser refused to store something, nothing is tried for so long, ms. */
const refusedMs = 30_000;

/** What the keeper needs. */
export interface SpaceParts {
  shelf: Pick<PieceShelf, 'pieces' | 'bytes' | 'remove'>;
  /** What pieces of other attempts take, bytes. */
  othersBytes: number;
  estimate: () => Promise<{ quota?: number; usage?: number }>;
  /** Whether a piece was recorded live as well. */
  isCovered: (piece: ShelfPiece) => boolean;
  /** A clock that is never set, ms. */
  now: () => number;
}

/** Sees to it that pieces take no more room than they may, and says whether a new one may begin. */
export class SpaceKeeper {
  readonly #parts: SpaceParts;
  #refusedAtMs = -Infinity;
  #room = true;

  constructor(parts: SpaceParts) {
    this.#parts = parts;
  }

  /** Whether there is room for a new piece. */
  get room(): boolean {
    return this.#room;
  }

  /** The browser had no room in spite of what it said. */
  refused(): void {
    this.#refusedAtMs = this.#parts.now();
    this.#room = false;
  }

  /** Looks again, and removes what can be removed; to be called now and then. */
  async check(): Promise<void> {
    const { shelf, othersBytes, estimate, isCovered, now } = this.#parts;
    const used = shelf.bytes + othersBytes;
    const limit = limitOf(await estimate().catch(() => ({})), used);
    const refused = now() - this.#refusedAtMs < refusedMs;
    // After a refusal its own word counts less than what was seen: some room must be made.
    const lacking = Math.max(used + reserveBytes - limit, refused ? reserveBytes : 0);
    if (lacking <= 0) {
      this.#room = true;
      return;
    }
    const dropped = toDrop(shelf.pieces.filter(({ open }) => !open), lacking, isCovered);
    for (const { name } of dropped ?? []) await shelf.remove(name);
    if (dropped) this.#refusedAtMs = -Infinity;
    this.#room = dropped !== undefined;
  }
}
