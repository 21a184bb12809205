/** What another clock says minus what this one says, ms, and by how much that may be off. */
export interface ClockOffset {
  offsetMs: number;
  errorMs: number;
}

/** An older sample may be worse than it looks, ms: clocks drift, some 50 ppm. */
const keptMs = 600_000;
/** Two samples that are further apart than their errors allow, and by this, ms, mean that one of the clocks was set. */
const slackMs = 50;

interface Sample extends ClockOffset {
  atMs: number;
}

/**
 * Another clock as seen from here, from questions and answers (Cristian 1989): the answer was given at some time between
 * question and arrival, so half of the way's time bounds the error. The quickest answer of the last ten minutes counts.
 */
export class ClockEstimate {
  #samples: Sample[] = [];

  /** @param askedMs @param answeredMs of this clock. @param otherMs what the other clock said. */
  add(askedMs: number, answeredMs: number, otherMs: number): void {
    const errorMs = Math.max(0, answeredMs - askedMs) / 2;
    const sample: Sample = { atMs: answeredMs, offsetMs: otherMs - askedMs - errorMs, errorMs };
    // A clock that was set, or one that stood still while the computer slept: what was known before is void.
    const agrees = (before: Sample): boolean => Math.abs(before.offsetMs - sample.offsetMs) <= before.errorMs + errorMs + slackMs;
    this.#samples = [...this.#samples.filter((before) => answeredMs - before.atMs <= keptMs && agrees(before)), sample];
  }

  /** The best known; undefined before the first answer. It stays when nothing newer comes. */
  get best(): ClockOffset | undefined {
    const [first, ...rest] = this.#samples;
    if (!first) return undefined;
    const { offsetMs, errorMs } = rest.reduce((best, next) => (next.errorMs <= best.errorMs ? next : best), first);
    return { offsetMs, errorMs };
  }
}

/** Asks with `ask`, and adds what its answer says of the server's clock. @param steady a clock of this page that is never set, ms. */
export async function askClock<T extends { nowMs: number }>(estimate: ClockEstimate, steady: () => number, ask: () => Promise<T>): Promise<T> {
  const askedMs = steady();
  const answer = await ask();
  estimate.add(askedMs, steady(), answer.nowMs);
  return answer;
}
