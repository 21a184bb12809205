/** Less than this, ms, is a clock that is being put right. */
const leastMs = 1_000;

/**
 * Notices that the computer slept: on some systems the steady clock stands still meanwhile, and the computer's own goes on. A
 * clock that somebody sets ahead looks the same. All in ms.
 */
export class SleepWatch {
  readonly #steady: () => number;
  readonly #wall: () => number;
  #aheadMs: number;

  constructor(steady: () => number, wall: () => number) {
    this.#steady = steady;
    this.#wall = wall;
    this.#aheadMs = wall() - steady();
  }

  /** By how much the steady clock fell behind since it was last asked; 0 when it did not. */
  sleptMs(): number {
    const before = this.#aheadMs;
    this.#aheadMs = this.#wall() - this.#steady();
    const sleptMs = this.#aheadMs - before;
    return sleptMs > leastMs ? sleptMs : 0;
  }
}
