import type { ReviewMove, ReviewState } from '@vigil/protocol';

/**
 * Every move on the review axis (DESIGN 7). What is not here is forbidden; only persons make them, and each can be taken back.
 * Where the exam asks for a second reviewer, `find` is forbidden as well, else `propose` (`review/decisions.ts`).
 */
export const reviewMoves = {
  /** It is worth another look. */
  flag: { from: ['none'], to: 'flagged' },
  unflag: { from: ['flagged'], to: 'none' },
  /** Nothing that breaks the exam's rules. */
  clear: { from: ['none', 'flagged'], to: 'cleared' },
  /** The exam's rules were broken. */
  find: { from: ['none', 'flagged'], to: 'violation' },
  /** The same, where a second instructor has to confirm it. */
  propose: { from: ['none', 'flagged'], to: 'second_review' },
  /** By another than the one who proposed it. */
  confirm: { from: ['second_review'], to: 'violation' },
  /** The second reviewer does not agree, or the first one takes it back. */
  sendBack: { from: ['second_review'], to: 'flagged' },
  /** What was decided is looked at again. */
  reopen: { from: ['cleared', 'violation'], to: 'flagged' },
} as const satisfies Record<ReviewMove, { from: readonly ReviewState[]; to: ReviewState }>;

/** Whether a review may move so from here. */
export const mayMove = (from: ReviewState, move: ReviewMove): boolean => (reviewMoves[move].from as readonly ReviewState[]).includes(from);

/** Whether a move needs no reason: it says nothing about the student. */
export const needsNoReason = (move: ReviewMove): boolean => move === 'flag' || move === 'unflag';
