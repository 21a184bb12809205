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

/** Whether an expired link still opens the attempt: a student who is in the exam, or has something to send, must get back in. */
function isNeeded({ progress, finishedAt }: AttemptDocument, backfillHours: number, now: number): boolean {
  if (progress === 'recording' || progress === 'interrupted') return true;
  return finishedAt !== undefined && now <= finishedAt.getTime() + backfillHours * 3_600_000;
}

/**
 * The attempt that a link's token opens; one token, one attempt.
 * @param backfillHours after an attempt's end in which its browser may still send what it kept.
 * @throws {VigilError} `linkInvalid` or `linkExpired`.
 */
export async function attemptOfLink(secret: string, token: string, backfillHours: number, now: number): Promise<AttemptDocument> {
  const content = readToken(secret, 'take', token);
  if (!content) throw new VigilError('linkInvalid');
  const attempt = await attemptById(content.subject);
  // Removed since, or purged; a practice has no link.
  if (!attempt || attempt.practice) throw new VigilError(content.expiresAtMs <= now ? 'linkExpired' : 'linkInvalid');
  // The stored date rules as well: it can be set back to withdraw a link.
  const expiresAtMs = Math.min(content.expiresAtMs, attempt.linkExpiresAt.getTime());
  if (expiresAtMs <= now && !isNeeded(attempt, backfillHours, now)) throw new VigilError('linkExpired');
  return attempt;
}
