import { readdir } from 'node:fs/promises';
import { Id } from '@vigil/protocol';
import type { Logger } from 'pino';
import { purge } from '../privacy/purge.js';
import { repeat } from '../start/repeat.js';
import { Attempts, trusted } from '../store/index.js';
import { practiceFolder } from './practice-files.js';

const sweepMs = 30_000;

/**
 * Deletes every practice before an attempt. From its first write on they are due: what a crash leaves of them goes with the next sweep.
 * @param data VIGIL_DATA.
 */
export async function deletePracticesOf(attempt: string, data: string, now: number): Promise<void> {
  await Attempts.updateMany({ 'practice.of': attempt }, { $set: { 'practice.deleteAt': new Date(now) } }).exec();
  for (const { _id } of await Attempts.find({ 'practice.of': attempt }, { _id: 1 }).lean<{ _id: string }[]>().exec()) await deletePractice(_id, data);
}

async function deletePractice(id: string, data: string): Promise<void> {
  await purge(id, data);
  await Attempts.deleteOne({ _id: id, practice: trusted({ $exists: true }) }).exec();
}

/**
 * Deletes the practices whose time is over, and recordings of ones that are in no database any more.
 * @throws {AggregateError} when some cannot be deleted; all others are.
 */
export async function sweepPractices(data: string, now: number): Promise<void> {
  const due = await Attempts.find({ 'practice.deleteAt': trusted({ $lte: new Date(now) }) }, { _id: 1 })
    .lean<{ _id: string }[]>()
    .exec();
  const failures: unknown[] = [];
  const attempted = (deletion: Promise<void>): Promise<unknown> => deletion.catch((error: unknown) => failures.push(error));
  for (const { _id } of due) await attempted(deletePractice(_id, data));
  const recorded = (await readdir(practiceFolder(data)).catch(() => [])).filter((name) => Id.safeParse(name).success);
  const known = await Attempts.find({ _id: trusted({ $in: recorded }) }, { _id: 1 })
    .lean<{ _id: string }[]>()
    .exec();
  const kept = new Set(known.map(({ _id }) => _id));
  // One that was still being recorded when it was deleted.
  for (const id of recorded) if (!kept.has(id)) await attempted(purge(id, data));
  if (failures.length > 0) throw new AggregateError(failures, 'Some practices cannot be deleted; they are tried again with the next sweep.');
}

/** Sweeps now and every 30 s. @returns what stops it. */
export const startPracticeSweep = (data: string, log: Logger, now: () => number): Promise<() => void> =>
  repeat(() => sweepPractices(data, now()).catch((error: unknown) => log.warn({ err: error }, 'practices not swept')), sweepMs);
