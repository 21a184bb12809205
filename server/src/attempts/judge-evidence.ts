import { examById } from '../store/exams.js';
import { Attempts, attemptById } from '../store/attempts.js';
import { trusted } from '../store/mongoose.js';
import { segmentsOf } from '../store/segments.js';
import { fromDatabase } from './database-away.js';
import { evidenceMoves, type EvidenceMove } from './evidence.js';
import { recordOf, type Coverage } from './gaps.js';
import { hasEnded } from './progress.js';
import { lackingSeconds } from './tolerable.js';

/**
 * After an attempt's end: finds its record complete, or, once nothing more is expected, partial. One atomic write; what
 * someone else moved meanwhile (a hold, a purge) stays. Before the end it does nothing.
 * @param final nothing more is expected: the browser says so, or the exam's grace time is over.
 * @param known the attempt's segments, where they have just been read.
 * @throws {VigilError} noDatabase.
 */
export async function judgeEvidence(id: string, final: boolean, nowMs: number, known?: Coverage['segments']): Promise<void> {
  const attempt = await fromDatabase(attemptById(id));
  if (!attempt || attempt.practice || !hasEnded(attempt.progress) || !attempt.startedAt) return;
  const [exam, segments] = await fromDatabase(Promise.all([examById(attempt.exam), known ?? segmentsOf([id])]));
  if (!exam) return;
  const seconds = lackingSeconds(recordOf(attempt, exam, segments, attempt.history, nowMs));
  const move: EvidenceMove | undefined = seconds === 0 ? 'complete' : final ? 'lack' : undefined;
  if (!move) return;
  const { from, to } = evidenceMoves[move];
  const detail = move === 'complete' ? 'It is complete.' : `Parts are missing: ${Math.round(seconds)} s in all.`;
  await fromDatabase(
    Attempts.updateOne(
      // As long as it is over as it was: it may have been opened again meanwhile.
      { _id: id, evidence: trusted({ $in: [...from] }), progress: attempt.progress, finishedAt: attempt.finishedAt ?? trusted({ $exists: false }) },
      { $set: { evidence: to }, $push: { history: { atMs: nowMs, kind: 'evidence' as const, detail } } },
    ).exec(),
  );
}
