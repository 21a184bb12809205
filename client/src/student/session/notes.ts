import { VigilError } from '@vigil/protocol/errors';

/** What could not be told is told again after so long, ms. */
const againMs = 20_000;

/** Lines for the attempt's history, told one after the other for as long as the page lives. */
export class Notes {
  readonly #send: (detail: string) => Promise<unknown>;
  readonly #pause: (ms: number) => Promise<void>;
  #last: Promise<void> = Promise.resolve();

  /** @param pause resolves after that many ms, or earlier when the network comes back. */
  constructor(send: (detail: string) => Promise<unknown>, pause: (ms: number) => Promise<void>) {
    this.#send = send;
    this.#pause = pause;
  }

  /** Resolves when the line has arrived, or is not wanted. */
  tell(detail: string): Promise<void> {
    return (this.#last = this.#last.then(() => this.#tell(detail)));
  }

  async #tell(detail: string): Promise<void> {
    for (;;) {
      try {
        await this.#send(detail);
        return;
      } catch (error) {
        // What the server itself refuses, it refuses again; only its own trouble passes.
        if (error instanceof VigilError && error.status < 500 && error.reason !== 'tooMany') return;
        await this.#pause(againMs);
      }
    }
  }
}
