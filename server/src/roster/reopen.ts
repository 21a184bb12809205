import { VigilError } from '@vigil/protocol';
import { leftMs } from '../attempts/gaps.js';
import { hasEnded } from '../attempts/progress.js';
import type { AttemptDocument } from '../store/index.js';

/** Less is of no use to a student, ms. */
const leastMs = 60_000;

/**
 * When the time of an attempt that is opened again would be over, if the student had gone on at once: as long after its end as was
 * left of it, or as is given.
 * @param minutes undefined: what was left.
 * @throws {VigilError} wrongState or badInput, with a sentence.
 */
export function endAgain(
  { progress, startedAt, endsAt, finishedAt, evidence, review }: Pick<AttemptDocument, 'progress' | 'startedAt' | 'endsAt' | 'finishedAt' | 'evidence' | 'review'>,
  minutes: number | undefined,
): Date {
  if (progress === 'ready' && startedAt) throw new VigilError('wrongState', 'The attempt is open again already.');
  if (!hasEnded(progress)) throw new VigilError('wrongState', 'The attempt is not over. Only one that is over can be opened again.');
  if (progress === 'withdrawn' || !startedAt || !endsAt || !finishedAt) throw new VigilError('wrongState', 'The exam was never started. Give the student another attempt.');
  if (evidence === 'purged') throw new VigilError('wrongState', 'The recording of this attempt was deleted. Give the student another attempt.');
  if (review !== undefined && review !== 'none' && review !== 'flagged')
    throw new VigilError('wrongState', 'Something was decided about this attempt, or is proposed. Take that back first: it would stand for what nobody has seen.');
  const left = minutes === undefined ? leftMs({ endsAt, finishedAt }) : minutes * 60_000;
  if (left < leastMs) throw new VigilError('badInput', 'No time was left when the attempt ended. Say how many minutes the student is given.');
  return new Date(finishedAt.getTime() + left);
}
