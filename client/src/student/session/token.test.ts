import { describe, expect, it } from 'vitest';
import { takeToken, type TokenPlaces } from './token.js';

function places(hash: string, state: unknown = null, stored: Record<string, string> = {}) {
  const seen = { state, address: `/take?x=1${hash}`, stored };
  const result: TokenPlaces = {
    location: { hash, pathname: '/take', search: '?x=1' },
    history: {
      get state() {
        return seen.state;
      },
      replaceState: (next: unknown, _unused: string, address?: string | URL | null) => {
        seen.state = next;
        seen.address = String(address);
      },
    },
    storage: { getItem: (key) => stored[key] ?? null, setItem: (key, value) => void (stored[key] = value) },
  };
  return { seen, result };
}

describe('takeToken', () => {
  it('takes the token out of the address and remembers it', () => {
    const { seen, result } = places('#aa.b-b.c_c');
    expect(takeToken(result)).toBe('aa.b-b.c_c');
    expect(seen.address).toBe('/take?x=1');
    expect(takeToken(places('', seen.state).result)).toBe('aa.b-b.c_c');
    expect(takeToken(places('', null, seen.stored).result)).toBe('aa.b-b.c_c');
  });

  it('prefers a new link to the one it remembers', () => {
    expect(takeToken(places('#new.new.new', { token: 'old.old.old' }).result)).toBe('new.new.new');
  });

  it('does not open an older exam for a broken link', () => {
    expect(takeToken(places('#new.ne', { token: 'old.old.old' }).result)).toBeUndefined();
    expect(takeToken(places('').result)).toBeUndefined();
  });
});
