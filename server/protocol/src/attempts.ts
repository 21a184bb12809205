import { z } from 'zod';
import { FindingKind } from './findings.js';
import { Id, Source } from './ids.js';
import { GapCause } from './segments.js';

/** The progress axis of an attempt (DESIGN 7). */
export const Progress = z.enum([
  'created',
  'checking',
  'ready',
  'recording',
  'interrupted',
  'submitted',
  'expired',
  'withdrawn',
]);
export type Progress = z.infer<typeof Progress>;

/**
 * The evidence axis of an attempt (DESIGN 7): what is known of the whole record.
 * `partial`: the attempt is over and something that was asked for is missing; it may still come while uploads are accepted.
 */
export const Evidence = z.enum(['receiving', 'partial', 'complete', 'held', 'purged']);
export type Evidence = z.infer<typeof Evidence>;

/** What an exam asks for. */
export const ExamRules = z.object({
  webcam: z.boolean(),
  microphone: z.boolean(),
  /** `monitor`: the whole screen and nothing less; `any`: also a window or a tab; `off`: not recorded. */
  screen: z.enum(['monitor', 'any', 'off']),
  /** Points of an incident of each kind, where they are not the ordinary ones; 0: shown, but not ranked. They can be changed after the exam. */
  weights: z.partialRecord(FindingKind, z.number().min(0).max(100)).optional(),
});
export type ExamRules = z.infer<typeof ExamRules>;

/** Which sources an exam records, in the order in which a student sees them. */
export function sourcesOf(rules: ExamRules): Source[] {
  return Source.options.filter((source) =>
    source === 'screen' ? rules.screen !== 'off' : rules[source],
  );
}

/** One line of an attempt's history. */
export const AttemptEvent = z.object({
  /** Server wall clock, ms since 1970. */
  atMs: z.number(),
  kind: z.enum([
    'created',
    'opened',
    'agreed',
    'declined',
    'checked',
    'started',
    'interrupted',
    'resumed',
    'taken-over',
    'source-on',
    'source-off',
    'disk-full',
    'disk-ok',
    'submitted',
    'expired',
    /** The browser sends less or more of the picture; `detail` says which step, and why. */
    'quality',
    /** The browser's own recording: full, unavailable, or well again. */
    'ring',
    /** What the browser had kept was put into the record; `detail` says how much. */
    'backfilled',
    /** The record was found complete or not. */
    'evidence',
  ]),
  source: Source.optional(),
  cause: GapCause.optional(),
  detail: z.string().max(500).optional(),
});
export type AttemptEvent = z.infer<typeof AttemptEvent>;

/** What the student's page knows of the attempt. Times are server wall clock, ms since 1970. */
export const StudentAttempt = z.object({
  id: Id,
  student: z.string(),
  course: z.string(),
  exam: z.object({
    title: z.string(),
    instructions: z.string(),
    /** Where the exam itself is taken; empty when it is on paper or told by the instructor. */
    address: z.string(),
    /** Shown inside Vigil's page instead of in a new tab. */
    embed: z.boolean(),
    durationMinutes: z.number(),
    opensAtMs: z.number().nullable(),
    closesAtMs: z.number().nullable(),
    /** Without what only the instructor sees. */
    rules: ExamRules.omit({ weights: true }),
  }),
  notice: z.object({
    /** Of the words below; stored with the agreement. */
    version: z.string(),
    /** Empty where none is configured. */
    institution: z.string(),
    /** Who may see the recording, as a list of roles or names. */
    seenBy: z.array(z.string()),
    retentionDays: z.number(),
    /** So long after the exam, at most, the browser may still send what the server lacks. */
    sendHours: z.number(),
    contact: z.string(),
  }),
  progress: Progress,
  agreedAtMs: z.number().nullable(),
  startedAtMs: z.number().nullable(),
  /** When the time is over; null before the start. */
  endsAtMs: z.number().nullable(),
  finishedAtMs: z.number().nullable(),
  /** Until when the server takes what the browser kept; null before the end. */
  sendUntilMs: z.number().nullable(),
  /** Nothing is missing in the record. */
  complete: z.boolean(),
  nowMs: z.number(),
});
export type StudentAttempt = z.infer<typeof StudentAttempt>;
