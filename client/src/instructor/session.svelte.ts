import type { Account } from '@vigil/protocol';
import { api, isSignedOut } from './api.js';

type Session =
  | { state: 'unknown' }
  | { state: 'out'; expired: boolean }
  | { state: 'in'; account: Account }
  | { state: 'failed'; error: unknown };

let current = $state.raw<Session>({ state: 'unknown' });

/** Who is signed in. */
export const session = {
  get current(): Session {
    return current;
  },
  async load(): Promise<void> {
    current = { state: 'unknown' };
    try {
      current = { state: 'in', account: await api.account() };
    } catch (error) {
      current = isSignedOut(error) ? { state: 'out', expired: false } : { state: 'failed', error };
    }
  },
  /** @throws {VigilError} with the sentence to show */
  async signIn(email: string, password: string): Promise<void> {
    current = { state: 'in', account: await api.signIn(email, password) };
  },
  async signOut(): Promise<void> {
    await api.signOut();
    current = { state: 'out', expired: false };
  },
  /** Any request may find that the session is over; the address stays, so that the person comes back to it. */
  expire(): void {
    if (current.state === 'in') current = { state: 'out', expired: true };
  },
};
