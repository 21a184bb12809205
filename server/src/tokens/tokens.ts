import jwt from 'jsonwebtoken';

/** What a token is for: a student's link, an instructor's session, one download. A token for one is refused by the others. */
export type Audience = 'take' | 'instructor' | 'download';

const issuer = 'vigil';
/** Ours are about 200 characters; nothing longer is worth a hash. */
const maxLength = 2_000;

/** A token's content after its signature was checked. */
export interface TokenContent {
  /** Id of the attempt or of the user. */
  subject: string;
  /** Of an instructor's token: the sign-in that it stands for. Of a link: its version, when it was made anew. */
  session?: string;
  /** ms since 1970. */
  expiresAtMs: number;
}

/** Signs a token (JWT, RFC 7519) with HS256. Times in ms since 1970; a JWT holds whole seconds, rounded up. */
export function signToken(
  secret: string,
  audience: Audience,
  { subject, session, expiresAtMs }: TokenContent,
  now: number,
): string {
  const claims = {
    iss: issuer,
    aud: audience,
    sub: subject,
    ...(session !== undefined && { jti: session }),
    iat: Math.floor(now / 1_000),
    exp: Math.ceil(expiresAtMs / 1_000),
  };
  return jwt.sign(claims, secret, { algorithm: 'HS256' });
}

/**
 * Checks signature, algorithm, issuer and audience. The caller decides what an expiry means.
 * Keys named by the token itself (`jwk`, `jku`, `kid`) are never looked at.
 * @returns undefined when the token is not one of ours for this audience.
 */
export function readToken(secret: string, audience: Audience, token: string): TokenContent | undefined {
  if (token.length > maxLength) return undefined;
  try {
    const claims = jwt.verify(token, secret, {
      algorithms: ['HS256'],
      issuer,
      audience,
      ignoreExpiration: true,
    });
    if (typeof claims === 'string' || typeof claims.sub !== 'string' || typeof claims.exp !== 'number')
      return undefined;
    const { sub, jti, exp } = claims;
    return { subject: sub, ...(jti !== undefined && { session: jti }), expiresAtMs: exp * 1_000 };
  } catch {
    return undefined;
  }
}
