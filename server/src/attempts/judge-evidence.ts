import { examById } from '../store/exams.js';
import { Attempts, attemptById } from '../store/attempts.js';
import { trusted } from '../store/mongoose.js';
import { segmentsOf } from '../store/segments.js';
import { fromDatabase } from './database-away.js';
import { evidenceMoves, type EvidenceMove } from './evidence.js';
import { gapsOf, recordOf } from './gaps.js';
import { totalMs } from './intervals.js';
import { hasEnded } from './progress.js';

/** A hole that is shorter than this makes a record no less complete, ms: sources need a moment to start. */
const tolerableMs = 2_000;

/**
 * After an attempt's end: finds its record complete, or, once nothing more is expected, partial. One atomic write; what
 * someone else moved meanwhile (a hold, a purge) stays. Before the end it does nothing.
 * @param final nothing more is expected: the browser says so, or the exam's grace time is over.
 * @throws {VigilError} noDatabase.
 */
export async function judgeEvidence(id: string, final: boolean, nowMs: number): Promise<void> {
  const attempt = await fromDatabase(attemptById(id));
  if (!attempt || !hasEnded(attempt.progress) || !attempt.startedAt) return;
  const [exam, segments] = await fromDatabase(Promise.all([examById(attempt.exam), segmentsOf([id])]));
  if (!exam) return;
  const missing = [...gapsOf(recordOf(attempt, exam, segments, attempt.history, nowMs)).values()].flat();
  const holes = missing.filter(({ startMs, endMs }) => endMs - startMs >= tolerableMs);
  const move: EvidenceMove | undefined = holes.length === 0 ? 'complete' : final ? 'lack' : undefined;
  if (!move) return;
  const { from, to } = evidenceMoves[move];
  const seconds = Math.round(totalMs(holes) / 1_000);
  const detail = move === 'complete' ? 'The record is complete.' : `In ${seconds} s something is missing.`;
  await fromDatabase(
    Attempts.updateOne(
      { _id: id, evidence: trusted({ $in: [...from] }) },
      { $set: { evidence: to }, $push: { history: { atMs: nowMs, kind: 'evidence' as const, detail } } },
    ).exec(),
  );
}
