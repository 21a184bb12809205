import type { BrowserEvent } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol/errors';

/** An event as the watcher tells it, before it is in the journal. */
export type Noticed<E = BrowserEvent> = E extends BrowserEvent ? Omit<E, 'id' | 'atMs'> : never;

/** So many events are kept that the server does not have yet; more are not noted. */
const mostKept = 1_000;
/** Of these one request takes so many; the server takes no more either. */
const mostSent = 100;
/** What happens together is sent together, ms. */
const gatherMs = 1_500;
/** What could not be sent is sent again after so long, ms. */
const againMs = 20_000;

/** The parts of `localStorage` that are needed. */
export type JournalStorage = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>;

export interface JournalParts {
  /** The attempt's id. */
  attempt: string;
  /** Undefined: what a page could not send goes with it. */
  storage: JournalStorage | undefined;
  send: (events: BrowserEvent[]) => Promise<unknown>;
  /** The server's clock as it is estimated here, ms since 1970. */
  now: () => number;
  newId: () => string;
  /** Resolves after that many ms, or earlier when the network comes back. */
  pause: (ms: number) => Promise<void>;
}

/**
 * What was noticed, until the server has it: it outlasts reloads and outages in the browser's storage, an entry to each event, so
 * that two tabs do not write over each other. Both may send the same; the server keeps it once.
 */
export class Journal {
  readonly #parts: JournalParts;
  readonly #prefix: string;
  /** By the id that they are stored by, in order of time. */
  readonly #kept = new Map<string, BrowserEvent>();
  #sending: Promise<void> | undefined;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#prefix = `vigil-event-${parts.attempt}-`;
    for (const [id, event] of this.#stored()) this.#kept.set(id, event);
    this.#start();
  }

  /** Notes that something is so now, and sends it soon. */
  note(noticed: Noticed): void {
    if (this.#kept.size >= mostKept) return;
    const event = { id: this.#parts.newId(), atMs: Math.round(this.#parts.now()), ...noticed };
    this.#kept.set(event.id, event);
    this.#store(event);
    this.#start();
  }

  /** Resolves when nothing is left to send, or the server wants no more. */
  get sent(): Promise<void> {
    return this.#sending ?? Promise.resolve();
  }

  #start(): void {
    if (this.#kept.size > 0)
      this.#sending ??= this.#sendAll().finally(() => {
        this.#sending = undefined;
        // What came at the last moment.
        this.#start();
      });
  }

  async #sendAll(): Promise<void> {
    await this.#parts.pause(gatherMs);
    let most = mostSent;
    while (this.#kept.size > 0) {
      const some = [...this.#kept].slice(0, most);
      const ids = some.map(([id]) => id);
      try {
        await this.#parts.send(some.map(([, event]) => event));
        this.#drop(ids);
      } catch (error) {
        if (!(error instanceof VigilError) || error.status >= 500 || error.reason === 'tooMany') await this.#parts.pause(againMs);
        // One that is no event has all refused that it is sent with: it is found in few requests, and goes alone.
        else if (error.reason === 'badInput' && some.length > 1) most = Math.ceil(some.length / 2);
        // What the server itself refuses, it refuses again; only its own trouble passes.
        else {
          this.#drop(ids);
          most = mostSent;
        }
      }
    }
  }

  #drop(ids: readonly string[]): void {
    for (const id of ids) {
      this.#kept.delete(id);
      try {
        this.#parts.storage?.removeItem(this.#prefix + id);
      } catch {
        // It is sent once more by the next page, and changes nothing.
      }
    }
  }

  #store(event: BrowserEvent): void {
    try {
      this.#parts.storage?.setItem(this.#prefix + event.id, JSON.stringify(event));
    } catch {
      // Storage that is full or forbidden: it is in memory.
    }
  }

  /** Of an earlier page, or of another tab that may be sending them too. */
  #stored(): [string, BrowserEvent][] {
    const { storage } = this.#parts;
    try {
      const keys = Array.from({ length: storage?.length ?? 0 }, (_, i) => storage?.key(i) ?? '').filter((key) => key.startsWith(this.#prefix));
      const events = keys.flatMap((key): [string, BrowserEvent][] => {
        const event = parsed(storage?.getItem(key) ?? '');
        return event ? [[key.slice(this.#prefix.length), event]] : [];
      });
      return events.sort(([, a], [, b]) => a.atMs - b.atMs).slice(0, mostKept);
    } catch {
      return [];
    }
  }
}

/** As it was stored; whatever else stands there is left, and the server refuses what is no event. */
function parsed(text: string): BrowserEvent | undefined {
  try {
    return JSON.parse(text) as BrowserEvent;
  } catch {
    return undefined;
  }
}
