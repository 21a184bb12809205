import { ClockEstimate, type ClockOffset } from '../session/clock-estimate.js';

/**
 * The worker's steady clock against the server's wall clock: the window knows the server's, and the worker knows the window's.
 * All in ms.
 */
export class RingClock {
  /** The window's steady clock minus the worker's. */
  readonly #window = new ClockEstimate();
  #server: ClockOffset | undefined;
  /** What the steady clocks fell behind since the server was heard. */
  #sleptMs = 0;
  /** Before anything better is known: the server's clock minus the worker's, roughly. */
  readonly #roughMs: number;

  /** @param serverMs what the server's clock said lately. @param nowMs the worker's steady clock */
  constructor(serverMs: number, nowMs: number) {
    this.#roughMs = serverMs - nowMs;
  }

  /** The window was asked for its steady clock. */
  addWindow(askedMs: number, answeredMs: number, windowMs: number): void {
    this.#window.add(askedMs, answeredMs, windowMs);
  }

  /** The server's clock minus the window's steady clock. */
  setServer(offset: ClockOffset): void {
    this.#server = offset;
    this.#sleptMs = 0;
  }

  /**
   * The computer seems to have slept. Until the server is heard again this is believed, for nothing that is recorded meanwhile
   * should be lost; but as the clock may have been set instead, it counts as an error.
   */
  slept(ms: number): void {
    this.#sleptMs += ms;
  }

  /** Whether pieces can be given a time. */
  get known(): boolean {
    return this.#server !== undefined && this.#window.best !== undefined;
  }

  /** By how much `toServer` may be off: half of the ways that the questions took, and all of a sleep. */
  get errorMs(): number {
    return (this.#server?.errorMs ?? Infinity) + (this.#window.best?.errorMs ?? Infinity) + this.#sleptMs;
  }

  /** Server wall clock of a time of the worker's steady clock. */
  toServer(workerMs: number): number {
    const window = this.#window.best;
    return workerMs + this.#sleptMs + (window && this.#server ? window.offsetMs + this.#server.offsetMs : this.#roughMs);
  }

  /** The worker's steady clock of a time of the window's. */
  fromWindow(windowMs: number): number {
    return windowMs - (this.#window.best?.offsetMs ?? 0);
  }
}
