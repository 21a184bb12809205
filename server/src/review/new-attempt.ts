import { VigilError } from '@vigil/protocol';
import { lock } from '../locks/name-lock.js';
import { attemptOf, lastAttemptOf } from '../roster/attempts-of-student.js';
import type { AttemptDocument, ExamDocument } from '../store/index.js';
import { Attempts, examById } from '../store/index.js';
import { isDuplicate } from '../store/mongoose.js';

/** Each time somebody else has made the same one: so many would have to at once. */
const mostTries = 20;

/** The name of the lock that whoever adds an attempt to an exam, or deletes the exam, takes. */
export const attemptsOf = (exam: string): string => `attempts of exam ${exam}`;

/**
 * Puts a new attempt into the database: the student's next one. A student is told apart by e-mail; without one, by name.
 * @param exam `attemptsAllowed`: most attempts of one student; without it, any number.
 * @param linkDays days until the link expires.
 * @throws {VigilError} `wrongState` the student has had all that are allowed; `notFound` the exam was deleted meanwhile.
 */
export async function newAttempt(
  exam: Pick<ExamDocument, '_id' | 'course' | 'attemptsAllowed'>,
  student: AttemptDocument['student'],
  linkDays: number,
  now: number,
): Promise<AttemptDocument> {
  const unlock = await lock(attemptsOf(exam._id));
  try {
    if (!(await examById(exam._id))) throw new VigilError('notFound');
    for (let tries = 1; ; tries += 1) {
      const earlier = (await lastAttemptOf(exam._id, student))?.number ?? 0;
      if (exam.attemptsAllowed !== undefined && earlier >= exam.attemptsAllowed) throw allUsed(earlier);
      const attempt = attemptOf(exam, student, earlier + 1, { linkDays, now });
      try {
        await Attempts.create(attempt);
        return attempt;
      } catch (error) {
        // On another machine.
        if (!isDuplicate(error) || tries >= mostTries) throw error;
      }
    }
  } finally {
    unlock();
  }
}

const allUsed = (earlier: number): VigilError =>
  new VigilError('wrongState', `This student has ${earlier === 1 ? 'an attempt' : `${earlier} attempts`} already, and the exam allows no more. To allow more, change “Attempts allowed” of the exam.`);
