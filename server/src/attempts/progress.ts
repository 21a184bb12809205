import type { Progress } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';

/** Every move that the progress of an attempt can make (DESIGN 7). What is not here is forbidden. */
export const transitions = {
  /** The student agreed to be recorded. */
  agree: { from: ['created'], to: 'checking' },
  /** The checks are passed. */
  pass: { from: ['checking'], to: 'ready' },
  /** The exam's time and the recording start. */
  begin: { from: ['ready'], to: 'recording' },
  /** The connection, the media server or the server was lost. */
  interrupt: { from: ['recording'], to: 'interrupted' },
  /** The student is back. */
  resume: { from: ['interrupted'], to: 'recording' },
  /** The student finished, or the time is over. */
  submit: { from: ['recording', 'interrupted'], to: 'submitted' },
  /** An instructor opened it again: the student goes on from the checks, with `begin`. */
  reopen: { from: ['submitted', 'expired'], to: 'ready' },
  /** It was opened again, and nobody went on. */
  lapse: { from: ['ready'], to: 'submitted' },
  /** The exam closed, or the link expired, before a start. */
  expire: { from: ['created', 'checking', 'ready'], to: 'expired' },
  /** The exam was changed after the student had agreed, and the instructor wants them to be asked again. */
  askAgain: { from: ['checking', 'ready'], to: 'created' },
  /** The student declined, or the instructor took the attempt back. */
  withdraw: { from: ['created', 'checking', 'ready', 'recording', 'interrupted'], to: 'withdrawn' },
} as const satisfies Record<string, { from: readonly Progress[]; to: Progress }>;

/** The name of a move. */
export type Transition = keyof typeof transitions;

const ends: ReadonlySet<Progress> = new Set(['submitted', 'expired', 'withdrawn']);

/** Whether it is over; only a person opens it again. */
export const hasEnded = (progress: Progress): boolean => ends.has(progress);

/** Whether the transition may start from here. */
export const isAllowed = (progress: Progress, transition: Transition): boolean =>
  (transitions[transition].from as readonly Progress[]).includes(progress);

/** Whether it was opened again after its end, and the student has not gone on yet. */
export const isOpenAgain = ({ progress, startedAt }: { progress: Progress; startedAt?: Date }): boolean => progress === 'ready' && startedAt !== undefined;

/** Why a transition cannot start from here. */
export function refusal(progress: Progress, transition: Transition): VigilError {
  if (hasEnded(progress)) return new VigilError('attemptEnded');
  if (progress === 'created' && transition !== 'agree') return new VigilError('notAgreed');
  return new VigilError('wrongState');
}
