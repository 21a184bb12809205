import { randomUUID } from 'node:crypto';
import type { AttemptEvent, SessionAnswer } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { AttemptDocument, SessionClock } from '../store/attempts.js';
import { Attempts, attemptById } from '../store/attempts.js';
import { examById } from '../store/exams.js';
import { isLive, listedMediaNodes } from '../store/media-nodes.js';
import { trusted } from '../store/mongoose.js';
import { fromDatabase } from './database-away.js';
import { examForStudent } from './for-student.js';
import { addsTo } from './history.js';
import { signMediaToken } from './media-token.js';
import { hasEnded } from './progress.js';

/** Beyond the exam's duration: time for the checks, and for coming back late. */
const tokenSlackMs = 24 * 3_600_000;

/** What opening a session needs. */
export interface SessionOptions {
  secret: string;
  /** Server wall clock, ms since 1970. */
  now: () => number;
}

/**
 * Opens a new session of an attempt and names the media process that takes it: the same as before while that one is on the
 * list, so that a newer session can close the older one's recorder first; else the least busy one.
 * The older session goes on until the newer one connects, and is then told `replaced`.
 * @throws {VigilError} notFound, notAgreed, attemptEnded, noMedia or noDatabase.
 */
export async function openSession(attempt: string, { secret, now }: SessionOptions): Promise<SessionAnswer> {
  const document = await fromDatabase(attemptById(attempt));
  if (!document) throw new VigilError('notFound');
  refuseUnfit(document);
  const exam = await fromDatabase(examById(document.exam));
  if (!exam) throw new VigilError('notFound');

  const listed = await fromDatabase(listedMediaNodes());
  // One that is late with its lease may be recording this very attempt: until it is struck off, nobody else gets it.
  const former = listed.find(({ _id }) => _id === document.session?.node);
  const node = former ?? listed.find((each) => isLive(each, now()));
  if (!node || !isLive(node, now())) throw new VigilError('noMedia');

  const session = { id: randomUUID(), node: node._id, since: new Date(now()) };
  const { matchedCount } = await fromDatabase(
    Attempts.updateOne(
      { _id: attempt, progress: trusted({ $in: ['checking', 'ready', 'recording', 'interrupted'] }) },
      { $set: { session } },
    ).exec(),
  );
  if (matchedCount === 0) throw new VigilError('attemptEnded');
  const lifetimeMs = examForStudent(exam, document).durationMinutes * 60_000 + tokenSlackMs;
  const claims = { attempt, session: session.id, node: node._id };
  return { mediaUrl: node.url, mediaToken: signMediaToken(claims, secret, now(), lifetimeMs) };
}

/** @throws {VigilError} when an attempt cannot have a session: not agreed yet, or ended. */
export function refuseUnfit({ progress }: Pick<AttemptDocument, 'progress'>): void {
  if (progress === 'created') throw new VigilError('notAgreed');
  if (hasEnded(progress)) throw new VigilError('attemptEnded');
}

/**
 * Notes which page was let in. That another one was opened than before stands in the history; that one came back does not, nor
 * that it has another session. Of the first one the history says `opened` and `agreed` already.
 * @param atMs when, server wall clock; undefined where the history says more of it, as that another page was taken over.
 * @throws {VigilError} noDatabase.
 */
export async function notePage(attempt: string, page: string, atMs: number | undefined): Promise<void> {
  const document = await fromDatabase(attemptById(attempt));
  if (!document || document.page === page) return;
  const opened: AttemptEvent | undefined =
    atMs !== undefined && document.page !== undefined && addsTo(document.history, 'opened') ? { atMs, kind: 'opened' } : undefined;
  await fromDatabase(Attempts.updateOne({ _id: attempt }, { $set: { page }, ...(opened && { $push: { history: opened } }) }).exec());
}

/** More are not kept: some come with each session, and a page that reloads for hours would fill the database. */
const mostClocks = 300;

/** Keeps what a session's browser knows of its own clock, for whoever reads the attempt later. It outlives the session. */
export async function keepClock(attempt: string, clock: SessionClock): Promise<void> {
  const hasRoom = { [`clocks.${mostClocks - 1}`]: trusted({ $exists: false }) };
  await fromDatabase(Attempts.updateOne({ _id: attempt, ...hasRoom }, { $push: { clocks: clock } }).exec());
}
