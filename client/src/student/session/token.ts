/** The parts of the browser that keep the link's token. */
export interface TokenPlaces {
  location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  history: Pick<History, 'state' | 'replaceState'>;
  storage: Pick<Storage, 'getItem' | 'setItem'> | undefined;
}

const key = 'vigil-link';
const isToken = (text: unknown): text is string => typeof text === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);

/**
 * The token of the student's link (`/take#<token>`, a JWT). It is taken out of the address, because the address bar is part
 * of the screen that gets recorded, and is kept for a reload in this tab's session storage and history entry.
 * Undefined when the link is not whole.
 */
export function takeToken({ location, history, storage }: TokenPlaces): string | undefined {
  const fragment = location.hash.slice(1);
  const state: unknown = history.state;
  const remembered = typeof state === 'object' && state !== null && 'token' in state ? state.token : undefined;
  // A fragment that is not a token is a broken link: an older token must not open another exam in its place.
  const token = fragment ? fragment : (remembered ?? storage?.getItem(key));
  if (!isToken(token)) return undefined;
  if (fragment) {
    history.replaceState({ token }, '', location.pathname + location.search);
    storage?.setItem(key, token);
  }
  return token;
}
