import { VigilError } from '@vigil/protocol';
import type { AttemptDocument } from '../store/index.js';
import { attemptById } from '../store/index.js';
import { readToken, signToken } from '../tokens/tokens.js';

/** The address a student opens. The token stands after `#`, so that it is in no server's log and no Referer. */
export function linkOf(
  secret: string,
  publicUrl: string,
  attempt: Pick<AttemptDocument, '_id' | 'linkExpiresAt'>,
  now: number,
): string {
  const content = { subject: attempt._id, expiresAtMs: attempt.linkExpiresAt.getTime() };
  return `${publicUrl}/take#${signToken(secret, 'take', content, now)}`;
}

/** Whether an expired link still opens the attempt: a student who is in the exam must get back in. */
const isUnderWay = ({ progress }: AttemptDocument): boolean => progress === 'recording' || progress === 'interrupted';

/**
 * The attempt that a link's token opens; one token, one attempt.
 * @throws {VigilError} `linkInvalid` or `linkExpired`.
 */
export async function attemptOfLink(secret: string, token: string, now: number): Promise<AttemptDocument> {
  const content = readToken(secret, 'take', token);
  if (!content) throw new VigilError('linkInvalid');
  const attempt = await attemptById(content.subject);
  // Removed since, or purged.
  if (!attempt) throw new VigilError(content.expiresAtMs <= now ? 'linkExpired' : 'linkInvalid');
  // The stored date rules as well: it can be set back to withdraw a link.
  const expiresAtMs = Math.min(content.expiresAtMs, attempt.linkExpiresAt.getTime());
  if (expiresAtMs <= now && !isUnderWay(attempt)) throw new VigilError('linkExpired');
  return attempt;
}
