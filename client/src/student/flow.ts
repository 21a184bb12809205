import type { StudentAttempt } from '@vigil/protocol';

/** The pages of the student's way through an exam. */
export type Step = 'loading' | 'trouble' | 'notice' | 'left' | 'onboarding' | 'not-open' | 'checks' | 'start' | 'practice' | 'exam' | 'replaced' | 'done';

/**
 * Where a student who opens or reloads the page stands; `nowMs` is the server's clock. An onboarding that is left for `later` holds
 * nobody up.
 */
export function stepFor(attempt: Pick<StudentAttempt, 'progress' | 'exam' | 'onboarding' | 'openAgainMs'>, nowMs: number, later = false): Step {
  const { opensAtMs } = attempt.exam;
  switch (attempt.progress) {
    case 'created':
      return 'notice';
    case 'checking':
    case 'ready':
      if (attempt.openAgainMs !== null) return 'checks';
      if (!later && (attempt.onboarding === 'open' || attempt.onboarding === 'refused')) return 'onboarding';
      return opensAtMs !== null && nowMs < opensAtMs ? 'not-open' : 'checks';
    case 'recording':
    case 'interrupted':
      return 'exam';
    case 'submitted':
      return 'done';
    case 'expired':
    case 'withdrawn':
      return 'trouble';
  }
}

/** Whether the exam is taken inside of Vigil's page. */
export const isEmbedded = ({ embed, address }: Pick<StudentAttempt['exam'], 'embed' | 'address'>): boolean => embed && address !== '';

const things: Record<string, string> = {
  paper: 'paper, a pen and books',
  calculator: 'a pocket calculator',
  'second-monitor': 'a second monitor',
  breaks: 'short breaks away from the camera; your time runs on',
};

/** What may be used in an exam, each thing in words. */
export const allowedWords = ({ allowed }: Pick<StudentAttempt['exam'], 'allowed'>): string[] => [
  ...(allowed?.things ?? []).flatMap((thing) => things[thing] ?? []),
  ...(allowed?.sites.length ? [`these sites and programs: ${allowed.sites.join(', ')}`] : []),
];

/** What is known of an exam that was opened in another place. */
export type Elsewhere = 'recorded' | 'not-started' | 'interrupted' | 'unknown';

/** What the page that replaced this one does, by the attempt's progress; undefined: the attempt is over. */
export function elsewhereOf(progress: StudentAttempt['progress']): Elsewhere | undefined {
  switch (progress) {
    case 'created':
    case 'checking':
    case 'ready':
      return 'not-started';
    case 'recording':
      return 'recorded';
    case 'interrupted':
      return 'interrupted';
    case 'submitted':
    case 'expired':
    case 'withdrawn':
      return undefined;
  }
}

/** A length of time as a clock shows it: `0:07`, `12:30`, `1:02:03`. Negative counts as zero. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How much of its time is left in an attempt that was opened again, in words; empty: it was not. */
export const leftText = ({ openAgainMs }: Pick<StudentAttempt, 'openAgainMs'>): string => (openAgainMs === null ? '' : minutesText(Math.floor(openAgainMs / 60_000)));

/** A number of minutes in words: `45 minutes`, `1 hour 30 minutes`. */
export function minutesText(total: number): string {
  const count = (value: number, unit: string): string => `${value} ${unit}${value === 1 ? '' : 's'}`;
  const hours = Math.floor(total / 60);
  const minutes = Math.round(total % 60);
  return [hours ? count(hours, 'hour') : '', minutes || !hours ? count(minutes, 'minute') : ''].filter(Boolean).join(' ');
}
