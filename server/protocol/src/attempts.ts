import { z } from 'zod';
import type { ExamTerms } from './exam-setup.js';
import { FindingKind } from './findings.js';
import { Id, Source } from './ids.js';
import { OnboardingState } from './onboarding.js';
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

const points = 'Points are from 0 to 100.';
const word = 'A word or site has 2 to 80 characters.';
const seconds = 'How long something must last is a number of seconds from 0 to 3600.';
/** An incident of `kind` counts so many points more when one of the kind `with` happens meanwhile. */
export const Together = z.object({ kind: FindingKind, with: FindingKind, weight: z.number(points).min(0, points).max(100, points) });
export type Together = z.infer<typeof Together>;

/** What an exam asks for. */
export const ExamRules = z.object({
  webcam: z.boolean(),
  microphone: z.boolean(),
  /** `monitor`: the whole screen and nothing less; `any`: also a window or a tab; `off`: not recorded. */
  screen: z.enum(['monitor', 'any', 'off']),
  /** Points of an incident of each kind, where they are not the ordinary ones; 0: shown, but not ranked. They can be changed after the exam. */
  weights: z.partialRecord(FindingKind, z.number().min(0, points).max(100, points)).optional(),
  /** How long an incident of each kind must last to be shown, s, where it is not as ordinary: looking away for longer than this, for example. */
  minimumSeconds: z.partialRecord(FindingKind, z.number(seconds).min(0, seconds).max(3_600, seconds)).optional(),
  /** Kinds that count more when they come together, in place of the ordinary ones. */
  together: z.array(Together).max(50, 'At most 50 pairs can count more together.').optional(),
  /** Kinds that are not looked for. */
  off: z.array(FindingKind).optional(),
  /** Words, names of programs or sites whose sight on the screen is a finding. */
  words: z.array(z.string().trim().min(2, word).max(80, word)).max(200, 'There is room for 200 words and sites.').optional(),
  /**
   * The student is onboarded before the exam, and the face is compared with that. `document`: with an identity document beside the
   * face; `room`: with a look around the room. Nothing of it where this is missing.
   */
  identity: z.object({ document: z.boolean(), room: z.boolean() }).optional(),
  /** The exam's page is to fill the display; leaving that is a finding. */
  fullscreen: z.boolean().optional(),
  /** A violation needs a second instructor, who confirms it. */
  secondReviewer: z.boolean().optional(),
});
export type ExamRules = z.infer<typeof ExamRules>;

const minutes = 'Extra time is a whole number of minutes, at most 1440.';

/** What is made easier for one student. */
export const Accommodations = z.object({
  /** Kinds that are not looked for. */
  off: z.array(FindingKind).max(FindingKind.options.length).default([]),
  /** What is not recorded, although the exam asks for it. */
  without: z.array(Source).max(Source.options.length).default([]),
  /** On top of the exam's time. */
  extraMinutes: z.number().int(minutes).min(0, minutes).max(1_440, minutes).default(0),
});
export type Accommodations = z.infer<typeof Accommodations>;

/** An exam's rules as they hold for one student. Without a camera there is no face to compare. @param terms that the student has agreed to. */
export function rulesFor(exam: ExamRules, accommodations?: Accommodations, terms?: ExamTerms): ExamRules {
  const rules = terms ? { ...exam, webcam: terms.webcam, microphone: terms.microphone, screen: terms.screen } : exam;
  if (!accommodations) return rules;
  const { off, without } = accommodations;
  const { identity, ...own } = rules;
  return {
    ...own,
    webcam: rules.webcam && !without.includes('webcam'),
    microphone: rules.microphone && !without.includes('microphone'),
    screen: without.includes('screen') ? 'off' : rules.screen,
    off: [...new Set([...(rules.off ?? []), ...off])],
    ...(identity && !without.includes('webcam') && { identity }),
  };
}

/**
 * What of the rules decides what is found, in one form: an attempt that was judged by another one is judged again.
 * @param face of the attempt; it counts only where the face is compared: the onboarding's id, or `declined`.
 */
export const judgedBy = (
  { off = [], words = [], minimumSeconds = {}, identity }: Pick<ExamRules, 'off' | 'words' | 'minimumSeconds' | 'identity'>,
  { faceChangedAt, onboarding }: { faceChangedAt?: Date; onboarding?: string } = {},
): string =>
  JSON.stringify({
    off: [...off].sort(),
    words: [...words].sort(),
    minimumSeconds: Object.entries(minimumSeconds).sort(),
    ...(identity && { identity: [faceChangedAt?.getTime() ?? 0, onboarding ?? ''] }),
  });

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
    /** An instructor opened the attempt again after its end; `detail` says for how long, and why. */
    'reopened',
    /** The browser sends less or more of the picture; `detail` says which step, and why. */
    'quality',
    /** The browser's own recording: full, unavailable, or well again. */
    'ring',
    /** What the browser had kept was put into the record; `detail` says how much. */
    'backfilled',
    /** The record was found complete or not. */
    'evidence',
    /** The onboarding, or the look before the exam; `detail` says what came of it. */
    'identity',
    /** The exam was changed after the student had agreed: they are asked again. */
    'asked-again',
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
    /** Things and sites that may be used; missing: nothing is said of that. */
    allowed: z.object({ things: z.array(z.string()), sites: z.array(z.string()) }).optional(),
    /** Without what only the instructor sees. */
    rules: ExamRules.omit({ weights: true, off: true, words: true, minimumSeconds: true, together: true, secondReviewer: true }),
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
  /** Null where the exam asks for none. */
  onboarding: OnboardingState.nullable(),
  agreedAtMs: z.number().nullable(),
  /** The student had agreed, but to what the exam was before. */
  askedAgain: z.boolean(),
  startedAtMs: z.number().nullable(),
  /** When the time is over; null before the start. */
  endsAtMs: z.number().nullable(),
  finishedAtMs: z.number().nullable(),
  /** The attempt was opened again: so much of its time is left from the moment the student goes on, ms. Null: it was not, or they have gone on. */
  openAgainMs: z.number().nullable(),
  /** The student has been given another attempt after this one. */
  retaken: z.boolean(),
  /** Until when the server takes what the browser kept; null before the end. */
  sendUntilMs: z.number().nullable(),
  /** Nothing is missing in the record. */
  complete: z.boolean(),
  nowMs: z.number(),
});
export type StudentAttempt = z.infer<typeof StudentAttempt>;
