import { isSignedOut, sentenceOf } from './api.js';
import { session } from './session.svelte.js';

/** Does something that the server may refuse. @returns the sentence to show then; undefined: it is done. */
export async function attempted(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (isSignedOut(error)) session.expire();
    return sentenceOf(error);
  }
}
