import type { Accommodations, ExamTerms } from '@vigil/protocol';
import { rulesFor } from '@vigil/protocol';
import type { ExamDocument } from '../store/exams.js';

/** What holds for one student beside the exam itself. */
export interface OwnTerms {
  accommodations?: Accommodations | undefined;
  terms?: ExamTerms | undefined;
}

/** An exam as it holds for one student: what is recorded and looked for, and the time. What was agreed to stays, whatever the exam becomes. */
export function examForStudent(exam: ExamDocument, { accommodations, terms }: OwnTerms): ExamDocument {
  const { identity, ...rules } = rulesFor(exam.rules, accommodations, terms);
  return {
    ...exam,
    rules: { ...rules, ...(identity && rules.webcam && { identity }) },
    embed: exam.embed && (terms?.embed ?? true),
    durationMinutes: (terms?.durationMinutes ?? exam.durationMinutes) + (accommodations?.extraMinutes ?? 0),
  };
}
