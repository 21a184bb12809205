import { isQuality, Progress, type AnalysisProgress, type AttemptSummary, type ExamWords, type OverviewSort, type OverviewView, type RankTerm } from '@vigil/protocol';

/** Where the words that are looked for were read: by attempt. */
export type Hits = ReadonlyMap<string, ExamWords['attempts'][number]>;

/** What there is to look at, by kind: neither quality, nor what is counted once more because it came together. */
export const incidentTerms = ({ rank }: Pick<AttemptSummary, 'rank'>): RankTerm[] => rank.terms.filter((term) => !isQuality(term.kind) && !term.with);

/** What could not be judged, by kind. */
export const qualityTerms = ({ rank }: Pick<AttemptSummary, 'rank'>): RankTerm[] => rank.terms.filter(({ kind }) => isQuality(kind));

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
/** How many incidents there are. */
export const incidentCount = (attempt: Pick<AttemptSummary, 'rank'>): number => sum(incidentTerms(attempt).map(({ incidents }) => incidents));

/** How long it is, or has been so far, ms; null before the start. */
export const lengthOf = ({ startedAtMs, finishedAtMs, pausedMs = 0 }: Pick<AttemptSummary, 'startedAtMs' | 'finishedAtMs' | 'pausedMs'>, nowMs: number): number | null =>
  startedAtMs === null ? null : (finishedAtMs ?? nowMs) - startedAtMs - pausedMs;

/** Something that was asked for is not in the record, or the record as a whole was found incomplete. */
export const isIncomplete = ({ evidence, missingSeconds, startedAtMs }: Pick<AttemptSummary, 'evidence' | 'missingSeconds' | 'startedAtMs'>): boolean =>
  evidence === 'partial' || (startedAtMs !== null && missingSeconds >= 1);

const analysisOrder: Record<AnalysisProgress, number> = { failed: 0, none: 1, pending: 2, running: 3, 'up-to-date': 4, done: 5 };

/** What is not known before an attempt is counted. */
const counted: ReadonlySet<OverviewSort> = new Set(['points', 'incidents', 'missing', 'quality', 'analysis']);

/** What an attempt is sorted by. Null comes last, whichever way. */
function keyOf(attempt: AttemptSummary, by: OverviewSort, nowMs: number): number | string | null {
  if (attempt.counting && counted.has(by)) return null;
  switch (by) {
    case 'points':
      return attempt.rank.terms.length || attempt.analysis === 'done' ? attempt.rank.points : null;
    case 'name':
      return attempt.student.name;
    case 'state':
      return Progress.options.indexOf(attempt.progress);
    case 'started':
      return attempt.startedAtMs;
    case 'length':
      return lengthOf(attempt, nowMs);
    case 'incidents':
      return incidentTerms(attempt).length || attempt.analysis === 'done' ? incidentCount(attempt) : null;
    case 'missing':
      return attempt.startedAtMs === null ? null : attempt.missingSeconds;
    case 'quality':
      return qualityTerms(attempt).length || attempt.analysis === 'done' ? sum(qualityTerms(attempt).map(({ lengthMs }) => lengthMs)) : null;
    case 'analysis':
      return analysisOrder[attempt.analysis];
    case 'reviewed':
      return attempt.reviewed?.atMs ?? null;
  }
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** The attempts in the order that is chosen; of the same rank by name. */
export function sorted(attempts: readonly AttemptSummary[], { sort, descending }: Pick<OverviewView, 'sort' | 'descending'>, nowMs: number): AttemptSummary[] {
  const way = descending ? -1 : 1;
  return attempts
    .map((attempt) => ({ attempt, key: keyOf(attempt, sort, nowMs) }))
    .sort((a, b) => {
      if (a.key !== b.key && (a.key === null || b.key === null)) return a.key === null ? 1 : -1;
      const apart = typeof a.key === 'string' && typeof b.key === 'string' ? names.compare(a.key, b.key) : Number(a.key) - Number(b.key);
      return way * apart || names.compare(a.attempt.student.name, b.attempt.student.name);
    })
    .map(({ attempt }) => attempt);
}

const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Whether what is chosen takes an attempt in. @param hits undefined: no words are looked for, or they are not found yet. */
export function isShown(attempt: AttemptSummary, view: OverviewView, hits: Hits | undefined): boolean {
  const any = <T>(chosen: readonly T[], own: readonly T[]): boolean => !chosen.length || own.some((one) => chosen.includes(one));
  const { name, email } = attempt.student;
  const sought = plain(view.text).split(/\s+/).filter(Boolean);
  const own = plain(`${name} ${email}`);
  return (
    any(view.states, [attempt.progress]) &&
    any(view.analysis, [attempt.analysis]) &&
    any(view.evidence, [attempt.evidence]) &&
    any(view.kinds, attempt.rank.terms.map(({ kind }) => kind)) &&
    (!view.incomplete || isIncomplete(attempt)) &&
    (!view.outliers || attempt.outlier) &&
    (!view.unreviewed || !attempt.reviewed) &&
    sought.every((word) => own.includes(word)) &&
    (!hits || hits.has(attempt.id))
  );
}

/** What is shown of an exam's attempts, and in which order. */
export const arranged = (attempts: readonly AttemptSummary[], view: OverviewView, hits: Hits | undefined, nowMs: number): AttemptSummary[] =>
  sorted(attempts.filter((attempt) => isShown(attempt, view, hits)), view, nowMs);

/** An exam at this moment, in numbers of attempts. */
export interface LiveNumbers {
  recording: number;
  interrupted: number;
  /** Recorded, while something that is asked for does not come. */
  gaps: number;
  /** Nothing of it is analysed yet, or not all. */
  waiting: number;
}

export function liveNumbers(attempts: readonly AttemptSummary[]): LiveNumbers {
  const count = (is: (attempt: AttemptSummary) => boolean): number => attempts.filter(is).length;
  return {
    recording: count(({ progress }) => progress === 'recording'),
    interrupted: count(({ progress }) => progress === 'interrupted'),
    gaps: count(({ missingNow }) => missingNow.length > 0),
    waiting: count(({ analysis }) => analysis === 'pending' || analysis === 'running'),
  };
}
