import { VigilError } from '@vigil/protocol';
import { isSignedOut, sentenceOf } from './api.js';
import { session } from './session.svelte.js';

/** What a page asks the server for: the data, or the sentence that says why not. */
export class Loader<T> {
  data = $state.raw<T>();
  /** Of the last try; what was there before stays. */
  problem = $state<string>();
  busy = $state(false);
  /** There is nothing of that name, so that trying again is of no use. */
  absent = $state(false);

  /** Of the load that was begun last: an older one that answers later says nothing new. */
  #last = 0;

  constructor(private readonly get: () => Promise<T>) {}

  async load(): Promise<void> {
    const mine = (this.#last += 1);
    this.busy = true;
    try {
      const data = await this.get();
      if (mine !== this.#last) return;
      this.data = data;
      this.problem = undefined;
    } catch (error) {
      if (mine !== this.#last) return;
      if (isSignedOut(error)) session.expire();
      else if (error instanceof VigilError && error.reason === 'notFound') this.absent = true;
      else this.problem = sentenceOf(error);
    } finally {
      if (mine === this.#last) this.busy = false;
    }
  }
}
