import type { AttemptEvent } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { AttemptDocument } from '../store/attempts.js';
import { Attempts, attemptById } from '../store/attempts.js';
import { trusted } from '../store/mongoose.js';
import { fromDatabase } from './database-away.js';
import type { Transition } from './progress.js';
import { isAllowed, refusal, transitions } from './progress.js';

/** The newest events are kept; a page that reloads for hours cannot fill the database. */
const historyLimit = 1_000;
/** The update that adds a line to the history. */
export const historyPush = (event: AttemptEvent) => ({ history: { $each: [event], $slice: -historyLimit } });

/** What a move writes. */
export interface Change {
  /** What the history says of it. */
  event: AttemptEvent;
  /** The change holds only while the attempt's session is on this media process. */
  node?: string;
  /** Fields that change in the same write. */
  set?: Partial<Pick<AttemptDocument, 'startedAt' | 'endsAt' | 'finishedAt' | 'agreement'>>;
}

/**
 * Moves an attempt along its progress in one atomic write: of two that try at once, one wins.
 * @returns the attempt after the move.
 * @throws {VigilError} notFound, replaced, attemptEnded, notAgreed, wrongState or noDatabase.
 */
export async function advance(attempt: string, transition: Transition, change: Change): Promise<AttemptDocument> {
  const { from, to } = transitions[transition];
  const after = await fromDatabase(
    Attempts.findOneAndUpdate(
      {
        _id: attempt,
        progress: trusted({ $in: [...from] }),
        ...(change.node !== undefined && { 'session.node': change.node }),
      },
      { $set: { progress: to, ...change.set }, $push: historyPush(change.event) },
      { returnDocument: 'after' },
    )
      .lean<AttemptDocument>()
      .exec(),
  );
  if (after) return after;
  const now = await fromDatabase(attemptById(attempt));
  if (!now) throw new VigilError('notFound');
  if (isAllowed(now.progress, transition)) throw new VigilError('replaced');
  throw refusal(now.progress, transition);
}

/** Adds a line to an attempt's history. */
export async function note(attempt: string, event: AttemptEvent): Promise<void> {
  await fromDatabase(Attempts.updateOne({ _id: attempt }, { $push: historyPush(event) }).exec());
}
