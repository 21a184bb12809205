/** What sending later may take of the line. */
export interface SendingLimit {
  /** Nothing is sent while the line is needed for something else. */
  paused: boolean;
  /** bit/s; null: as fast as the line is. */
  maxBitrate: number | null;
}

/** Time as the gate needs it. */
export interface GateTime {
  /** A clock that is never set, ms. */
  now: () => number;
  pause: (ms: number) => Promise<void>;
}

/** Lets requests through, one at a time, no faster than is allowed. */
export class SendGate {
  readonly #time: GateTime;
  #limit: SendingLimit = { paused: false, maxBitrate: null };
  /** When what was let through is paid for, ms. */
  #freeAtMs = -Infinity;
  #changed: () => void = () => undefined;

  constructor(time: GateTime) {
    this.#time = time;
  }

  get limit(): SendingLimit {
    return this.#limit;
  }

  set(limit: SendingLimit): void {
    this.#limit = limit;
    this.#changed();
  }

  /** Resolves when a request of so many bytes may be sent. */
  async pass(bytes: number): Promise<void> {
    for (;;) {
      const { paused, maxBitrate } = this.#limit;
      const now = this.#time.now();
      const waitMs = paused ? Infinity : maxBitrate === null ? 0 : this.#freeAtMs - now;
      if (waitMs <= 0) {
        this.#freeAtMs = now + (maxBitrate === null ? 0 : (bytes * 8_000) / maxBitrate);
        return;
      }
      const changed = new Promise<void>((resolve) => (this.#changed = resolve));
      await (waitMs === Infinity ? changed : Promise.race([changed, this.#time.pause(waitMs)]));
    }
  }
}
