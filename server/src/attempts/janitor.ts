import { VigilError } from '@vigil/protocol';
import type { QueryFilter } from 'mongoose';
import type { Logger } from 'pino';
import type { AttemptDocument } from '../store/attempts.js';
import { Attempts } from '../store/attempts.js';
import { examById } from '../store/exams.js';
import { listedMediaNodes, strikeOff } from '../store/media-nodes.js';
import { trusted } from '../store/mongoose.js';
import { Segments } from '../store/segments.js';
import { advance } from './advance.js';
import { fromDatabase } from './database-away.js';
import { DeathWatch } from './death-watch.js';
import { judgeEvidence } from './judge-evidence.js';
import { renewMs } from './media-node.js';

/** After the end of its time an attempt may go on for this long, ms. */
export const graceMs = 2 * 60_000;

const sweepMs = 5_000;

/** What the janitor needs. */
export interface JanitorOptions {
  /** This media process, whether it looks after an attempt, and since when its own lease was renewed in time. */
  node: { id: string; owns: (attempt: string) => boolean; steadySinceMs: () => number };
  /** Server wall clock, ms since 1970. */
  now: () => number;
  logger: Logger;
}

/**
 * Sets right what no living media process looks after. Any number may do it at once, each move is atomic.
 *
 * - A media process that is dead (see `DeathWatch`) is struck off the list; from then on its students are sent to others.
 * - `recording`, and its media process died or does not know of it: `interrupted`, see `interruptAbandoned`.
 * - `interrupted` after the end of its time and the grace: `submitted`.
 * - opened again, and nobody went on before the link expired: `submitted`, as it was.
 * - ended, not found complete, and past its exam's grace time: its evidence is judged for good.
 */
export async function sweepAttempts({ node, now, logger }: JanitorOptions, watch: DeathWatch): Promise<void> {
  const recording = await fromDatabase(find({ progress: 'recording' }));
  const listed = await fromDatabase(listedMediaNodes());
  const others = new Set(listed.map(({ _id }) => _id));
  for (const dead of watch.look(listed.filter(({ _id }) => _id !== node.id), now(), node.steadySinceMs())) {
    if (!(await fromDatabase(strikeOff(dead)))) continue;
    others.delete(dead._id);
    logger.warn({ dead: dead._id, url: dead.url }, 'media process is dead: struck off the list');
  }
  for (const document of recording) {
    const owner = document.session?.node ?? '';
    const kept = owner === node.id ? node.owns(document._id) : others.has(owner);
    if (!kept) await interruptAbandoned(document, now(), logger);
  }
  const late = await fromDatabase(
    find({ progress: 'interrupted', endsAt: trusted({ $lte: new Date(now() - graceMs) }) }),
  );
  for (const { _id, endsAt } of late) {
    if (node.owns(_id)) continue;
    const finishedAt = new Date((endsAt?.getTime() ?? now()) + graceMs);
    const event = { atMs: finishedAt.getTime(), kind: 'submitted' as const, detail: 'The time was over.' };
    await unlessMoved(advance(_id, 'submit', { event, set: { finishedAt }, ...(endsAt && { where: { endsAt } }) }));
    logger.info({ attempt: _id }, 'attempt ended: time over');
  }
  const left = await fromDatabase(
    find({ progress: 'ready', startedAt: trusted({ $exists: true }), linkExpiresAt: trusted({ $lte: new Date(now()) }) }),
  );
  for (const { _id, linkExpiresAt } of left) {
    if (node.owns(_id)) continue;
    const event = { atMs: now(), kind: 'submitted' as const, detail: 'It had been opened again. The student did not go on before the link expired.' };
    await unlessMoved(advance(_id, 'lapse', { event, where: { startedAt: trusted({ $exists: true }), linkExpiresAt } }));
    logger.info({ attempt: _id }, 'attempt opened again and not gone on with');
  }
  await judgeLate(now());
}

/**
 * Ended attempts whose record was not found complete, and whose exam's grace time is over: what is missing then, the
 * instructor should know of. What comes later still counts.
 */
async function judgeLate(now: number): Promise<void> {
  const waiting = await fromDatabase(
    Attempts.find({ evidence: 'receiving', progress: 'submitted', finishedAt: trusted({ $lte: new Date(now) }) }, { exam: 1, finishedAt: 1 })
      .lean<Pick<AttemptDocument, '_id' | 'exam' | 'finishedAt'>[]>()
      .exec(),
  );
  for (const { _id, exam, finishedAt } of waiting) {
    const graceMinutes = (await fromDatabase(examById(exam)))?.graceMinutes ?? 0;
    if (finishedAt && finishedAt.getTime() + graceMinutes * 60_000 <= now) await judgeEvidence(_id, true, now);
  }
}

/** Marks an attempt whose media process died as interrupted by the server, at the end of its last durable segment. */
export async function interruptAbandoned(
  { _id, session, startedAt }: AttemptDocument,
  now: number,
  logger: Logger,
): Promise<void> {
  const atMs = (await endOfRecord(_id)) ?? startedAt?.getTime() ?? now;
  const event = { atMs, kind: 'interrupted' as const, cause: 'server' as const };
  await unlessMoved(advance(_id, 'interrupt', { event, ...(session && { node: session.node }) }));
  logger.warn({ attempt: _id, atMs }, 'attempt interrupted: its media process died');
}

/** Sweeps now and every 5 s. @returns what stops it. */
export async function startJanitor(options: JanitorOptions): Promise<() => Promise<void>> {
  const watch = new DeathWatch(renewMs);
  await sweepAttempts(options, watch);
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= sweepAttempts(options, watch)
      .catch((error: unknown) => options.logger.warn({ err: error }, 'attempts not swept'))
      .finally(() => (running = undefined));
  }, sweepMs);
  return async () => {
    clearInterval(timer);
    await running;
  };
}

const find = (filter: QueryFilter<AttemptDocument>): Promise<AttemptDocument[]> =>
  Attempts.find(filter).lean<AttemptDocument[]>().exec();

/** Server wall clock of the end of the last durable segment, ms since 1970. */
async function endOfRecord(attempt: string): Promise<number | undefined> {
  const last = await fromDatabase(
    Segments.findOne({ attempt }).sort({ startMs: -1 }).lean<{ startMs: number; durationMs: number }>().exec(),
  );
  return last ? last.startMs + last.durationMs : undefined;
}

/** Another process, or the student, was first: nothing is left to do. */
async function unlessMoved(move: Promise<unknown>): Promise<void> {
  try {
    await move;
  } catch (error) {
    if (!(error instanceof VigilError) || error.reason === 'noDatabase') throw error;
  }
}
