import { z } from 'zod';
import { Accommodations, Evidence, ExamRules, Progress, StudentAttempt } from './attempts.js';
import { BrowserEvent, mostEvents } from './browser-events.js';
import { ExamTerms } from './exam-setup.js';
import { DetectorStamp, FindingKind } from './findings.js';
import { Id, SegmentId, Source, Track } from './ids.js';
import { Rank } from './incidents.js';
import { Decision, Resolution, ReviewMove, ReviewNote, ReviewState } from './review.js';
import { AnalysisProgress, Reviewed } from './overview.js';
import { Gap } from './segments.js';
import { FromStudent } from './student-side.js';

/**
 * The HTTP contract. A failure is `ErrorBody` with the status of its reason.
 *
 * Student (header `Authorization: Bearer <token of the link>`; the link is `<public URL>/take#<token>`):
 *
 *     GET  /api/student/attempt            → StudentAttempt
 *     POST /api/student/agreement          AgreementBody → StudentAttempt
 *     POST /api/student/session            → SessionAnswer
 *     POST /api/student/note               NoteBody → {}. A line of the browser's own recording for the attempt's history.
 *     POST /api/student/events             EventsBody → {}. What the page noticed of its browser; the same again changes nothing.
 *     GET  /api/student/coverage           → CoverageAnswer
 *     POST /api/student/backfill           tus 1.0.0 with creation (tus.io); metadata `piece` is the piece's name, the body the
 *     HEAD, PATCH /api/student/backfill/:id    piece as sealed. The last PATCH (or the POST with all of it) answers when the piece is
 *                                              in the record, with the header `Vigil-Piece`: `PieceOutcome`. The same piece again changes nothing.
 *     POST /api/student/sent               → CoverageAnswer. The browser has nothing left that the server wants.
 *     POST /api/student/practice           → Practice, to be recorded. One that was before is deleted.
 *     GET  /api/student/practice           → Practice, with what is recorded of it. Asked now and then, it is kept; see `deleteAtMs`.
 *     DELETE /api/student/practice         → {}. All of it is gone.
 *     POST /api/student/practice/session   → SessionAnswer
 *     GET  /api/student/practice/segments/:segment   the WebM file; Range
 *
 * Instructor (cookie `vigil-session`; state-changing requests need this site's Origin):
 *
 *     POST   /api/session                  SignInBody → Account
 *     DELETE /api/session
 *     GET    /api/session                  → Account
 *     GET    /api/courses                  → CourseSummary[] (own courses, each with its exams)
 *     GET    /api/exams/:exam              → ExamDetail (with its attempts)
 *     POST   /api/exams/:exam/attempts     NewAttemptBody → NewAttemptAnswer
 *     GET    /api/exams/:exam/roster       → Roster: its students, each with their last attempt
 *     POST   /api/exams/:exam/roster       RosterBody → RosterAnswer. Who is in the list already stays as they are; the same again changes nothing.
 *     GET    /api/exams/:exam/links        → StudentLink[]: of each student's last attempt
 *     GET    /api/attempts/:attempt/link   → StudentLink
 *     POST   /api/attempts/:attempt/link   LinkBody → StudentLink. A new link in the place of the one before, which ends.
 *     DELETE /api/attempts/:attempt        → {}. Only one whose link was never opened.
 *     POST   /api/attempts/:attempt/reopening  ReopenBody → {}. An attempt that has ended goes on, in the time that was left or is given.
 *     POST   /api/attempts/:attempt/retake     RetakeBody → NewAttemptAnswer. The student's next attempt.
 *     GET    /api/courses/:course/setup    → SetupContext: what a new exam's page needs
 *     POST   /api/courses/:course/exams    NewExamBody → NewExamAnswer. The same id again changes nothing.
 *     GET    /api/exams/:exam/setup        → ExamSetup
 *     PUT    /api/exams/:exam              ChangeExamBody → ExamSetup. Who has agreed to other terms keeps them, or is asked again; who has started keeps them.
 *     DELETE /api/exams/:exam?was=…        DeleteExamQuery → {}. Only one without attempts.
 *     GET    /api/exams/:exam/words?q=…    WordsQuery → ExamWords. Words that were read on the screens.
 *     PUT    /api/exams/:exam/reviewed     ReviewedBody → {}. Marks that somebody has looked at these attempts, or takes the mark away.
 *     GET    /api/exams/:exam/views        → SavedView[]: the user's own for this exam, by name
 *     PUT    /api/exams/:exam/views        ViewBody → SavedView[]. Takes the place of the one with this name.
 *     DELETE /api/exams/:exam/views/:view  → SavedView[]. One that is gone already changes nothing.
 *     GET    /api/attempts/:attempt        → AttemptTimeline
 *     GET    /api/attempts/:attempt/words?q=…  WordsQuery → AttemptWords
 *     PUT    /api/attempts/:attempt/accommodations   AccommodationsBody → {}. Takes the place of what held before; nothing in it: nothing is made easier.
 *     GET    /api/attempts/:attempt/audit  → AuditEntry[], the oldest first
 *     POST   /api/attempts/:attempt/resolutions  MarkBody → Resolution. What a person says of an incident.
 *     DELETE /api/resolutions/:resolution?at=…   TakeBackQuery → {}
 *     POST   /api/attempts/:attempt/decisions    DecisionBody → Decision
 *     POST   /api/attempts/:attempt/notes  ReviewNoteBody → ReviewNote
 *     PUT    /api/notes/:note              ReviewNoteBody → ReviewNote. One's own.
 *     DELETE /api/notes/:note              → {}. One's own.
 *     GET    /api/exams/:exam/false-findings  → FalseFindings[]: what was said of findings, by kind and version of the detector
 *     POST   /api/attempts/:attempt/exports  ExportBody → 201 {}. A clip is about to be made in the browser: it is in the audit log before.
 *     GET    /api/courses/:course/audit    → AuditEntry[]: who looked at and decided on its onboardings
 *     GET    /api/attempts/:attempt/strips → AttemptStrips: what its segments look and sound like at a glance
 *     GET    /api/segments/:segment        the WebM file; Range
 *     GET    /api/segments/:segment/strip  its thumbnails, one JPEG
 *     GET    /api/findings/:finding/evidence   the frame or waveform
 *
 * After the exam, for student and instructor: see `student-side.ts`.
 *
 * Anyone: GET /api/health → Health, GET /api/contact → Contact
 */
export const AgreementBody = z.object({ noticeVersion: z.string().min(1).max(100), agreed: z.boolean() });

/** It comes over HTTP, because much of it comes after the end, when there is no socket any more. At most some an hour are kept. */
export const NoteBody = z.object({ detail: z.string().min(1).max(200) });

/** Taken from the start of the attempt until the time in which recordings can be sent is over; at most some thousands an attempt. */
export const EventsBody = z.object({ events: z.array(BrowserEvent).min(1).max(mostEvents) });

export const SessionAnswer = z.object({
  /** Origin of the media process; empty means the page's own. */
  mediaUrl: z.string(),
  /** For the socket's `auth`; good for one session of this attempt. */
  mediaToken: z.string(),
});
export type SessionAnswer = z.infer<typeof SessionAnswer>;

/**
 * What the record of an attempt lacks, by track and source, as far as it is known: only before `settledToMs` is what is missing really
 * missing, after it segments are still being written. Times are server wall clock, ms since 1970.
 */
export interface CoverageAnswer {
  nowMs: number;
  /** Whether pieces are taken: from the start of the attempt until `sendUntilMs` of the attempt. */
  open: boolean;
  tracks: { track: Track; settledToMs: number; missing: { source: Source; startMs: number; endMs: number }[] }[];
}

/** What became of a piece: part of the record, not needed (all that it could give is there), or without anything that can be shown of what is missing. */
export const PieceOutcome = z.enum(['stored', 'covered', 'empty']);
export type PieceOutcome = z.infer<typeof PieceOutcome>;

export const SignInBody = z.object({
  email: z.string().trim().min(3, 'Write your e-mail address.').max(254, 'An e-mail address has at most 254 characters.'),
  password: z.string().min(1, 'Write your password.').max(200, 'A password has at most 200 characters.'),
});

export const Account = z.object({ id: Id, name: z.string(), email: z.string(), role: z.enum(['instructor']) });
export type Account = z.infer<typeof Account>;

const Time = z.number().nullable();

export const ExamSummary = z.object({
  id: Id,
  title: z.string(),
  durationMinutes: z.number(),
  opensAtMs: Time,
  closesAtMs: Time,
  attempts: z.number(),
  /** How many are being recorded at this moment. */
  recording: z.number(),
  submitted: z.number(),
});
export const CourseSummary = z.object({ id: Id, name: z.string(), code: z.string(), exams: z.array(ExamSummary) });
export type CourseSummary = z.infer<typeof CourseSummary>;

export const AttemptSummary = z.object({
  id: Id,
  student: z.object({ name: z.string(), email: z.string() }),
  progress: Progress,
  evidence: Evidence,
  review: ReviewState,
  /** When the student first opened the link. */
  openedAtMs: Time,
  /** When the student last declined; it holds while the progress is `created`. */
  declinedAtMs: Time,
  startedAtMs: Time,
  finishedAtMs: Time,
  /** For how long the attempt was over before it was opened again, in all, ms; missing: it was not. */
  pausedMs: z.number().optional(),
  /**
   * Of the recorder workers: `pending` while nothing is analysed, `running` until the last segment is, `up-to-date` when all so far
   * are and more will come, `failed` if one is dead.
   */
  analysis: AnalysisProgress,
  /** How much there is to look at, and why. */
  rank: Rank,
  /** Its points are far above those of the exam's other attempts. */
  outlier: z.boolean(),
  /** Seconds in which any asked-for source is not in the record: never more than the attempt's length. */
  missingSeconds: z.number(),
  /** The same by source; one that misses nothing is left out. */
  missingBySource: z.partialRecord(Source, z.number()),
  /** Of an attempt that is being recorded: what is missing at this moment. */
  missingNow: z.array(Source),
  /** It is not counted yet: what its segments and findings would say stands here as nothing. */
  counting: z.literal(true).optional(),
  accommodations: Accommodations.optional(),
  /** What the student agreed to, where the exam asks for something else by now. */
  terms: ExamTerms.optional(),
  reviewed: Reviewed.optional(),
  /** Missing: nothing waits. */
  fromStudent: FromStudent.optional(),
});
export type AttemptSummary = z.infer<typeof AttemptSummary>;

export const ExamDetail = z.object({
  id: Id,
  title: z.string(),
  course: z.object({ id: Id, name: z.string(), code: z.string() }),
  durationMinutes: z.number(),
  opensAtMs: Time,
  closesAtMs: Time,
  rules: ExamRules,
  /** The server's clock, against which the length of a running attempt is told. */
  nowMs: z.number(),
  /** Above how many points an attempt is far from the class; null where there are too few to say. */
  outlierPoints: z.number().nullable(),
  /** Some of it is just being counted: ask again in a moment. */
  more: z.boolean(),
  attempts: z.array(AttemptSummary),
});
export type ExamDetail = z.infer<typeof ExamDetail>;

const notAnAddress = 'This is not an e-mail address. Correct it, or leave the field empty.';

export const NewAttemptBody = z.object({
  name: z.string('Write the student’s name.').trim().min(1, 'Write the student’s name.').max(200, 'A name has at most 200 characters.'),
  email: z
    .union([z.literal(''), z.email(notAnAddress).max(254, notAnAddress)], notAnAddress)
    .default(''),
});
export const NewAttemptAnswer = z.object({ attempt: Id, link: z.string(), expiresAtMs: z.number() });
export type NewAttemptAnswer = z.infer<typeof NewAttemptAnswer>;

export const AccommodationsBody = z.object({
  accommodations: Accommodations,
  reason: z.string('Write the reason.').trim().min(3, 'Write the reason.').max(500, 'A reason has at most 500 characters.'),
});

/** A clip of an attempt, ms from the attempt's start. */
export const ExportBody = z
  .object({
    fromMs: z.number().int().min(0).max(7 * 86_400_000),
    toMs: z.number().int().min(0).max(7 * 86_400_000),
    reason: z.string().trim().max(500, 'A reason has at most 500 characters.').default(''),
  })
  .refine(({ fromMs, toMs }) => fromMs < toMs, 'A clip ends after it begins.');

/** One entry of the audit log: who did what, when and why. */
export const AuditEntry = z.object({
  /** 1 for the first of all, without holes. */
  sequence: z.number(),
  /** Server wall clock, ms since 1970. */
  atMs: z.number(),
  actor: z.object({ kind: z.enum(['instructor', 'student']), id: Id, name: z.string() }),
  action: z.enum(['accommodations', 'rules', 'exam-made', 'exam', 'exam-deleted', 'export', 'onboarding-viewed', 'onboarding-decided', 'resolution', 'review', 'reviewed', 'release', 'student-request', 'student-answered', 'student-download', 'students-added', 'student-removed', 'link-renewed', 'reopened', 'retake']),
  attempt: Id.optional(),
  exam: Id.optional(),
  /** Of an onboarding: those in which it was agreed to. */
  courses: z.array(Id).optional(),
  reason: z.string().optional(),
  /** What it was `before` and `after`; of an export, `fromMs` and `toMs` from the attempt's start. */
  detail: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/**
 * A segment as the review page needs it, or the part of one that is to be shown: where a later piece fills a hole inside a
 * segment, that segment comes twice, with the part before and the part after the hole.
 */
export const TimelineSegment = z.object({
  id: SegmentId,
  epoch: z.number(),
  /** Where the part begins and how long it lasts. */
  startMs: z.number(),
  durationMs: z.number(),
  /** The file's time zero. */
  zeroMs: z.number(),
  /** From the browser's own recording, sent later. */
  backfill: z.boolean(),
  bytes: z.number(),
  mimeType: z.string(),
  width: z.number().optional(),
  height: z.number().optional(),
  analysis: z.enum(['pending', 'leased', 'done', 'dead']),
});
export type TimelineSegment = z.infer<typeof TimelineSegment>;

export const TimelineIncident = z.object({
  id: z.string(),
  kind: FindingKind,
  track: Track,
  startMs: z.number(),
  endMs: z.number(),
  confidence: z.number(),
  detail: z.string().max(200).optional(),
  findings: z.array(z.string()),
  detector: DetectorStamp,
  evidence: z.enum(['frame', 'waveform']),
  /** What a person said of it. */
  resolution: Resolution.optional(),
});
export type TimelineIncident = z.infer<typeof TimelineIncident>;

export const AttemptTimeline = z.object({
  id: Id,
  student: z.object({ name: z.string(), email: z.string() }),
  /** With the rules as they hold for this student. */
  exam: z.object({ id: Id, title: z.string(), rules: ExamRules }),
  accommodations: Accommodations.optional(),
  progress: Progress,
  evidence: Evidence,
  /** Until when the student's browser may send what it kept; null before the end, and when it has said that nothing is left. */
  sendUntilMs: Time,
  analysis: AttemptSummary.shape.analysis,
  /** The recorded window: from `begin` to the end, or to now while it lasts. */
  startMs: z.number(),
  endMs: z.number(),
  tracks: z.array(
    z.object({
      track: Track,
      segments: z.array(TimelineSegment),
      gaps: z.array(Gap),
    }),
  ),
  incidents: z.array(TimelineIncident),
  /** What was said of incidents that are not there any more, or are very different now. It does not count. */
  lostResolutions: z.array(Resolution),
  review: ReviewState,
  /** In order of time. */
  decisions: z.array(Decision),
  /** What the reader may do now. */
  moves: z.array(ReviewMove),
  notes: z.array(ReviewNote),
  rank: Rank,
  history: z.array(
    z.object({ atMs: z.number(), kind: z.string(), source: z.string().optional(), cause: z.string().optional(), detail: z.string().optional() }),
  ),
});
export type AttemptTimeline = z.infer<typeof AttemptTimeline>;

/** A minute that is recorded before the exam in the same way, for its student alone. Times are server wall clock, ms since 1970. */
export const Practice = z.object({
  nowMs: z.number(),
  /** When it is deleted, if the student's page does not ask for it again before; never put off beyond an hour after it was made. */
  deleteAtMs: z.number(),
  /** Empty while it is recorded. */
  tracks: z.array(z.object({ track: Track, segments: z.array(TimelineSegment.omit({ analysis: true })) })),
});
export type Practice = z.infer<typeof Practice>;

/** What a student whose link does not work is told of this server. */
export const Contact = z.object({ contact: z.string() });
export type Contact = z.infer<typeof Contact>;

export const Health = z.object({
  ok: z.boolean(),
  database: z.boolean(),
  mediaProcesses: z.number(),
  queue: z.object({ pending: z.number(), dead: z.number() }),
});
export type Health = z.infer<typeof Health>;

export { StudentAttempt };
