import type { IncomingMessage } from 'node:http';

/**
 * Whether a websocket may be opened from the page that asks. Browsers always send an Origin with it, so one that is
 * missing, `null` or of another site is refused. Allowed: the public address, and the address that was asked itself.
 */
export function isOriginAllowed({ headers }: Pick<IncomingMessage, 'headers'>, allowed: ReadonlySet<string>): boolean {
  const { origin, host } = headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  return allowed.has(url.origin) || (/^https?:$/.test(url.protocol) && url.host === host);
}
