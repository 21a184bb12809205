/** Arrivals of about a second. */
interface Second {
  firstMs: number;
  lastMs: number;
  /** Smallest difference between arrival and the source's own time. */
  lateMs: number;
}

const secondMs = 1_000;
/** A source's clock that is later than before by more than this, ms, for a whole second, was set back or has lost something. */
const jumpMs = 100;

/**
 * Puts a source's own times on the steady clock. Nothing arrives before it happened, and what arrives quickest is the least
 * late: the smallest difference between arrival and own time, over a window that follows drift, is what the two clocks
 * differ by. All in ms.
 */
export class FrameTimes {
  readonly #windowMs: number;
  #seconds: Second[] = [];

  /** @param windowMs how long an arrival counts: short for a clock of its own (sound), long for rare frames. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Something of the source's own time `ownMs` arrived. */
  arrived(ownMs: number, atMs: number): void {
    const lateMs = atMs - ownMs;
    const second = this.#seconds.at(-1);
    if (second && atMs - second.firstMs < secondMs) {
      second.lastMs = atMs;
      second.lateMs = Math.min(second.lateMs, lateMs);
      return;
    }
    if (second) this.#followJump(second);
    this.#seconds = [...this.#seconds.filter(({ lastMs }) => lastMs >= atMs - this.#windowMs), { firstMs: atMs, lastMs: atMs, lateMs }];
  }

  /** The steady time of the source's own time; that time itself, before anything arrived. */
  at(ownMs: number): number {
    const lateness = this.#seconds.map(({ lateMs }) => lateMs);
    return lateness.length ? ownMs + Math.min(...lateness) : ownMs;
  }

  /** The source begins anew, with another clock. */
  reset(): void {
    this.#seconds = [];
  }

  /** What comes late for a whole second is late for good; a burst after a stall is shorter than that. */
  #followJump(second: Second): void {
    const before = Math.min(...this.#seconds.slice(0, -1).map(({ lateMs }) => lateMs));
    if (second.lastMs - second.firstMs > secondMs * 0.7 && second.lateMs - before > jumpMs) this.#seconds = [second];
  }
}
