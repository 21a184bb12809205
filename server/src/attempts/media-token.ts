import { Id, VigilError } from '@vigil/protocol';
import jwt from 'jsonwebtoken';
import { z } from 'zod';

const Claims = z.object({
  sub: Id,
  sid: z.string().min(1).max(64),
  node: z.string().min(1).max(200),
});

/** What a media token says. */
export interface MediaClaims {
  attempt: string;
  session: string;
  /** The media process that it is for. */
  node: string;
}

const audience = 'media';
const algorithm = 'HS256';

/**
 * Signs the token that opens a student's socket (RFC 7519).
 *
 * It lives as long as one session can need it, because the page reconnects with it after every loss of the network.
 * What ends it early is in the database, not in the token: a newer session, or the attempt's end.
 * @param lifetimeMs from `nowMs`.
 */
export const signMediaToken = (claims: MediaClaims, secret: string, nowMs: number, lifetimeMs: number): string =>
  jwt.sign(
    {
      sub: claims.attempt,
      sid: claims.session,
      node: claims.node,
      iat: Math.floor(nowMs / 1000),
      exp: Math.ceil((nowMs + lifetimeMs) / 1000),
    },
    secret,
    { algorithm, audience },
  );

/**
 * Reads a media token. Signature, algorithm, audience and expiry must be right.
 * @throws {VigilError} linkExpired or linkInvalid.
 */
export function readMediaToken(token: unknown, secret: string, nowMs: number): MediaClaims {
  try {
    const payload = jwt.verify(z.string().max(2_000).parse(token), secret, {
      algorithms: [algorithm],
      audience,
      clockTimestamp: Math.floor(nowMs / 1000),
    });
    const { sub, sid, node } = Claims.parse(payload);
    return { attempt: sub, session: sid, node };
  } catch (error) {
    throw new VigilError(error instanceof jwt.TokenExpiredError ? 'linkExpired' : 'linkInvalid');
  }
}
