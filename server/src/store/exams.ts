/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { Allowed, ExamRules } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { newId, trusted } from './mongoose.js';

/** An exam of a course. */
export interface ExamDocument {
  _id: string;
  /** Id of its course. */
  course: string;
  title: string;
  instructions: string;
  /** Where the exam itself is taken; may be empty. */
  address: string;
  /** Shown inside Vigil's page instead of in a new tab. */
  embed: boolean;
  durationMinutes: number;
  /** After an attempt's end: when something is still missing then, the instructor sees it as incomplete. */
  graceMinutes: number;
  opensAt?: Date;
  closesAt?: Date;
  rules: ExamRules;
  /** Days after an attempt's end for which its recording is kept. */
  retentionDays: number;
  /** For each student; missing: as many as links are made. */
  attemptsAllowed?: number;
  /** What students may use; missing: nothing is said of that. */
  allowed?: Allowed;
  /** Counts the changes; missing: 0. */
  version?: number;
  createdAt: Date;
}

/** What a change sets. */
export type ExamChange = Pick<
  ExamDocument,
  'title' | 'instructions' | 'address' | 'embed' | 'durationMinutes' | 'graceMinutes' | 'opensAt' | 'closesAt' | 'attemptsAllowed' | 'allowed' | 'rules'
>;

const schema = new Schema<ExamDocument>(
  {
    _id: { type: String, default: newId },
    course: { type: String, required: true },
    title: { type: String, required: true },
    instructions: { type: String, default: '' },
    address: { type: String, default: '' },
    embed: { type: Boolean, default: false },
    durationMinutes: { type: Number, required: true, min: 1 },
    graceMinutes: { type: Number, required: true, min: 0, default: 10 },
    opensAt: Date,
    closesAt: Date,
    rules: {
      _id: false,
      webcam: { type: Boolean, required: true },
      microphone: { type: Boolean, required: true },
      screen: { type: String, enum: ['monitor', 'any', 'off'], required: true },
      weights: { type: Schema.Types.Mixed, default: undefined },
      minimumSeconds: { type: Schema.Types.Mixed, default: undefined },
      together: { type: [{ _id: false, kind: String, with: String, weight: Number }], default: undefined },
      off: { type: [String], default: undefined },
      words: { type: [String], default: undefined },
      identity: { type: { _id: false, document: Boolean, room: Boolean }, default: undefined },
      fullscreen: Boolean,
      secondReviewer: Boolean,
    },
    retentionDays: { type: Number, required: true, min: 1 },
    attemptsAllowed: Number,
    allowed: { type: { _id: false, things: [String], sites: [String] }, default: undefined },
    version: Number,
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ course: 1 });

/** The collection `exams`. */
export const Exams = model('Exam', schema, 'exams');

/** The exam with this id. */
export const examById = (id: string): Promise<ExamDocument | null> => Exams.findById(id).lean<ExamDocument>().exec();

/** The exams of some courses, oldest first. */
export const examsOf = (courses: readonly string[]): Promise<ExamDocument[]> =>
  Exams.find({ course: trusted({ $in: [...courses] }) })
    .sort({ createdAt: 1 })
    .lean<ExamDocument[]>()
    .exec();

/** What may be without a value. */
const optional = ['opensAt', 'closesAt', 'attemptsAllowed', 'allowed'] as const satisfies readonly (keyof ExamChange)[];

/** Changes an exam in one write. @returns false: it is gone, or `was` is not its version any more. */
export async function changeExam(id: string, change: ExamChange, was: number): Promise<boolean> {
  const gone = optional.filter((field) => change[field] === undefined);
  const { matchedCount } = await Exams.updateOne(
    { _id: id, ...versionIs(was) },
    { $set: { ...change, version: was + 1 }, ...(gone.length && { $unset: Object.fromEntries(gone.map((field) => [field, 1])) }) },
  ).exec();
  return matchedCount > 0;
}

/** Deletes an exam. @returns false as `changeExam`. */
export const deleteExam = async (id: string, was: number): Promise<boolean> => (await Exams.deleteOne({ _id: id, ...versionIs(was) }).exec()).deletedCount > 0;

const versionIs = (version: number) => ({ version: version === 0 ? trusted({ $exists: false }) : version });
