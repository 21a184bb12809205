/** A hint stands at least so long, ms. */
const leastMs = 1_000;

/** One line that does not flicker, however fast the answers come. */
export class SteadyHint {
  #text = '';
  #sinceMs = -Infinity;

  /** What to show, now that this would be the hint; the next answer brings it again if it is too early. */
  next(text: string, nowMs: number): string {
    if (text !== this.#text && nowMs - this.#sinceMs >= leastMs) {
      this.#text = text;
      this.#sinceMs = nowMs;
    }
    return this.#text;
  }
}
