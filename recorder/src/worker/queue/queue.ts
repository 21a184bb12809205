import type { Collection, Db, Filter } from 'mongodb';
import type { SegmentDocument } from '@vigil/protocol';

/** How often a segment is tried before it is given up, and the pauses after each failure, ms. */
export const retryPolicy = {
  failures: 3,
  pausesMs: [5_000, 30_000],
  /** A segment at which the worker itself stops each time must not stop it for ever. Stops for other reasons count as well, so it is more. */
  leases: 8,
} as const;

/** A segment that this worker holds. */
export interface Lease {
  segment: SegmentDocument;
  /** Names the lease in the segment's document. */
  name: string;
}

export interface QueueOptions {
  leaseMs: number;
  /** Wall clock, ms since 1970; the same for all workers, within a small part of `leaseMs`. */
  now: () => number;
  /** A name that no other lease has. */
  newName: () => string;
}

/**
 * The queue of segments in the collection `segments`. Each step is one atomic update of one document, and each but `take`
 * has the lease's name in its filter: who lost the lease changes nothing. Any method throws when the database is away.
 */
export class SegmentQueue {
  readonly #segments: Collection<SegmentDocument>;
  readonly #options: QueueOptions;
  /** Attempts that had their turn in this round. */
  readonly #served = new Set<string>();

  constructor(db: Db, options: QueueOptions) {
    this.#segments = db.collection<SegmentDocument>('segments');
    this.#options = options;
  }

  async createIndex(): Promise<void> {
    await this.#segments.createIndex({ 'analysis.state': 1, 'analysis.availableAt': 1, attempt: 1 });
  }

  /**
   * Leases the segment that waits longest, if any: a new one, one whose pause is over, or one whose worker has gone.
   * Each attempt has one turn in a round, so that a long recording does not keep the others waiting.
   * @param buried is told the attempt of a segment that is given up: the rest of it is judged without.
   */
  async take(buried: (attempt: string) => Promise<void>): Promise<Lease | undefined> {
    const waiting: Filter<SegmentDocument> = {
      'analysis.state': { $in: ['pending', 'leased'] },
      'analysis.availableAt': { $lte: this.#date() },
    };
    let lease = await this.#lease({ ...waiting, attempt: { $nin: [...this.#served] } });
    if (!lease && this.#served.size) {
      this.#served.clear();
      lease = await this.#lease(waiting);
    }
    if (!lease) return undefined;
    this.#served.add(lease.segment.attempt);
    if (lease.segment.analysis.tries <= retryPolicy.leases) return lease;
    if (await this.#bury(lease, `The worker stopped ${retryPolicy.leases} times while it analysed this segment.`)) await buried(lease.segment.attempt);
    return this.take(buried);
  }

  async #lease(filter: Filter<SegmentDocument>): Promise<Lease | undefined> {
    const name = this.#options.newName();
    const segment = await this.#segments.findOneAndUpdate(
      filter,
      {
        $set: {
          'analysis.state': 'leased',
          'analysis.lease': name,
          'analysis.availableAt': this.#date(this.#options.leaseMs),
        },
        $inc: { 'analysis.tries': 1 },
      },
      { sort: { 'analysis.availableAt': 1 }, returnDocument: 'after' },
    );
    return segment ? { segment, name } : undefined;
  }

  /** Prolongs the lease. False: it is lost, and what was worked on is another's now. */
  async renew(lease: Lease): Promise<boolean> {
    return this.#change(lease, { $set: { 'analysis.availableAt': this.#date(this.#options.leaseMs) } });
  }

  /** The results are stored. False: the lease was lost, and the segment is not done by this worker. */
  async finish(lease: Lease): Promise<boolean> {
    return this.#change(lease, {
      $set: { 'analysis.state': 'done', 'analysis.doneAt': this.#date() },
      $unset: { 'analysis.lease': '', 'analysis.error': '' },
    });
  }

  /**
   * The analysis failed: again after a pause, or never again.
   * @param reason A sentence for the operator.
   */
  async fail(lease: Lease, reason: string): Promise<'again' | 'dead' | 'lost'> {
    const { tries } = lease.segment.analysis;
    if (tries >= retryPolicy.failures) return (await this.#bury(lease, reason)) ? 'dead' : 'lost';
    const pause = retryPolicy.pausesMs[tries - 1] ?? 30_000;
    const changed = await this.#change(lease, {
      $set: { 'analysis.state': 'pending', 'analysis.availableAt': this.#date(pause), 'analysis.error': reason },
      $unset: { 'analysis.lease': '' },
    });
    return changed ? 'again' : 'lost';
  }

  /** The worker stops: the segment is anyone's at once, and this try does not count. */
  async release(lease: Lease): Promise<void> {
    await this.#change(lease, {
      $set: { 'analysis.state': 'pending', 'analysis.availableAt': this.#date() },
      $unset: { 'analysis.lease': '' },
      $inc: { 'analysis.tries': -1 },
    });
  }

  async #bury(lease: Lease, reason: string): Promise<boolean> {
    return this.#change(lease, {
      $set: { 'analysis.state': 'dead', 'analysis.error': reason },
      $unset: { 'analysis.lease': '' },
    });
  }

  async #change(lease: Lease, update: Parameters<Collection<SegmentDocument>['updateOne']>[1]): Promise<boolean> {
    const { matchedCount } = await this.#segments.updateOne(
      { _id: lease.segment._id, 'analysis.state': 'leased', 'analysis.lease': lease.name },
      update,
    );
    return matchedCount === 1;
  }

  #date(laterMs = 0): Date {
    return new Date(this.#options.now() + laterMs);
  }
}
