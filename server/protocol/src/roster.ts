import { z } from 'zod';
import { Accommodations, ExamRules, Progress } from './attempts.js';
import { ExamTerms } from './exam-setup.js';
import { NewAttemptBody } from './http.js';
import { Id } from './ids.js';
import { OnboardingState } from './onboarding.js';

const reason = z.string('Write the reason.').trim().min(3, 'Write the reason.').max(500, 'A reason has at most 500 characters.');
const optionalReason = z.string().trim().max(500, 'A reason has at most 500 characters.').default('');

/** So many students can be added at once. */
export const mostStudents = 2_000;

/** A student as a list names them. */
export const RosterLine = NewAttemptBody.extend({ extraMinutes: Accommodations.shape.extraMinutes });
export type RosterLine = z.infer<typeof RosterLine>;

/** Students to add to an exam. */
export const RosterBody = z.object({
  students: z.array(RosterLine).min(1, 'There is nobody in the list.').max(mostStudents, `At most ${mostStudents} students can be added at once.`),
  /** Needed where somebody is given extra time. */
  reason: optionalReason,
});

/** How many students were added, and how many were in the list before. */
export const RosterAnswer = z.object({ added: z.number(), already: z.number() });
export type RosterAnswer = z.infer<typeof RosterAnswer>;

/** By what a student is told from others in an exam: the e-mail address; without one, the name. */
export const studentKey = ({ name, email }: { name: string; email: string }): string =>
  email ? `mail ${email.trim().toLowerCase()}` : `name ${name.trim().replace(/\s+/g, ' ').toLowerCase()}`;

const Time = z.number().nullable();

/** A student of an exam, with their last attempt. Times are server wall clock, ms since 1970. */
export const RosterStudent = z.object({
  /** Of the last attempt. */
  attempt: Id,
  student: z.object({ name: z.string(), email: z.string() }),
  /** Of the last attempt; earlier ones count from 1. */
  number: z.number(),
  progress: Progress,
  openedAtMs: Time,
  declinedAtMs: Time,
  startedAtMs: Time,
  finishedAtMs: Time,
  linkExpiresAtMs: z.number(),
  /** What is left of the time of an attempt that has ended, or is open again, ms. */
  leftMs: z.number(),
  /** Null where nothing is asked of this student. */
  onboarding: OnboardingState.nullable(),
  accommodations: Accommodations.optional(),
  /** What the student agreed to; missing: as the exam says. */
  terms: ExamTerms.optional(),
  /** Its recording was deleted. */
  purged: z.boolean(),
});
export type RosterStudent = z.infer<typeof RosterStudent>;

/** Who takes an exam, by name. */
export const Roster = z.object({
  exam: z.object({ title: z.string(), durationMinutes: z.number(), rules: ExamRules }),
  course: z.string(),
  /** How many attempts the exam allows a student; null: any number. */
  attemptsAllowed: z.number().nullable(),
  /** Whether the exam asks for an onboarding. */
  asksOnboarding: z.boolean(),
  students: z.array(RosterStudent),
});
export type Roster = z.infer<typeof Roster>;

/** A student's own link; it opens the exam for whoever has it. */
export const StudentLink = z.object({ attempt: Id, student: z.object({ name: z.string(), email: z.string() }), link: z.string(), expiresAtMs: z.number() });
export type StudentLink = z.infer<typeof StudentLink>;

export const LinkBody = z.object({ reason: optionalReason });

const minutes = 'Give a whole number of minutes from 1 to 1440.';
export const ReopenBody = z.object({
  /** From the moment the student goes on; left out: what was left when the attempt ended. */
  minutes: z.number(minutes).int(minutes).min(1, minutes).max(1_440, minutes).optional(),
  reason,
  /** When the attempt ended, as whoever opens it again has seen it: what happened since is not undone unseen. */
  finishedAtMs: z.number(),
});

export const RetakeBody = z.object({
  reason,
  /** Of the student's last attempt, as whoever asks has seen it: asked twice, it is made once. */
  number: z.number().int().min(1),
});
