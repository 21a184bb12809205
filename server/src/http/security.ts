import { VigilError } from '@vigil/protocol';
import type { Middleware } from 'koa';

/** Where this server is, as far as browsers are concerned. */
export interface OwnAddress {
  /** The configured public origin; empty: any address that the request itself was sent to. */
  publicOrigin: string;
  /** `http` or `https`, as browsers see it. */
  scheme: 'http' | 'https';
}

/**
 * Whether a request with these headers comes from our own pages (RFC 6454). A missing or `null` origin does not.
 */
export function isOwnOrigin(own: OwnAddress, origin: string | undefined, host: string | undefined): boolean {
  if (!origin || origin === 'null') return false;
  if (own.publicOrigin) return origin === own.publicOrigin;
  return Boolean(host) && origin === `${own.scheme}://${host ?? ''}`;
}

/** Refuses requests that change something unless they come from our own pages. */
export const originCheck =
  (own: OwnAddress): Middleware =>
  async (ctx, next) => {
    const reads = ctx.method === 'GET' || ctx.method === 'HEAD';
    if (!reads && !isOwnOrigin(own, ctx.get('Origin'), ctx.get('Host'))) throw new VigilError('wrongOrigin');
    await next();
  };

/** The media processes' origins as a page may connect to them: HTTP for polling, WebSocket for the rest. */
const connectSources = (mediaOrigins: readonly string[]): string[] =>
  mediaOrigins.flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]);

/** The worker that joins clips: a worker has the policy of its own file (CSP 3, 4.2.4), so that no page needs WebAssembly. */
const compiles = /^\/assets\/clip-worker-[\w-]+\.js$/;

/**
 * Headers that keep pages and answers to themselves (CSP level 3). Scripts only from our own files; nobody may frame us;
 * the exam's own page may be framed, since an exam can ask for it.
 */
export function securityHeaders(own: OwnAddress, mediaOrigins: readonly string[]): Middleware {
  const policy = (host: string, path: string): string =>
    [
      "default-src 'none'",
      `script-src 'self'${compiles.test(path) ? " 'wasm-unsafe-eval'" : ''}`,
      // Svelte and the review page's timeline place things by style attributes.
      "style-src 'self' 'unsafe-inline'",
      "font-src 'self' data:",
      "img-src 'self' blob: data:",
      "media-src 'self' blob:",
      "worker-src 'self'",
      `connect-src ${["'self'", ...connectSources([own.publicOrigin || `${own.scheme}://${host}`, ...mediaOrigins])].join(' ')}`,
      `frame-src https:${own.scheme === 'http' ? ' http:' : ''}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
    ].join('; ');
  return async (ctx, next) => {
    const host = /^[\w.:[\]-]{1,255}$/.test(ctx.get('Host')) ? ctx.get('Host') : 'invalid';
    ctx.set({
      'Content-Security-Policy': policy(host, ctx.path),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Permissions-Policy':
        'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()',
      'Cross-Origin-Resource-Policy': 'same-origin',
    });
    // Not for an address that was only guessed: it would bind every port of the host.
    if (own.publicOrigin.startsWith('https:')) ctx.set('Strict-Transport-Security', 'max-age=31536000');
    await next();
  };
}
