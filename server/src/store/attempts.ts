/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { AttemptEvent, GapCause, Progress, Source } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { newId, trusted } from './mongoose.js';

/** One student's try at one exam. Only `attempts/` changes `progress`, `session` and `history`. */
export interface AttemptDocument {
  _id: string;
  /** Id of its exam. */
  exam: string;
  /** Id of its course, as the exam's. */
  course: string;
  /** 1 for the first try; a retake is a new attempt with the next number. */
  number: number;
  student: { name: string; email: string };
  linkExpiresAt: Date;
  progress: Progress;
  /** What the student agreed to, word for word. */
  agreement?: { at: Date; noticeVersion: string; notice: string };
  startedAt?: Date;
  /** When the time is over. */
  endsAt?: Date;
  finishedAt?: Date;
  /** The one session that may record; a newer one replaces it. */
  session?: { id: string; node: string; since: Date };
  history: AttemptEvent[];
  createdAt: Date;
}

const event = new Schema<AttemptEvent>(
  {
    atMs: { type: Number, required: true },
    kind: { type: String, enum: AttemptEvent.shape.kind.options, required: true },
    source: { type: String, enum: Source.options },
    cause: { type: String, enum: GapCause.options },
    detail: String,
  },
  { _id: false },
);

const schema = new Schema<AttemptDocument>(
  {
    _id: { type: String, default: newId },
    exam: { type: String, required: true },
    course: { type: String, required: true },
    number: { type: Number, required: true, min: 1 },
    student: { _id: false, name: { type: String, required: true }, email: { type: String, default: '' } },
    linkExpiresAt: { type: Date, required: true },
    progress: { type: String, enum: Progress.options, required: true },
    agreement: {
      type: new Schema({ at: Date, noticeVersion: String, notice: String }, { _id: false }),
    },
    startedAt: Date,
    endsAt: Date,
    finishedAt: Date,
    session: { type: new Schema({ id: String, node: String, since: Date }, { _id: false }) },
    history: { type: [event], required: true },
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ exam: 1 });
schema.index({ progress: 1 });

/** The collection `attempts`. */
export const Attempts = model('Attempt', schema, 'attempts');

/** The attempt with this id. */
export const attemptById = (id: string): Promise<AttemptDocument | null> =>
  Attempts.findById(id).lean<AttemptDocument>().exec();

/** The attempts at some exams, oldest first. */
export const attemptsOf = (exams: readonly string[]): Promise<AttemptDocument[]> =>
  Attempts.find({ exam: trusted({ $in: [...exams] }) })
    .sort({ createdAt: 1, _id: 1 })
    .lean<AttemptDocument[]>()
    .exec();

/**
 * The attempts that are recorded, or were since `endedSince`, by other media processes than these.
 * @returns their ids.
 */
export async function recordedByOthers(nodes: readonly string[], endedSince: Date): Promise<string[]> {
  const found = await Attempts.find(
    {
      'session.node': trusted({ $nin: [...nodes] }),
      $or: [{ progress: trusted({ $in: ['recording', 'interrupted'] as const }) }, { finishedAt: trusted({ $gte: endedSince }) }],
    },
    { _id: 1 },
  )
    .lean<{ _id: string }[]>()
    .exec();
  return found.map(({ _id }) => _id);
}
