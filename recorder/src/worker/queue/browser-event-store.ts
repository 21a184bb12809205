import { BrowserEvent, type BrowserEventDocument } from '@vigil/protocol';
import type { Collection, Db } from 'mongodb';

/** So many new events are looked at in one go. */
const mostAtOnce = 1_000;

/** What students' browsers noticed, in the collection `browserEvents`. Any method throws when the database is away. */
export class BrowserEventStore {
  readonly #events: Collection<BrowserEventDocument>;

  constructor(db: Db) {
    this.#events = db.collection<BrowserEventDocument>('browserEvents');
  }

  async createIndex(): Promise<void> {
    await this.#events.createIndex({ open: 1 });
    await this.#events.createIndex({ attempt: 1, atMs: 1 });
  }

  /** The events of an attempt, in order of time. One that is not as expected is left out. */
  async of(attempt: string): Promise<BrowserEvent[]> {
    const documents = await this.#events.find({ attempt }).sort({ atMs: 1, _id: 1 }).toArray();
    return documents.flatMap(({ event }) => BrowserEvent.safeParse(event).data ?? []);
  }

  /**
   * Has attempts judged that have new events. An event is new until its attempt was asked for: a worker that dies in between leaves it
   * to the next one, and what comes meanwhile is new by itself.
   */
  async hear(ask: (attempt: string) => Promise<void>): Promise<void> {
    const open = await this.#events.find({ open: true }, { projection: { attempt: 1 } }).limit(mostAtOnce).toArray();
    for (const attempt of new Set(open.map((one) => one.attempt))) {
      await ask(attempt);
      const heard = open.filter((one) => one.attempt === attempt).map(({ _id }) => _id);
      await this.#events.updateMany({ _id: { $in: heard } }, { $unset: { open: '' } });
    }
  }
}
