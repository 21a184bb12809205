/**
 * The one clock of the review page: a position in the attempt (ms from its start), a rate, and whether it is playing.
 * The panes follow it. `hold` stops it for a while without forgetting that it should be playing.
 */
export class MasterClock {
  #position = 0;
  #since: number;
  #rate = 1;
  #playing = false;
  #held = false;
  #limitMs: number;

  /** @param now monotonic ms, such as `performance.now` */
  constructor(
    private readonly now: () => number,
    limitMs: number,
  ) {
    this.#since = now();
    this.#limitMs = limitMs;
  }

  /** Where the attempt stands, ms from its start; never beyond its end. */
  get positionMs(): number {
    if (!this.moving) return this.#position;
    return Math.min(this.#limitMs, this.#position + (this.now() - this.#since) * this.#rate);
  }
  get rate(): number {
    return this.#rate;
  }
  /** The person wants it to play; it may still be held. */
  get playing(): boolean {
    return this.#playing;
  }
  get held(): boolean {
    return this.#held;
  }
  get moving(): boolean {
    return this.#playing && !this.#held;
  }
  get limitMs(): number {
    return this.#limitMs;
  }
  get atEnd(): boolean {
    return this.positionMs >= this.#limitMs;
  }

  play(): void {
    this.#change(() => (this.#playing = true));
  }
  pause(): void {
    this.#change(() => (this.#playing = false));
  }
  hold(): void {
    this.#change(() => (this.#held = true));
  }
  release(): void {
    this.#change(() => (this.#held = false));
  }
  setRate(rate: number): void {
    this.#change(() => (this.#rate = rate));
  }
  seek(positionMs: number): void {
    this.#change(() => (this.#position = Math.min(this.#limitMs, Math.max(0, positionMs))));
  }
  /** The end of the attempt; it moves while the attempt is being recorded. */
  setLimit(limitMs: number): void {
    this.#change(() => (this.#limitMs = limitMs));
  }

  #change(change: () => void): void {
    this.#position = this.positionMs;
    this.#since = this.now();
    change();
  }
}
