import type { Accommodations, ExamRules, Progress, Source } from '@vigil/protocol';
import { FindingKind, rulesFor, sourcesOf, VigilError } from '@vigil/protocol';
import { hasEnded, isOpenAgain } from '../attempts/progress.js';
import type { AttemptDocument, ExamDocument } from '../store/index.js';

/** Nothing is made easier. */
export const none: Accommodations = { off: [], without: [], extraMinutes: 0 };

export const isNone = ({ off, without, extraMinutes }: Accommodations): boolean => off.length + without.length + extraMinutes === 0;

/** Each kind and source once, in the order of the protocol, and only what the exam asks for. */
export function tidied({ off, without, extraMinutes }: Accommodations, rules: ExamRules): Accommodations {
  return {
    off: FindingKind.options.filter((kind) => off.includes(kind)),
    without: sourcesOf(rules).filter((source) => without.includes(source)),
    extraMinutes,
  };
}

/** What may be written: only while the progress is one of these, and with this end in the place of the one that was. */
export interface Permitted {
  progress: Progress[];
  endsAt?: Date;
}

const names: Record<Source, string> = { webcam: 'camera', microphone: 'microphone', screen: 'screen' };

/**
 * Whether accommodations may become these at this point of an attempt. Until the student agrees: all. Then nothing is recorded
 * that was not agreed to, and from the start on what is recorded stays as it is. After the end only what is looked for can change.
 * @throws {VigilError} badInput, wrongState, with a sentence.
 */
export function permit(
  attempt: Pick<AttemptDocument, 'progress' | 'accommodations' | 'agreement' | 'startedAt' | 'endsAt' | 'finishedAt'>,
  exam: Pick<ExamDocument, 'rules' | 'durationMinutes'>,
  next: Accommodations,
  now: number,
): Permitted {
  const { progress, accommodations: before = none, agreement, startedAt, finishedAt } = attempt;
  const recorded = sourcesOf(rulesFor(exam.rules, next));
  const same = String(before.without) === String(next.without);
  if (!same && recorded.length === 0) throw new VigilError('badInput', 'Something has to be recorded. Who is not recorded at all needs no link.');
  if (progress === 'created') return { progress: ['created'] };
  const openAgain = isOpenAgain(attempt);
  if (progress === 'checking' || (progress === 'ready' && !openAgain)) {
    const agreed = agreement?.sources ?? sourcesOf(rulesFor(exam.rules, before));
    const more = recorded.find((source) => !agreed.includes(source));
    if (more)
      throw new VigilError('wrongState', `The student has agreed to be recorded without the ${names[more]}. Leave that as it is, or make a new link.`);
    return { progress: ['checking', 'ready'] };
  }
  if (hasEnded(progress)) {
    if (!same || before.extraMinutes !== next.extraMinutes)
      throw new VigilError('wrongState', 'The attempt is over. Only what is looked for can still be changed.');
    return { progress: [progress] };
  }
  if (!same) throw new VigilError('wrongState', 'The student is in the exam. What is recorded can only be changed before the start.');
  // What was left when it was opened again may be another than the exam's time says: the difference counts.
  const former = attempt.endsAt?.getTime() ?? (startedAt?.getTime() ?? now) + (exam.durationMinutes + before.extraMinutes) * 60_000;
  const endsAt = new Date(former + (next.extraMinutes - before.extraMinutes) * 60_000);
  const sinceMs = openAgain ? (finishedAt?.getTime() ?? now) : now;
  if (before.extraMinutes !== next.extraMinutes && endsAt.getTime() <= sinceMs)
    throw new VigilError('wrongState', 'With so little extra time the exam would be over already. Give more.');
  return { progress: openAgain ? ['ready'] : ['recording', 'interrupted'], endsAt };
}
