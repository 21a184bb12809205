import type { LookDocument, LookResult } from '@vigil/protocol';
import type { Collection, Db } from 'mongodb';

/** A student waits: a look that a worker died with is another's after this, ms. */
const leaseMs = 30_000;
const mostTries = 3;

export interface LookLease {
  look: LookDocument;
  name: string;
}

/** What students show and wait for, in the collection `looks`. Any method throws when the database is away. */
export class LookQueue {
  readonly #all: Collection<LookDocument>;
  readonly #newName: () => string;
  readonly #now: () => number;

  constructor(db: Db, { newName, now }: { newName: () => string; now: () => number }) {
    this.#all = db.collection<LookDocument>('looks');
    this.#newName = newName;
    this.#now = now;
  }

  /** Leases the one that waits longest, if any. */
  async take(): Promise<LookLease | undefined> {
    const name = this.#newName();
    const now = this.#now();
    const look = await this.#all.findOneAndUpdate(
      { result: { $exists: false }, error: { $exists: false }, tries: { $lt: mostTries }, availableAt: { $lte: new Date(now) } },
      { $set: { lease: name, availableAt: new Date(now + leaseMs) }, $inc: { tries: 1 } },
      { sort: { availableAt: 1 }, returnDocument: 'after' },
    );
    return look ? { look, name } : undefined;
  }

  /** One whose lease was lost is not answered twice. */
  async answer({ look, name }: LookLease, result: LookResult): Promise<void> {
    await this.#all.updateOne({ _id: look._id, lease: name }, { $set: { result } });
  }

  /** The worker stops: the look is anyone's at once, and this try does not count. */
  async release({ look, name }: LookLease): Promise<void> {
    await this.#all.updateOne({ _id: look._id, lease: name }, { $set: { availableAt: new Date(this.#now()) }, $unset: { lease: '' }, $inc: { tries: -1 } });
  }

  /** It failed: again at once, or, after some times, for good. */
  async fail({ look, name }: LookLease, reason: string): Promise<void> {
    const change = look.tries < mostTries ? { availableAt: new Date(this.#now()) } : { error: reason };
    await this.#all.updateOne({ _id: look._id, lease: name }, { $set: change });
  }
}
