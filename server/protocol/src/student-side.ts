import { z } from 'zod';
import { FindingKind } from './findings.js';
import { Id, Source } from './ids.js';
import { Reviewer } from './review.js';
import { GapCause } from './segments.js';

/**
 * The student's side after the exam: what instructors show of the findings, what the student says to it, and what the student asks for.
 *
 * Student (as in `http.ts`; also with a link that has expired, for as long as the recording is kept):
 *
 *     GET  /api/student/own                → OwnAttempt. What is shown in it counts as seen.
 *     GET  /api/student/releases/:release/picture   the frame or waveform of a finding that is shown
 *     POST /api/student/releases/:release/reply     ReplyBody → {}
 *     POST /api/student/requests           RequestBody → {}. The same again changes nothing.
 *     POST /api/student/download           → DownloadAnswer
 *
 * Anyone with the ticket: GET /api/downloads/:ticket → ZIP, as a stream
 *
 * Instructor:
 *
 *     GET    /api/attempts/:attempt/student-side  → StudentSide
 *     POST   /api/attempts/:attempt/releases      ReleaseBody → {}. What is shown already stays so.
 *     DELETE /api/releases/:release               → {}. Only while the student has not seen it.
 *     PUT    /api/attempts/:attempt/replies-read  ReadBody → {}
 *     POST   /api/attempts/:attempt/answers       AnswerBody → {}. To a dispute: takes the hold off.
 */
export const ReleaseId = z.string().regex(/^[0-9a-f]{24}-[a-z-]{1,40}-\d{1,16}-\d{1,16}$/);

/** One version of a reply; the last one holds. Server wall clock, ms since 1970. */
export const Reply = z.object({ atMs: z.number(), text: z.string() });
export type Reply = z.infer<typeof Reply>;

/** More versions of one reply are not kept. */
export const mostVersions = 50;

const write = 'Write something first.';
const long = 'Write at most 2000 characters.';
const Text = z.string(write).trim().min(1, write).max(2_000, long);

export const ReplyBody = z.object({
  text: Text,
  /** How many versions there were when it was written: one from another tab is not overwritten unseen. */
  seen: z.number().int().min(0),
});

/** `dispute`: the recording is kept until a person has answered. `erasure`: that it be deleted; nothing is deleted by asking. */
export const RequestKind = z.enum(['dispute', 'erasure']);
export type RequestKind = z.infer<typeof RequestKind>;

export const RequestBody = z.object({ kind: RequestKind, text: z.string(write).trim().max(2_000, long).default('') })
  .refine(({ kind, text }) => kind !== 'dispute' || text.length > 0, 'Write what is not right.');

/** What a student asked for, and what a person answered. */
export const StudentRequest = z.object({
  id: Id,
  kind: RequestKind,
  atMs: z.number(),
  text: z.string(),
  answer: z.object({ atMs: z.number(), by: Reviewer, text: z.string() }).optional(),
});
export type StudentRequest = z.infer<typeof StudentRequest>;

const answer = 'Write the answer, in at least 3 characters.';
export const AnswerBody = z.object({ request: Id, text: z.string(answer).trim().min(3, answer).max(2_000, long) });

/** Incidents as they are shown. */
export const ReleaseBody = z.object({
  moments: z
    .array(z.object({ kind: FindingKind, startMs: z.number(), endMs: z.number() }))
    .min(1, 'Choose a finding.')
    .max(500, 'At most 500 findings can be shown at once.'),
});

/** Replies up to this time are read. */
export const ReadBody = z.object({ upToMs: z.number().int().min(0).max(8_640_000_000_000_000) });

/** An incident that is shown to the student, as instructors see it. It belongs to the kind and the interval, as a resolution does. */
export const Release = z.object({
  id: z.string(),
  kind: FindingKind,
  startMs: z.number(),
  endMs: z.number(),
  detail: z.string().optional(),
  /** Id of the incident that it is now; null: there is none like it any more. */
  incident: z.string().nullable(),
  by: Reviewer,
  atMs: z.number(),
  /** When the student first got it. */
  seenAtMs: z.number().optional(),
  /** Every version of the student's reply, the oldest first. */
  replies: z.array(Reply),
  /** There is a reply that nobody has marked as read. */
  unread: z.boolean(),
});
export type Release = z.infer<typeof Release>;

export const StudentSide = z.object({
  releases: z.array(Release),
  /** The oldest first. */
  requests: z.array(StudentRequest),
  /** Until when the recording is kept, by what the student agreed to; null before the end. A hold keeps it longer. */
  keptUntilMs: z.number().nullable(),
  /** Whether something can be shown to the student: the attempt is over, and its recording is there. */
  open: z.boolean(),
});
export type StudentSide = z.infer<typeof StudentSide>;

/** What waits for an instructor in an attempt. */
export const FromStudent = z.object({ newReplies: z.number(), dispute: z.boolean(), erasure: z.boolean() });
export type FromStudent = z.infer<typeof FromStudent>;

/** Where the review stands, as a student is told. */
export const Standing = z.enum(['waiting', 'looking', 'cleared', 'decided']);
export type Standing = z.infer<typeof Standing>;

/** What a student sees of the own attempt after the exam. Times are server wall clock, ms since 1970. */
export interface OwnAttempt {
  nowMs: number;
  /** What there is of each source that was asked for; null where nothing was recorded, or it is deleted. */
  recorded: {
    startMs: number;
    endMs: number;
    sources: { source: Source; missing: { startMs: number; endMs: number; cause: GapCause }[] }[];
    /** Until when the browser may still send what is missing; null: nothing more is expected. */
    sendUntilMs: number | null;
  } | null;
  /** All that was recorded is deleted. */
  deleted: boolean;
  keptUntilMs: number | null;
  /** It is kept beyond that, until a person has answered a dispute. */
  held: boolean;
  /** Who may see the recording. */
  seenBy: string[];
  standing: Standing;
  /** When it was decided last; null: it is not. */
  decidedAtMs: number | null;
  /** What instructors show, in order of time. */
  releases: {
    id: string;
    kind: FindingKind;
    startMs: number;
    endMs: number;
    detail?: string;
    /** There is a picture of it. */
    picture: boolean;
    replies: Reply[];
    /** The reply can be written, or changed. */
    open: boolean;
  }[];
  /** By whom they were answered is left out. */
  requests: { id: string; kind: RequestKind; atMs: number; text: string; answer?: { atMs: number; text: string } }[];
}

/** Where the file is, for a minute. The address needs no other key, so that the browser saves it by itself. */
export interface DownloadAnswer {
  url: string;
}
