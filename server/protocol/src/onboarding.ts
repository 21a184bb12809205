import { z } from 'zod';
import { Id } from './ids.js';

/**
 * Onboarding: who a student is, found out once for an institution or a course (`VIGIL_ONBOARDING_SCOPE`) and valid for
 * `VIGIL_ONBOARDING_DAYS`. Asked for by exams with `rules.identity`, never without the student's agreement, never a lock-out: what a
 * program does not accept a person looks at, and the exam goes on meanwhile.
 *
 * Student (`Authorization: Bearer <token of the link>`, after the agreement to the recording):
 *
 *     GET  /api/student/onboarding               → OnboardingView; notFound where the exam asks for none
 *     POST /api/student/onboarding               OnboardingAgreement → OnboardingView
 *     PUT  /api/student/onboarding/:step         → LookAnswer. The body is a JPEG of at most `lookBytes`; of `room` a WebM of at most
 *                                                `roomBytes`. Only the first step that is `open` is taken, else wrongState; one at a
 *                                                time, else tooMany. With `?keep=glasses` glasses are no problem.
 *     POST /api/student/onboarding/:step/person  → OnboardingView. A person shall look at what was last sent for this step.
 *     POST /api/student/look                     → FreshLook. A JPEG, before the exam: is it the face of the onboarding?
 *
 * Instructor of the course in which it was made:
 *
 *     GET  /api/courses/:course/onboardings              → OnboardingSummary[], those that wait for a person first
 *     GET  /api/onboardings/:onboarding/:look            what the student showed: JPEG, or WebM of the room
 *     POST /api/onboardings/:onboarding/decision         OnboardingDecision → OnboardingSummary
 */
export const lookBytes = 1_000_000;
export const roomBytes = 16_000_000;

/**
 * What the student is asked to show. `front`, `left` (the student's own), `right` and `closer` show the face from several sides; their
 * order after `front` is drawn by lot each time, so that no film made before fits. `document`: an identity document beside the face.
 * `room`: a look around the room, some 20 s of video.
 */
export const OnboardingStep = z.enum(['front', 'left', 'right', 'closer', 'document', 'room']);
export type OnboardingStep = z.infer<typeof OnboardingStep>;

/** Why a look is not good enough. */
export const LookProblem = z.enum([
  'unreadable',
  'too-dark',
  'too-blurred',
  'no-face',
  'several-faces',
  'face-small',
  'face-cut-off',
  /** `front`, `closer`, `document`: look into the camera. */
  'turned-away',
  /** `left`, `right`: turn a little more. */
  'not-turned',
  'turned-too-far',
  'wrong-way',
  /** `closer`: the face is not larger than before. */
  'not-closer',
  'glasses',
  /** Not the face that `front` shows. */
  'other-face',
  /** No words can be read. */
  'no-document',
  'name-differs',
]);
export type LookProblem = z.infer<typeof LookProblem>;

export const OnboardingState = z.enum([
  /** The student has not agreed yet, or not shown everything. */
  'open',
  /** All is shown; a person has still to look at something. The exam can be taken. */
  'with-person',
  'passed',
  /** A person did not accept something: those steps are open again. */
  'refused',
  /** The student did not agree: nothing is compared. */
  'declined',
]);
export type OnboardingState = z.infer<typeof OnboardingState>;

const Time = z.number().nullable();

export const StepView = z.object({
  step: OnboardingStep,
  state: z.enum(['open', 'passed', 'with-person']),
  /** Of the last try; empty before one, and when it passed. */
  problems: z.array(LookProblem),
  tries: z.number(),
});
export type StepView = z.infer<typeof StepView>;

export const OnboardingView = z.object({
  state: OnboardingState,
  /** In the order in which they are asked for. */
  steps: z.array(StepView),
  /** What is agreed to. */
  notice: z.object({ version: z.string(), institution: z.string(), days: z.number(), document: z.boolean(), room: z.boolean(), contact: z.string() }),
  agreedAtMs: Time,
  validUntilMs: Time,
  /** What the person wrote who did not accept something; empty otherwise. */
  remark: z.string(),
});
export type OnboardingView = z.infer<typeof OnboardingView>;

export const OnboardingAgreement = z.object({ noticeVersion: z.string().min(1).max(100), agreed: z.boolean() });

export interface LookAnswer {
  passed: boolean;
  problems: LookProblem[];
  onboarding: OnboardingView;
}

/**
 * A look before the exam against the onboarding: `like`, `unlike` (a finding, no lock-out), `unclear` for the problems named, or
 * `unknown`: there is nothing to compare with, as while a person has not accepted the face.
 */
export interface FreshLook {
  outcome: 'like' | 'unlike' | 'unclear' | 'unknown';
  problems: LookProblem[];
}

export const OnboardingSummary = z.object({
  id: Id,
  student: z.object({ name: z.string(), email: z.string() }),
  state: OnboardingState,
  steps: z.array(StepView.extend({ /** Names what was shown last; null: nothing was. */ look: Id.nullable() })),
  agreedAtMs: Time,
  validUntilMs: Time,
  /** Newest last. */
  decisions: z.array(z.object({ atMs: z.number(), by: z.string(), step: OnboardingStep, accepted: z.boolean(), reason: z.string() })),
});
export type OnboardingSummary = z.infer<typeof OnboardingSummary>;

export const OnboardingDecision = z.object({
  step: OnboardingStep,
  /** What was looked at: what the student showed meanwhile is not decided on unseen. */
  look: Id,
  accepted: z.boolean(),
  /** The student reads it where it is not accepted. */
  reason: z.string().trim().min(3, 'Write a reason, in a few words.').max(500, 'A reason has at most 500 characters.'),
});
export type OnboardingDecision = z.infer<typeof OnboardingDecision>;

/** How a face was held, and how large it was, as a part of the picture's width. */
export const FacePose = z.object({ yaw: z.number(), width: z.number() });
export type FacePose = z.infer<typeof FacePose>;

/** What the worker sees in a look. */
export interface LookResult {
  problems: LookProblem[];
  pose?: FacePose;
  /** What the face looks like (128 numbers), sealed under `<step>.descriptor`, base64; missing where it cannot be told. */
  descriptor?: string;
  /** From the onboarding's face, for `fresh`. */
  distance?: number;
  /** Whether that is as near as one person's are in an exam. */
  alike?: boolean;
}

/**
 * A document of the collection `looks`: something that a student shows and waits for an answer to. The server makes and deletes it,
 * a recorder worker answers. What is shown is in `<data>/onboardings/<onboarding>/<file>`, sealed under `<file>`.
 */
export interface LookDocument {
  _id: string;
  onboarding: string;
  step: OnboardingStep | 'fresh';
  file: string;
  /** The student's name, to be found on the document. */
  student: string;
  /** Problems that are none, as the student or a person said. */
  accepted: LookProblem[];
  /** How `front` was held, once it is there. */
  front: FacePose | null;
  availableAt: Date;
  /** How often it was taken. */
  tries: number;
  lease?: string;
  result?: LookResult;
  /** It failed for good; a sentence for the operator. */
  error?: string;
}

/** What the recorder worker reads of a document of the collection `onboardings`. */
export interface OnboardingFace {
  _id: string;
  /** By step: see `LookResult.descriptor`. */
  baseline: Partial<Record<OnboardingStep, string>>;
}

/** The owner of an onboarding's key, see the collection `keys`. */
export const onboardingKey = (id: string): string => `onboarding/${id}`;
export const descriptorName = (step: OnboardingStep | 'fresh'): string => `${step}.descriptor`;
