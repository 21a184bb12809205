import type { MediaNodeDocument } from '../store/media-nodes.js';

/** A media process whose lease ran out. */
interface Suspect {
  /** The lease that ran out, ms since 1970: a renewal clears the suspicion. */
  leaseMs: number;
  /** When it was first seen so, ms since 1970. */
  sinceMs: number;
}

/**
 * Tells a dead media process from one that could not renew its lease, because the database was away: then all leases run
 * out together, and each process is back as soon as it has renewed. Dead is only what is seen without a lease twice, with a
 * renewal's time in between, by one who reached the database itself all the while.
 */
export class DeathWatch {
  readonly #renewMs: number;
  #suspects = new Map<string, Suspect>();

  /** @param renewMs how often a living process renews its lease. */
  constructor(renewMs: number) {
    this.#renewMs = renewMs;
  }

  /**
   * @param nodes all that are on the list.
   * @param nowMs server wall clock, ms since 1970.
   * @param steadySinceMs since when this process renewed its own lease in time; Infinity: it is late.
   * @returns those that are dead.
   */
  look(nodes: readonly MediaNodeDocument[], nowMs: number, steadySinceMs: number): MediaNodeDocument[] {
    const before = this.#suspects;
    this.#suspects = new Map();
    if (steadySinceMs > nowMs) return [];
    return nodes.filter(({ _id, leaseUntil }) => {
      const leaseMs = leaseUntil.getTime();
      if (leaseMs > nowMs) return false;
      const known = before.get(_id);
      const sinceMs = known?.leaseMs === leaseMs && known.sinceMs >= steadySinceMs ? known.sinceMs : nowMs;
      this.#suspects.set(_id, { leaseMs, sinceMs });
      return nowMs - sinceMs > this.#renewMs;
    });
  }
}
