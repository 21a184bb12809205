import { VigilError } from '@vigil/protocol';
import type { QueryFilter } from 'mongoose';
import type { Logger } from 'pino';
import type { AttemptDocument } from '../store/attempts.js';
import { Attempts } from '../store/attempts.js';
import { liveMediaNodes } from '../store/media-nodes.js';
import { trusted } from '../store/mongoose.js';
import { Segments } from '../store/segments.js';
import { advance } from './advance.js';
import { fromDatabase } from './database-away.js';

/** After the end of its time an attempt may go on for this long, ms. */
export const graceMs = 2 * 60_000;

const sweepMs = 5_000;

/** What the janitor needs. */
export interface JanitorOptions {
  /** This media process, and whether it looks after an attempt. */
  node: { id: string; owns: (attempt: string) => boolean };
  /** Server wall clock, ms since 1970. */
  now: () => number;
  logger: Logger;
}

/**
 * Sets right what no living media process looks after. Any number may do it at once, each move is atomic.
 *
 * - `recording`, and its media process died or does not know of it: `interrupted`, see `interruptAbandoned`.
 * - `interrupted` after the end of its time and the grace: `submitted`.
 */
export async function sweepAttempts({ node, now, logger }: JanitorOptions): Promise<void> {
  const recording = await fromDatabase(find({ progress: 'recording' }));
  const alive = new Set((await fromDatabase(liveMediaNodes(now()))).map(({ _id }) => _id));
  for (const document of recording) {
    const owner = document.session?.node ?? '';
    const kept = owner === node.id ? node.owns(document._id) : alive.has(owner);
    if (!kept) await interruptAbandoned(document, now(), logger);
  }
  const late = await fromDatabase(
    find({ progress: 'interrupted', endsAt: trusted({ $lte: new Date(now() - graceMs) }) }),
  );
  for (const { _id, endsAt } of late) {
    if (node.owns(_id)) continue;
    const finishedAt = new Date((endsAt?.getTime() ?? now()) + graceMs);
    const event = { atMs: finishedAt.getTime(), kind: 'submitted' as const, detail: 'The time was over.' };
    await unlessMoved(advance(_id, 'submit', { event, set: { finishedAt } }));
    logger.info({ attempt: _id }, 'attempt ended: time over');
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
  await sweepAttempts(options);
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= sweepAttempts(options)
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
