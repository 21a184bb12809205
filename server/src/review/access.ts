import { VigilError } from '@vigil/protocol';
import type { Finding, SegmentDocument } from '@vigil/protocol';
import type { AttemptDocument, CourseDocument, ExamDocument, ResolutionDocument, ReviewNoteDocument, UserDocument } from '../store/index.js';
import { attemptById, examById, findingById, resolutionById, reviewNoteById, segmentById, taughtCourse } from '../store/index.js';

/**
 * What an instructor may see is what belongs to a course that they teach; each function here finds something only then.
 * Everything else is `notFound`, whether it exists or not.
 */
export async function examFor(user: UserDocument, id: string): Promise<{ exam: ExamDocument; course: CourseDocument }> {
  const exam = await examById(id);
  const course = exam && (await taughtCourse(exam.course, user._id));
  if (!course) throw new VigilError('notFound');
  return { exam, course };
}

/** The attempt, if the user teaches its course. @throws {VigilError} `notFound`. */
export async function attemptFor(user: UserDocument, id: string): Promise<AttemptDocument> {
  const attempt = await attemptById(id);
  if (!attempt || attempt.practice || !(await taughtCourse(attempt.course, user._id))) throw new VigilError('notFound');
  return attempt;
}

/** The segment, if the user teaches its attempt's course. @throws {VigilError} `notFound`. */
export async function segmentFor(user: UserDocument, id: string): Promise<SegmentDocument> {
  const segment = await segmentById(id);
  if (!segment) throw new VigilError('notFound');
  await attemptFor(user, segment.attempt);
  return segment;
}

/** The finding, if the user teaches its attempt's course. @throws {VigilError} `notFound`. */
export async function findingFor(user: UserDocument, id: string): Promise<Finding> {
  const finding = await findingById(id);
  if (!finding) throw new VigilError('notFound');
  await attemptFor(user, finding.attempt);
  return finding;
}

/** What was said of an incident, if the user teaches its attempt's course. @throws {VigilError} `notFound`. */
export async function resolutionFor(user: UserDocument, id: string): Promise<ResolutionDocument> {
  const resolution = await resolutionById(id);
  if (!resolution) throw new VigilError('notFound');
  await attemptFor(user, resolution.attempt);
  return resolution;
}

/** The note, if the user teaches its attempt's course. @throws {VigilError} `notFound`. */
export async function noteFor(user: UserDocument, id: string): Promise<ReviewNoteDocument> {
  const note = await reviewNoteById(id);
  if (!note) throw new VigilError('notFound');
  await attemptFor(user, note.attempt);
  return note;
}
