import type { ShelfPiece } from './piece-shelf.js';
import type { SendingView } from './sending-view.js';

interface Entry {
  piece: ShelfPiece;
  sentBytes: number;
  done: boolean;
}

/** The speed is not known before, ms. */
const measuredMs = 5_000;

/** Progress of what is sent in one go: it grows while it is sent, and is over when all of it has arrived. */
export class SendingBatch {
  readonly #entries = new Map<string, Entry>();
  /** A steady clock, ms. */
  readonly #now: () => number;
  #sinceMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What the server wants now. What it wants no more is taken out, unless it has arrived. */
  want(pieces: readonly ShelfPiece[]): void {
    const names = new Set(pieces.map(({ name }) => name));
    for (const [name, { done }] of this.#entries) if (!done && !names.has(name)) this.#entries.delete(name);
    if ([...this.#entries.values()].every(({ done }) => done)) this.#entries.clear();
    if (!this.#entries.size) this.#sinceMs = this.#now();
    for (const piece of pieces) if (!this.#entries.has(piece.name)) this.#entries.set(piece.name, { piece, sentBytes: 0, done: false });
  }

  progress(name: string, bytes: number): void {
    const entry = this.#entries.get(name);
    if (entry) entry.sentBytes = Math.min(bytes, entry.piece.bytes);
  }

  /** All of it has arrived. */
  sent(name: string): void {
    const entry = this.#entries.get(name);
    if (entry) Object.assign(entry, { sentBytes: entry.piece.bytes, done: true });
  }

  /** It is not sent after all. */
  drop(name: string): void {
    this.#entries.delete(name);
  }

  get view(): Pick<SendingView, 'sentBytes' | 'totalBytes' | 'restMs'> {
    const entries = [...this.#entries.values()];
    const sentBytes = entries.reduce((sum, one) => sum + one.sentBytes, 0);
    const totalBytes = entries.reduce((sum, { piece }) => sum + piece.bytes, 0);
    const tookMs = this.#now() - this.#sinceMs;
    const restMs = sentBytes && tookMs >= measuredMs ? ((totalBytes - sentBytes) * tookMs) / sentBytes : null;
    return { sentBytes, totalBytes, restMs };
  }
}
