import type { AttemptDocument, ExamDocument } from '../store/index.js';

/**
 * Until when an attempt's recording is kept, ms since 1970, by what its student agreed to; null before the end. A hold keeps it longer.
 */
export const keptUntil = (
  { finishedAt, agreement }: Pick<AttemptDocument, 'finishedAt' | 'agreement'>,
  { retentionDays }: Pick<ExamDocument, 'retentionDays'>,
): number | null => (finishedAt ? finishedAt.getTime() + (agreement?.retentionDays ?? retentionDays) * 86_400_000 : null);
