import type { Decision, DecisionBody } from '@vigil/protocol';
import { ReviewMove, VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { hasEnded } from '../attempts/progress.js';
import { mayMove, needsNoReason, reviewMoves } from '../attempts/review-moves.js';
import { actorOf, record } from '../privacy/audit.js';
import type { AttemptDocument, ExamDocument, UserDocument } from '../store/index.js';
import { addDecision, examById } from '../store/index.js';
import { attemptFor } from './access.js';

const overtaken = (): VigilError => new VigilError('wrongState', 'Somebody else has just decided about this attempt. Look at what they decided, then go on.');

/** What persons decide about an attempt. Nothing here happens by itself; each step is recorded, then done. */
export class Decisions {
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Moves an attempt along its review. @throws {VigilError} `notFound`; `badInput` or `wrongState` or `notAllowed`, with a sentence. */
  async decide(user: UserDocument, id: string, { move, reason, seen }: z.infer<typeof DecisionBody>): Promise<Decision> {
    const attempt = await attemptFor(user, id);
    const exam = await examById(attempt.exam);
    if (!exam) throw new VigilError('notFound');
    const { review: from = 'none', decisions = [] } = attempt;
    if (decisions.length !== seen) throw overtaken();
    permitMove(attempt, exam, user._id, move, reason);
    const { to } = reviewMoves[move];
    const decision: Decision = { atMs: this.#now(), by: { id: user._id, name: user.name }, move, from, to, ...(reason && { reason }) };
    const entry = { actor: actorOf(user), action: 'review' as const, attempt: id, exam: exam._id };
    await record({ ...entry, atMs: decision.atMs, ...(reason && { reason }), detail: { move, before: from, after: to } });
    const undone = (why: string): Promise<void> => record({ ...entry, atMs: this.#now(), reason: `It could not be set: ${why}.`, detail: { move: null, before: to, after: from } });
    const added = await addDecision(id, decision, seen).catch(async (error: unknown) => {
      await undone('the database did not answer; what holds is in the attempt');
      throw error;
    });
    if (added) return decision;
    await undone('somebody else was first');
    throw overtaken();
  }
}

/**
 * Whether this person may make a move now.
 * @throws {VigilError} with a sentence.
 */
export function permitMove(
  { progress, review: from = 'none', decisions = [] }: Pick<AttemptDocument, 'progress' | 'review' | 'decisions'>,
  { rules }: Pick<ExamDocument, 'rules'>,
  user: string,
  move: Decision['move'],
  reason: string,
): void {
  if (!mayMove(from, move)) throw new VigilError('wrongState');
  if (!needsNoReason(move) && reason.length < 3) throw new VigilError('badInput', 'Write the reason.');
  if (move !== 'flag' && move !== 'unflag' && !hasEnded(progress)) throw new VigilError('wrongState', 'The attempt is not over. Decide when it is; until then it can be marked to look at again.');
  if (move === 'find' && rules.secondReviewer) throw new VigilError('wrongState', 'In this exam a violation needs a second reviewer. Propose it, and another instructor confirms it.');
  // Also where the rule was changed after it was proposed.
  if (move === 'find' && decisions.some((one) => one.move === 'propose' && one.by.id === user)) throw new VigilError('notAllowed', 'You have proposed it before. Another instructor of the course has to decide.');
  if (move === 'propose' && !rules.secondReviewer) throw new VigilError('wrongState', 'This exam asks for no second reviewer. Reload the page, and decide yourself.');
  const proposal = decisions.findLast((one) => one.move === 'propose');
  if (move === 'confirm' && proposal?.by.id === user) throw new VigilError('notAllowed', 'You have proposed it yourself. Another instructor of the course has to confirm it.');
}

/** What this person may do about an attempt now. */
export const possibleMoves = (attempt: Parameters<typeof permitMove>[0], exam: Pick<ExamDocument, 'rules'>, user: string): ReviewMove[] =>
  ReviewMove.options.filter((move) => {
    try {
      permitMove(attempt, exam, user, move, 'for the page');
      return true;
    } catch {
      return false;
    }
  });
