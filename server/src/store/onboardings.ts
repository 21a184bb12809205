/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { FacePose, LookDocument, LookProblem, OnboardingFace, OnboardingState, OnboardingStep, OnboardingSummary } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { newId, trusted } from './mongoose.js';

/** What came of a step. */
export interface StepDocument {
  state: 'open' | 'passed' | 'with-person';
  /** Of the last try; missing while nobody has looked yet. */
  problems?: LookProblem[];
  tries: number;
  /** What was shown last: the file `<step>-<look>`. */
  look?: string;
}

/** Who a student is, for an institution or a course; there is none before the student agrees. Pictures are in `<data>/onboardings/<id>`, sealed. */
export interface OnboardingDocument extends OnboardingFace {
  /** Whose it is: the address in lower case, or `attempt:<id>` of a student without one. */
  person: string;
  /** For which courses it holds: `institution`, or one course's id. */
  scope: string;
  /** In which courses it was agreed to: their instructors look at what the machine does not accept. */
  courses: string[];
  student: { name: string; email: string };
  state: OnboardingState;
  /** What the student agreed to, word for word, and what that takes in: one after the other, as exams ask for more. Never empty. */
  agreements: { at: Date; noticeVersion: string; notice: string; document: boolean; room: boolean }[];
  /** In the order in which they are asked for. */
  order: OnboardingStep[];
  steps: Partial<Record<OnboardingStep, StepDocument>>;
  /** How `front` was held. */
  front?: FacePose;
  /** `look`: what was decided on. */
  decisions: (OnboardingSummary['decisions'][number] & { look: string })[];
  /** When all of it is deleted. */
  validUntil: Date;
  createdAt: Date;
}

const decision = new Schema<OnboardingDocument['decisions'][number]>({ atMs: Number, by: String, step: String, accepted: Boolean, reason: String, look: String }, { _id: false });

const schema = new Schema<OnboardingDocument>(
  {
    _id: { type: String, default: newId },
    person: { type: String, required: true },
    scope: { type: String, required: true },
    courses: { type: [String], required: true },
    student: { _id: false, name: { type: String, required: true }, email: { type: String, default: '' } },
    state: { type: String, required: true },
    agreements: { type: [new Schema({ at: Date, noticeVersion: String, notice: String, document: Boolean, room: Boolean }, { _id: false })], required: true },
    order: { type: [String], required: true },
    steps: { type: Schema.Types.Mixed, required: true },
    front: Schema.Types.Mixed,
    baseline: { type: Schema.Types.Mixed, required: true },
    decisions: { type: [decision], default: [] },
    validUntil: { type: Date, required: true },
    createdAt: { type: Date, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ person: 1, scope: 1 }, { unique: true });
schema.index({ courses: 1 });
schema.index({ validUntil: 1 });

/** The collection `onboardings`. */
export const Onboardings = model<OnboardingDocument>('Onboarding', schema, 'onboardings');

const looks = new Schema<LookDocument>(
  {
    _id: { type: String, default: newId },
    onboarding: { type: String, required: true },
    step: { type: String, required: true },
    file: { type: String, required: true },
    student: { type: String, required: true },
    accepted: { type: [String], default: [] },
    front: { type: Schema.Types.Mixed, default: null },
    availableAt: { type: Date, required: true },
    tries: { type: Number, required: true },
    lease: String,
    result: Schema.Types.Mixed,
    error: String,
  },
  { versionKey: false },
);
looks.index({ availableAt: 1 });
looks.index({ onboarding: 1 });

/** The collection `looks`. */
export const Looks = model<LookDocument>('Look', looks, 'looks');

export const onboardingById = (id: string): Promise<OnboardingDocument | null> => Onboardings.findById(id).lean<OnboardingDocument>().exec();

export const onboardingOf = (person: string, scope: string): Promise<OnboardingDocument | null> =>
  Onboardings.findOne({ person, scope }).lean<OnboardingDocument>().exec();

/** Those of several persons, in every scope. */
export const onboardingsOf = (persons: readonly string[]): Promise<OnboardingDocument[]> =>
  Onboardings.find({ person: trusted({ $in: [...persons] }) }).lean<OnboardingDocument[]>().exec();

/** Those made in a course, newest first. */
export const onboardingsIn = (course: string): Promise<OnboardingDocument[]> =>
  Onboardings.find({ courses: course }).sort({ createdAt: -1 }).lean<OnboardingDocument[]>().exec();

/** Those whose time is over. */
export const overdueOnboardings = (now: Date): Promise<Pick<OnboardingDocument, '_id'>[]> =>
  Onboardings.find({ validUntil: trusted({ $lte: now }) }, { _id: 1 }).lean<Pick<OnboardingDocument, '_id'>[]>().exec();
