import { VigilError } from '@vigil/protocol';
import { hasEnded } from '../attempts/progress.js';
import { keptUntil } from '../privacy/kept-until.js';
import type { AttemptDocument } from '../store/index.js';
import { attemptById, examById } from '../store/index.js';
import { readToken, signToken } from '../tokens/tokens.js';

/** The address a student opens. The token stands after `#`, so that it is in no server's log and no Referer. */
export function linkOf(
  secret: string,
  publicUrl: string,
  attempt: Pick<AttemptDocument, '_id' | 'linkExpiresAt' | 'linkVersion'>,
  now: number,
): string {
  const { _id: subject, linkExpiresAt, linkVersion } = attempt;
  const content = { subject, expiresAtMs: linkExpiresAt.getTime(), ...(linkVersion !== undefined && { session: String(linkVersion) }) };
  return `${publicUrl}/take#${signToken(secret, 'take', content, now)}`;
}

/** Whether an expired link still opens the attempt: a student who is in the exam, or has something to send, must get back in. */
function isNeeded({ progress, finishedAt }: AttemptDocument, backfillHours: number, now: number): boolean {
  if (progress === 'recording' || progress === 'interrupted') return true;
  return finishedAt !== undefined && now <= finishedAt.getTime() + backfillHours * 3_600_000;
}

/** Whether an attempt is over and what was recorded of it is still kept: its student may read about it, and be heard. */
async function isKept(attempt: AttemptDocument, now: number): Promise<boolean> {
  if (!hasEnded(attempt.progress) || !attempt.startedAt) return false;
  if (attempt.evidence === 'held') return true;
  const exam = await examById(attempt.exam);
  const untilMs = exam && keptUntil(attempt, exam);
  return untilMs != null && now <= untilMs;
}

/** A token holds whole seconds, rounded up, ms. */
const roundingMs = 1_000;

/**
 * The attempt that a link's token opens; one token, one attempt.
 * @param options.backfillHours after an attempt's end in which its browser may still send what it kept.
 * @param options.afterwards a link that has expired by time is enough, while what was recorded is kept.
 * @throws {VigilError} `linkInvalid` or `linkExpired`.
 */
export async function attemptOfLink(secret: string, token: string, { backfillHours, afterwards }: { backfillHours: number; afterwards: boolean }, now: number): Promise<AttemptDocument> {
  const content = readToken(secret, 'take', token);
  if (!content) throw new VigilError('linkInvalid');
  const attempt = await attemptById(content.subject);
  // Removed since; a practice has no link.
  if (!attempt || attempt.practice) throw new VigilError(content.expiresAtMs <= now ? 'linkExpired' : 'linkInvalid');
  const version = attempt.linkVersion === undefined ? undefined : String(attempt.linkVersion);
  if (content.session !== version) throw new VigilError('linkExpired', 'This link was replaced by a newer one. Use that one, or ask your instructor for it.');
  // The stored date rules: it can be set back to withdraw a link, and put off when the attempt is opened again.
  const storedMs = attempt.linkExpiresAt.getTime();
  if (storedMs > now || isNeeded(attempt, backfillHours, now)) return attempt;
  const withdrawn = storedMs < content.expiresAtMs - roundingMs;
  if (afterwards && !withdrawn && (await isKept(attempt, now))) return attempt;
  throw new VigilError('linkExpired');
}
