import type { PieceHeader, RecordKind } from '@vigil/protocol';
import { encodeRecords, maxPieceBytes, type PieceRecord } from '@vigil/protocol/ring-piece';
import type { Seal } from './sealer.js';

/** Where a piece's file grows. Throws when the disk or the browser's allowance is full; then nothing of it was written. */
export type Append = (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

/** What a writer needs. */
export interface PieceWriterParts {
  name: string;
  header: PieceHeader;
  seal: Seal;
  append: Append;
  /** Called once: nothing more is written. `error`: what ended it early. */
  closed: (error?: unknown) => void;
}

/** Space is left for what is still to come in the second in which the limit is noticed. */
const fullBytes = maxPieceBytes / 2;

/**
 * Writes one piece: what was added is sealed as one chunk and appended at each `flush`, so that a crash loses no more than
 * came since. The first chunk, the header, goes with the first records.
 */
export class PieceWriter {
  readonly #parts: PieceWriterParts;
  #records: PieceRecord[] = [];
  #chunks = 0;
  #bytes = 0;
  #last: Promise<void> = Promise.resolve();
  #state: 'open' | 'closing' | 'closed' = 'open';

  constructor(parts: PieceWriterParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  /** No more than this fits; the next piece must begin. */
  get full(): boolean {
    return this.#bytes > fullBytes;
  }

  /** @param timeMs from the header's `startMs` */
  add(kind: RecordKind, timeMs: number, data: Uint8Array): void {
    if (this.#state === 'open' && !this.full) this.#records.push({ kind, timeMs, data });
  }

  /** Seals and stores what was added since the last time; resolves when that is stored, or could not be. */
  flush(): Promise<void> {
    const records = this.#records;
    this.#records = [];
    if (records.length) this.#last = this.#last.then(() => this.#write(records));
    return this.#last;
  }

  /** Flushes for the last time. Idempotent. */
  close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#last = this.flush().then(() => this.#end());
    }
    return this.#last;
  }

  async #write(records: PieceRecord[]): Promise<void> {
    if (this.#state === 'closed') return;
    const { name, header, seal, append } = this.#parts;
    try {
      const contents = [encodeRecords(records)];
      if (this.#chunks === 0) contents.unshift(new TextEncoder().encode(JSON.stringify(header)));
      const sealed = await Promise.all(contents.map((content, index) => seal(name, this.#chunks + index, content)));
      await append(concat(sealed));
      this.#chunks += sealed.length;
      this.#bytes += sealed.reduce((sum, { length }) => sum + length, 0);
    } catch (error) {
      // A chunk that is missing would make those after it unreadable: the piece ends before it.
      this.#end(error);
    }
  }

  #end(error?: unknown): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#parts.closed(error);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
