import type { Track } from '@vigil/protocol';
import type { BeginPiece } from './piece-cutter.js';
import type { PieceShelf } from './piece-shelf.js';
import { newPieceName } from './piece-store.js';
import { PieceWriter } from './piece-writer.js';
import type { RingClock } from './ring-clock.js';
import type { Seal } from './sealer.js';

/** What pieces are made of. */
export interface PieceFactoryParts {
  shelf: Pick<PieceShelf, 'begin' | 'append' | 'finish'>;
  clock: Pick<RingClock, 'known' | 'toServer' | 'errorMs'>;
  /** So many random bytes. */
  random: (bytes: number) => Uint8Array;
  /** Whether a new piece may begin. */
  room: () => boolean;
  /** A piece ended early, because the browser would not store more of it. */
  refused: (error: unknown) => void;
}

/** Begins pieces, as soon as there are a key and a clock for them, and has what comes written down once a second. */
export class PieceFactory {
  readonly #parts: PieceFactoryParts;
  readonly #writers = new Map<PieceWriter, Track>();
  readonly #closing = new Set<Promise<void>>();
  #seal: Seal | undefined;

  constructor(parts: PieceFactoryParts) {
    this.#parts = parts;
  }

  set seal(seal: Seal) {
    this.#seal = seal;
  }

  /** Whether a piece would be begun now. */
  get ready(): boolean {
    return this.#seal !== undefined && this.#parts.clock.known && this.#parts.room();
  }

  /** For pieces of one track. */
  begin(track: Track): BeginPiece {
    return (zeroMs, video) => {
      const seal = this.#seal;
      if (!seal || !this.ready) return undefined;
      const { shelf, clock, random, refused } = this.#parts;
      const startMs = Math.round(clock.toServer(zeroMs));
      const name = newPieceName(track, startMs, random(4));
      let lastMs = zeroMs;
      const writer = new PieceWriter({
        name,
        header: { version: 1, track, startMs, clockErrorMs: Math.ceil(clock.errorMs), ...(video && { video }) },
        seal,
        append: (bytes) => shelf.append(name, bytes),
        closed: (error) => {
          this.#writers.delete(writer);
          const finished = shelf.finish(name, startMs + lastMs - zeroMs).catch(() => undefined);
          this.#closing.add(finished);
          void finished.then(() => this.#closing.delete(finished));
          if (error !== undefined) refused(error);
        },
      });
      shelf.begin(name);
      this.#writers.set(writer, track);
      return {
        add: (kind, timeMs, data) => {
          lastMs = Math.max(lastMs, timeMs);
          writer.add(kind, timeMs - zeroMs, data);
        },
        close: () => void writer.close(),
      };
    };
  }

  /** Writes down what came since the last time. @returns tracks whose piece has become too large */
  flush(): Track[] {
    const full: Track[] = [];
    for (const [writer, track] of this.#writers) {
      void writer.flush();
      if (writer.full) full.push(track);
    }
    return full;
  }

  /** Resolves when all pieces are closed; their recorders must have ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#writers.keys()].map((writer) => writer.close()));
    await Promise.all(this.#closing);
  }
}
