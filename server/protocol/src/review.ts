import { z } from 'zod';
import { FindingKind } from './findings.js';
import { Id } from './ids.js';

/** What a person says of an incident: there is a harmless reason, the software was wrong, or it is what it looks like. */
export const Verdict = z.enum(['explained', 'false', 'real']);
export type Verdict = z.infer<typeof Verdict>;

/** Who did something, with the name as it was then. */
export const Reviewer = z.object({ id: Id, name: z.string() });
export type Reviewer = z.infer<typeof Reviewer>;

/**
 * What a person said of an incident. It belongs to the attempt, the kind and the interval, since ids of findings change when an
 * attempt is judged again. Times are server wall clock, ms since 1970.
 */
export const Resolution = z.object({
  id: z.string(),
  kind: FindingKind,
  /** Of the incident, when it was marked. */
  startMs: z.number(),
  endMs: z.number(),
  verdict: Verdict,
  reason: z.string().optional(),
  by: Reviewer,
  atMs: z.number(),
});
export type Resolution = z.infer<typeof Resolution>;

const reasonLength = 'A reason has at most 500 characters.';

/** An incident as it is shown, and what is said of it. */
export const MarkBody = z.object({
  kind: FindingKind,
  startMs: z.number(),
  endMs: z.number(),
  verdict: Verdict,
  reason: z.string().trim().max(500, reasonLength).default(''),
});

/** Which resolution is taken back: the one that was made at this time, and no later one. */
export const TakeBackQuery = z.object({ at: z.coerce.number().int() });

/** The review axis of an attempt (DESIGN 7). Only a person moves it. */
export const ReviewState = z.enum(['none', 'flagged', 'second_review', 'cleared', 'violation']);
export type ReviewState = z.infer<typeof ReviewState>;

/** What a person can do about an attempt; which of them is possible when stands in the table of the server. */
export const ReviewMove = z.enum(['flag', 'unflag', 'clear', 'find', 'propose', 'confirm', 'sendBack', 'reopen']);
export type ReviewMove = z.infer<typeof ReviewMove>;

/** One step of an attempt's review. */
export const Decision = z.object({
  /** Server wall clock, ms since 1970. */
  atMs: z.number(),
  by: Reviewer,
  move: ReviewMove,
  from: ReviewState,
  to: ReviewState,
  reason: z.string().optional(),
});
export type Decision = z.infer<typeof Decision>;

export const DecisionBody = z.object({
  move: ReviewMove,
  reason: z.string('Write the reason.').trim().max(500, reasonLength).default(''),
  /** How many decisions there were when the person looked: one that has come since is not overruled unseen. */
  seen: z.number().int().min(0),
});

/** A person's note on an interval of an attempt; server wall clock, ms since 1970. */
export const ReviewNote = z.object({
  id: Id,
  startMs: z.number(),
  endMs: z.number(),
  text: z.string(),
  by: Reviewer,
  atMs: z.number(),
  editedAtMs: z.number().optional(),
});
export type ReviewNote = z.infer<typeof ReviewNote>;

const Moment = z.number().int().min(0).max(8_640_000_000_000_000);

export const ReviewNoteBody = z
  .object({
    startMs: Moment,
    endMs: Moment,
    text: z.string('Write the note.').trim().min(1, 'Write the note.').max(2_000, 'A note has at most 2000 characters.'),
  })
  .refine(({ startMs, endMs }) => endMs >= startMs, 'A note ends after it begins.');

/** What people said of the findings of one kind by one version of a detector in an exam. */
export const FalseFindings = z.object({
  kind: FindingKind,
  detector: z.string(),
  version: z.string(),
  false: z.number(),
  real: z.number(),
  explained: z.number(),
});
export type FalseFindings = z.infer<typeof FalseFindings>;
