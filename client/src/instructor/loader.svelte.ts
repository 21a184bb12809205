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

  constructor(private readonly get: () => Promise<T>) {}

  async load(): Promise<void> {
    this.busy = true;
    try {
      this.data = await this.get();
      this.problem = undefined;
    } catch (error) {
      if (isSignedOut(error)) session.expire();
      else if (error instanceof VigilError && error.reason === 'notFound') this.absent = true;
      else this.problem = sentenceOf(error);
    } finally {
      this.busy = false;
    }
  }
}
