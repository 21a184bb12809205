import { createHash, randomInt } from 'node:crypto';
import type { Accommodations } from '@vigil/protocol';
import { studentKey } from '@vigil/protocol';
import type { AttemptDocument, ExamDocument } from '../store/index.js';
import { Attempts, notPractice, trusted } from '../store/index.js';

/** An attempt as one of a student's. */
export type Numbered = Pick<AttemptDocument, '_id' | 'student' | 'number' | 'progress'>;

/** Of these attempts at one exam, the last one of each student, by `studentKey`. */
export function lastOfEach<T extends Numbered>(attempts: readonly T[]): Map<string, T> {
  const last = new Map<string, T>();
  for (const attempt of attempts) {
    const key = studentKey(attempt.student);
    if (attempt.number > (last.get(key)?.number ?? 0)) last.set(key, attempt);
  }
  return last;
}

/** The last attempt of each student of an exam, by `studentKey`. */
export const lastAttempts = async (exam: string): Promise<Map<string, Numbered>> =>
  lastOfEach(await Attempts.find({ exam, ...notPractice() }, { student: 1, number: 1, progress: 1 }).lean<Numbered[]>().exec());

/** The last attempt of a student at an exam; undefined: there is none. */
export const lastAttemptOf = async (exam: string, student: AttemptDocument['student']): Promise<Numbered | undefined> => (await lastAttempts(exam)).get(studentKey(student));

/** Whether the student has another attempt after this one. */
export async function isRetaken({ exam, student, number }: Pick<AttemptDocument, 'exam' | 'student' | 'number'>): Promise<boolean> {
  const later = await Attempts.find({ exam, number: trusted({ $gt: number }), ...notPractice() }, { student: 1 }).lean<Pick<AttemptDocument, 'student'>[]>().exec();
  return later.some((one) => studentKey(one.student) === studentKey(student));
}

/**
 * A student's nth attempt at an exam, as it is made. Its id follows from exam, student and number: of two that make it at once, the
 * database lets one.
 * @param linkDays days until the link expires.
 */
export function attemptOf(
  exam: Pick<ExamDocument, '_id' | 'course'>,
  { name, email }: AttemptDocument['student'],
  number: number,
  { linkDays, now, accommodations }: { linkDays: number; now: number; accommodations?: Accommodations | undefined },
): AttemptDocument {
  const id = createHash('sha256').update(JSON.stringify([exam._id, studentKey({ name, email }), number])).digest('hex').slice(0, 24);
  return {
    _id: id,
    exam: exam._id,
    course: exam.course,
    number,
    student: { name, email },
    linkExpiresAt: new Date(now + linkDays * 86_400_000),
    // A link of one with the same id, which was removed, does not open this one.
    linkVersion: randomInt(2 ** 40),
    progress: 'created',
    evidence: 'receiving',
    ...(accommodations && { accommodations }),
    history: [{ atMs: now, kind: 'created' }],
    createdAt: new Date(now),
  };
}
