import type { Accommodations } from '@vigil/protocol';
import { rulesFor } from '@vigil/protocol';
import type { ExamDocument } from '../store/exams.js';

/** An exam as it holds for one student: what is recorded and looked for, and the time. */
export const examForStudent = (exam: ExamDocument, accommodations: Accommodations | undefined): ExamDocument => ({
  ...exam,
  rules: rulesFor(exam.rules, accommodations),
  durationMinutes: exam.durationMinutes + (accommodations?.extraMinutes ?? 0),
});
