/** At most `tries` within `windowMs`, counted for each key apart. */
export interface RateLimit {
  tries: number;
  windowMs: number;
}

/** Keys remembered at once; above it the oldest are forgotten, so that an attacker cannot fill the memory. */
const maxKeys = 10_000;

/** Counts tries in the memory of this process. */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #now: () => number;
  /** Times of the tries that still count, by key; keys in the order of their last try. */
  readonly #tries = new Map<string, number[]>();

  constructor(limit: RateLimit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Whether a try would be allowed now; it is not counted. */
  allows(key: string): boolean {
    return this.#recent(key, this.#now()).length < this.#limit.tries;
  }

  /** Counts a try. False, and not counted, when there were too many. */
  take(key: string): boolean {
    const now = this.#now();
    const recent = this.#recent(key, now);
    const allowed = recent.length < this.#limit.tries;
    if (allowed) recent.push(now);
    this.#tries.delete(key);
    this.#tries.set(key, recent);
    if (this.#tries.size > maxKeys) {
      const [oldest] = this.#tries.keys();
      if (oldest !== undefined) this.#tries.delete(oldest);
    }
    return allowed;
  }

  /** Takes the last try back: it was no guess. */
  giveBack(key: string): void {
    this.#tries.get(key)?.pop();
  }

  #recent(key: string, now: number): number[] {
    return (this.#tries.get(key) ?? []).filter((time) => now - time < this.#limit.windowMs);
  }
}
