import type { AttemptDocument, ExamDocument } from '../store/index.js';
import { Attempts } from '../store/index.js';
import { isDuplicate } from '../store/mongoose.js';
import { attemptOf, lastAttemptOf } from '../roster/attempts-of-student.js';

/** Each time somebody else has made the same one: so many would have to at once. */
const mostTries = 20;

/**
 * Puts a new attempt into the database: the student's next one. A student is told apart by e-mail; without one, by name.
 * @param linkDays days until the link expires.
 */
export async function newAttempt(
  exam: Pick<ExamDocument, '_id' | 'course'>,
  student: AttemptDocument['student'],
  linkDays: number,
  now: number,
): Promise<AttemptDocument> {
  for (let tries = 1; ; tries += 1) {
    const last = await lastAttemptOf(exam._id, student);
    const attempt = attemptOf(exam, student, (last?.number ?? 0) + 1, { linkDays, now });
    try {
      await Attempts.create(attempt);
      return attempt;
    } catch (error) {
      if (!isDuplicate(error) || tries >= mostTries) throw error;
    }
  }
}
