import type { AttemptDocument, ExamDocument } from '../store/index.js';
import { Attempts, newId, notPractice } from '../store/index.js';

/**
 * Puts a new attempt into the database. A student is told apart by e-mail; without one, by name.
 * @param linkDays days until the link expires.
 */
export async function newAttempt(
  exam: Pick<ExamDocument, '_id' | 'course'>,
  student: AttemptDocument['student'],
  linkDays: number,
  now: number,
): Promise<AttemptDocument> {
  const same = student.email ? { 'student.email': student.email } : { 'student.name': student.name };
  const earlier = await Attempts.countDocuments({ exam: exam._id, ...same, ...notPractice() });
  const attempt: AttemptDocument = {
    _id: newId(),
    exam: exam._id,
    course: exam.course,
    number: earlier + 1,
    student: { name: student.name, email: student.email },
    linkExpiresAt: new Date(now + linkDays * 86_400_000),
    progress: 'created',
    evidence: 'receiving',
    history: [{ atMs: now, kind: 'created' }],
    createdAt: new Date(now),
  };
  await Attempts.create(attempt);
  return attempt;
}
