import { TokenBucket } from './token-bucket.js';

/**
 * Bytes that an attempt may write at once, and each second in the long run: 2 Mbit/s, over twice what the browser is asked
 * to keep to.
 */
const burstBytes = 8_000_000;
const bytesPerSecond = 250_000;
/** What the work on a packet costs beside its own bytes: else the smallest packets would cost the most work for nothing. */
const packetBytes = 100;
/** Refusals that are never as far apart as `pauseMs` for `floodMs` are a flood. */
const floodMs = 5_000;
const pauseMs = 1_000;
/** As long as it takes to fill the budget. */
const restMs = (burstBytes / bytesPerSecond) * 1_000;

/** What an attempt may send into its record. It goes on over rejoins, so that they do not fill it again. */
export class ByteBudget {
  readonly #now: () => number;
  readonly #onFlood: () => void;
  readonly #bucket: TokenBucket;
  #refusedSinceMs = -Infinity;
  #refusedAtMs = -Infinity;
  #floodedAtMs = -Infinity;

  /**
   * @param now any clock, ms.
   * @param onFlood far more keeps coming than is taken: dropping packets is not enough, for each costs work.
   */
  constructor(now: () => number, onFlood: () => void) {
    this.#now = now;
    this.#onFlood = onFlood;
    this.#bucket = new TokenBucket(burstBytes, bytesPerSecond, now);
  }

  /** After a flood nothing new may begin for a while. A clock that is set does not make that longer. */
  get rests(): boolean {
    return Math.abs(this.#now() - this.#floodedAtMs) < restMs;
  }

  /** Takes a packet of so many bytes; false when there is no room for it. */
  take(bytes: number): boolean {
    if (this.#bucket.take(bytes + packetBytes)) return true;
    const nowMs = this.#now();
    if (Math.abs(nowMs - this.#refusedAtMs) >= pauseMs) this.#refusedSinceMs = nowMs;
    this.#refusedAtMs = nowMs;
    if (nowMs - this.#refusedSinceMs >= floodMs) {
      this.#refusedSinceMs = this.#floodedAtMs = nowMs;
      this.#onFlood();
    }
    return false;
  }
}
