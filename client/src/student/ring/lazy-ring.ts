import type { Ring, RingOptions } from './ring.js';
import { noRing } from './ring-view.js';

/** What is loaded when a ring is needed; no part of what every student's page loads at its start. */
interface RingModule {
  Ring: new (options: RingOptions) => Ring;
}

/** A ring that is loaded when it is needed. What is asked of it before is done then, in order. */
export class LazyRing {
  readonly #ring: Promise<Ring | undefined>;

  constructor(options: RingOptions, load: () => Promise<RingModule> = () => import('./ring.js')) {
    this.#ring = load().then(
      (loaded) => new loaded.Ring(options),
      () => {
        options.note('The part of the page for a recording of its own could not be loaded.');
        options.changed(noRing);
        return undefined;
      },
    );
  }

  /** Does this with the ring, unless there is none. */
  with(act: (ring: Ring) => unknown): void {
    void this.#ring.then((ring) => ring && act(ring));
  }

  /** Resolves when what an earlier page left is sent, or cannot be sent now. */
  async leftOversSent(): Promise<void> {
    await (await this.#ring)?.leftOversSent;
  }
}
