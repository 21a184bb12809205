import { join } from 'node:path';
import type { ExamDocument } from '../store/index.js';

/** Minutes that a practice records. */
export const practiceMinutes = 1;

/** Where practices are recorded, as attempts are in `segments`: what restores and indexes recordings never looks here. */
export const practiceFolder = (data: string): string => join(data, 'practice');

/** An exam as it is for a practice: the same rules, a short time, and always open. */
export function practiceOf(exam: ExamDocument): ExamDocument {
  const practice = { ...exam, durationMinutes: practiceMinutes };
  delete practice.opensAt;
  delete practice.closesAt;
  return practice;
}
