import type { AttemptEvent } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { QueryFilter, UpdateQuery } from 'mongoose';
import type { AttemptDocument } from '../store/attempts.js';
import { Attempts, attemptById } from '../store/attempts.js';
import { trusted } from '../store/mongoose.js';
import { fromDatabase } from './database-away.js';
import { hasRoom, isBounded, isFull } from './history.js';
import type { Interval } from './intervals.js';
import type { Transition } from './progress.js';
import { isAllowed, refusal, transitions } from './progress.js';

/** What a move writes. */
export interface Change {
  /** What the history says of it. */
  event: AttemptEvent;
  /** The change holds only while the attempt's session is on this media process. */
  node?: string;
  /** What must hold as well. */
  where?: QueryFilter<AttemptDocument>;
  /** Fields that change in the same write. */
  set?: Partial<Pick<AttemptDocument, 'startedAt' | 'endsAt' | 'finishedAt' | 'agreement' | 'terms' | 'evidence' | 'linkExpiresAt'>>;
  /** Fields that go in the same write. */
  unset?: readonly ('finishedAt' | 'allSentAt' | 'reviewed' | 'agreement' | 'terms')[];
  /** A time in which the attempt was over, which is added in the same write. */
  pause?: Interval;
}

/**
 * Moves an attempt along its progress in one atomic write: of two that try at once, one wins. A history that is full
 * stops no move.
 * @returns the attempt after the move.
 * @throws {VigilError} notFound, replaced, attemptEnded, notAgreed, wrongState or noDatabase.
 */
export async function advance(attempt: string, transition: Transition, change: Change): Promise<AttemptDocument> {
  const { from, to } = transitions[transition];
  const movable = {
    _id: attempt,
    progress: trusted({ $in: [...from] }),
    ...(change.node !== undefined && { 'session.node': change.node }),
    ...change.where,
  };
  const { event, pause, unset = [] } = change;
  const fields = { $set: { progress: to, ...change.set }, ...(unset.length && { $unset: Object.fromEntries(unset.map((field) => [field, 1])) }) };
  const pauses = pause && { pauses: pause };
  let after = await update({ ...movable, ...hasRoom(event.kind) }, { ...fields, $push: { history: event, ...pauses } });
  if (!after && isBounded(event.kind)) after = await update({ ...movable, ...isFull(event.kind) }, { ...fields, ...(pauses && { $push: pauses }) });
  if (after) return after;
  const now = await fromDatabase(attemptById(attempt));
  if (!now) throw new VigilError('notFound');
  const isOurs = change.node === undefined || now.session?.node === change.node;
  if (isAllowed(now.progress, transition)) throw new VigilError(change.where && isOurs ? 'wrongState' : 'replaced');
  throw refusal(now.progress, transition);
}

const update = (filter: QueryFilter<AttemptDocument>, change: UpdateQuery<AttemptDocument>): Promise<AttemptDocument | null> =>
  fromDatabase(Attempts.findOneAndUpdate(filter, change, { returnDocument: 'after' }).lean<AttemptDocument>().exec());

/** Adds a line to an attempt's history, if it has room for one of this kind. */
export async function note(attempt: string, event: AttemptEvent): Promise<void> {
  await fromDatabase(Attempts.updateOne({ _id: attempt, ...hasRoom(event.kind) }, { $push: { history: event } }).exec());
}
