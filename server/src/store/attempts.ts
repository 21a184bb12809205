/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { Accommodations, ClockEstimate, Decision, ExamTerms, FreshLook, StudentRequest } from '@vigil/protocol';
import { AttemptEvent, Evidence, GapCause, Progress, RequestKind, ReviewMove, ReviewState, Source } from '@vigil/protocol';
import { Schema, model, type QueryFilter } from 'mongoose';
import { duplicatesIn, newId, trusted } from './mongoose.js';

/** What a session's browser knew of its own clock at that time; server wall clock, ms since 1970. */
export interface SessionClock extends ClockEstimate {
  session: string;
  atMs: number;
}

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
  /** Of the link: only one with this number opens the attempt. It goes up when the link is made anew; missing: none was, and its token has none. */
  linkVersion?: number;
  progress: Progress;
  /** `attempts/judge-evidence.ts` changes it, and a request puts the hold on, whose answer takes it off (`addRequest`, `answerRequest`). */
  evidence: Evidence;
  /** What holds since the student agreed, before accommodations; missing: as the exam says. */
  terms?: ExamTerms;
  /** What the student agreed to, word for word; what is recorded by it, and for how many days it is kept after the end. */
  agreement?: { at: Date; noticeVersion: string; notice: string; sources?: Source[]; retentionDays?: number };
  /** Id of the onboarding that the face is compared with, where the exam asks for that and the student agreed; `declined` where not. */
  onboarding?: string;
  /** When what is known of the face last changed after it was agreed to, by a person's decision: it is compared anew. */
  faceChangedAt?: Date;
  /** The look before the exam, the last one. */
  freshLook?: { atMs: number; outcome: FreshLook['outcome']; distance?: number };
  /**
   * A practice before the attempt `of`, for its student's eyes alone. Whoever looks for attempts leaves it out (`notPractice`).
   * Everything of it is deleted at `deleteAt`; `practice/` writes it, and nothing of it is in the folder and the index of segments.
   */
  practice?: { of: string; deleteAt: Date };
  /** What is made easier for this student. */
  accommodations?: Accommodations;
  /** When the student first opened the link. */
  openedAt?: Date;
  /** When the student last declined. */
  declinedAt?: Date;
  startedAt?: Date;
  /** When the time is over. */
  endsAt?: Date;
  /** When it was over; of one that was opened again, until the student goes on. */
  finishedAt?: Date;
  /** In which it was over, before it was opened again; ms since 1970, in order of time. */
  pauses?: { startMs: number; endMs: number }[];
  /** When the student's browser last said, after the end, that it has nothing left that is missing. */
  allSentAt?: Date;
  /** The one session that may record; a newer one replaces it. */
  session?: { id: string; node: string; since: Date };
  /** In order of time; the last one of a session is its best. */
  clocks?: SessionClock[];
  /** The name of the student's page that was last let in. */
  page?: string;
  history: AttemptEvent[];
  /** Who said last that they have looked at it. It is no decision. */
  reviewed?: { at: Date; by: { id: string; name: string } };
  /** How often its recordings were put right after a crash; what was worked out from them before does not hold any more. */
  restored?: number;
  /** What persons have decided (DESIGN 7); missing: nothing yet. Only `review/decisions.ts` changes it, with `decisions`. */
  review?: ReviewState;
  /** Every step of the review, in order of time; nothing in it ever goes. */
  decisions?: Decision[];
  /** How often something was said of an incident, or taken back: points that were worked out before do not hold any more. */
  resolved?: number;
  /** What the student asked for after the end, in order of time; nothing in it ever goes. */
  requests?: StudentRequest[];
  createdAt: Date;
}

/** An attempt without what may be long. */
export type AttemptOutline = Omit<AttemptDocument, 'agreement' | 'session' | 'clocks' | 'history' | 'decisions'>;

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
    linkVersion: Number,
    progress: { type: String, enum: Progress.options, required: true },
    evidence: { type: String, enum: Evidence.options, required: true, default: 'receiving' },
    terms: { type: { _id: false, webcam: Boolean, microphone: Boolean, screen: String, durationMinutes: Number, embed: Boolean }, default: undefined },
    agreement: {
      type: new Schema({ at: Date, noticeVersion: String, notice: String, sources: { type: [String], default: undefined }, retentionDays: Number }, { _id: false }),
    },
    onboarding: String,
    faceChangedAt: Date,
    freshLook: { type: { _id: false, atMs: Number, outcome: String, distance: Number }, default: undefined },
    practice: { type: new Schema({ of: String, deleteAt: Date }, { _id: false }) },
    accommodations: { type: { _id: false, off: [String], without: [String], extraMinutes: Number }, default: undefined },
    openedAt: Date,
    declinedAt: Date,
    startedAt: Date,
    endsAt: Date,
    finishedAt: Date,
    pauses: { type: [{ _id: false, startMs: Number, endMs: Number }], default: undefined },
    allSentAt: Date,
    session: {
      type: new Schema({ id: String, node: String, since: Date }, { _id: false }),
    },
    clocks: { type: [{ _id: false, session: String, atMs: Number, offsetMs: Number, errorMs: Number }], default: undefined },
    page: String,
    history: { type: [event], required: true },
    reviewed: { type: { _id: false, at: Date, by: { _id: false, id: String, name: String } }, default: undefined },
    restored: Number,
    review: { type: String, enum: ReviewState.options },
    decisions: {
      type: [
        {
          _id: false,
          atMs: Number,
          by: { _id: false, id: String, name: String },
          move: { type: String, enum: ReviewMove.options },
          from: { type: String, enum: ReviewState.options },
          to: { type: String, enum: ReviewState.options },
          reason: String,
        },
      ],
      default: undefined,
    },
    resolved: Number,
    requests: {
      type: [
        {
          _id: false,
          id: String,
          kind: { type: String, enum: RequestKind.options },
          atMs: Number,
          text: String,
          answer: { type: { _id: false, atMs: Number, by: { _id: false, id: String, name: String }, text: String }, default: undefined },
        },
      ],
      default: undefined,
    },
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
schema.index({ exam: 1, number: 1 });
schema.index({ progress: 1 });
schema.index({ 'practice.of': 1 });
schema.index({ 'practice.deleteAt': 1 });
schema.index({ evidence: 1, progress: 1 });
// What few attempts have is looked for often.
schema.index({ onboarding: 1 }, { sparse: true });
schema.index({ accommodations: 1 }, { sparse: true });
schema.index({ faceChangedAt: 1 }, { sparse: true });

/** The collection `attempts`. */
export const Attempts = model('Attempt', schema, 'attempts');

/** The filter of all attempts that are no practice. */
export const notPractice = (): { practice: { $exists: false } } => ({ practice: trusted({ $exists: false } as const) });

/** The attempt or practice with this id. */
export const attemptById = (id: string): Promise<AttemptDocument | null> =>
  Attempts.findById(id).lean<AttemptDocument>().exec();

/** Filter: these accommodations hold, or none. */
export const withAccommodations = (held: Accommodations | undefined): QueryFilter<AttemptDocument> =>
  held
    ? { 'accommodations.off': held.off, 'accommodations.without': held.without, 'accommodations.extraMinutes': held.extraMinutes }
    : { accommodations: trusted({ $exists: false }) };

/** What holds for a student, as far as a media process has to follow it. */
export type Holding = Pick<AttemptDocument, '_id' | 'progress' | 'accommodations' | 'terms' | 'endsAt'>;

/** What holds for the students of some attempts. */
export const holdingsOf = (attempts: readonly string[]): Promise<Holding[]> =>
  Attempts.find({ _id: trusted({ $in: [...attempts] }) }, { progress: 1, accommodations: 1, terms: 1, endsAt: 1 }).lean<Holding[]>().exec();

/** What is known of each attempt at an exam that says what a change of the exam means to it. */
export type AgreedOutline = Pick<AttemptDocument, '_id' | 'progress' | 'terms' | 'startedAt'>;

/** All attempts at an exam, each with how far it is and what was agreed to. */
export const agreedOf = (exam: string): Promise<AgreedOutline[]> => Attempts.find({ exam, ...notPractice() }, { progress: 1, terms: 1, startedAt: 1 }).lean<AgreedOutline[]>().exec();

/** Keeps for those who have agreed, and of whom it is not known to what, that it was this. To be done before the exam changes. */
export async function keepTerms(exam: string, terms: ExamTerms): Promise<void> {
  await Attempts.updateMany({ exam, agreement: trusted({ $exists: true }), terms: trusted({ $exists: false }), ...notPractice() }, { $set: { terms } }).exec();
}

/** Sets what is made easier, and the end, in one write. @returns false: `was` does not hold any more, or the progress is another. */
export async function setAccommodations(
  attempt: string,
  will: Accommodations | undefined,
  { was, progress, endsAt }: { was: Accommodations | undefined; progress: readonly Progress[]; endsAt?: Date },
): Promise<boolean> {
  const $set = { ...(will && { accommodations: will }), ...(endsAt && { endsAt }) };
  const { matchedCount } = await Attempts.updateOne(
    { _id: attempt, progress: trusted({ $in: [...progress] }), ...withAccommodations(was) },
    { ...(Object.keys($set).length && { $set }), ...(!will && { $unset: { accommodations: 1 } }) },
  ).exec();
  return matchedCount > 0;
}

/** Adds new attempts. @returns the ids of those that were there already. */
export async function addAttempts(attempts: readonly AttemptDocument[]): Promise<Set<string>> {
  try {
    await Attempts.insertMany(attempts, { ordered: false });
    return new Set();
  } catch (error) {
    const there = duplicatesIn(error);
    if (!there) throw error;
    return new Set(there.flatMap((index) => attempts[index]?._id ?? []));
  }
}

/**
 * Makes the links of an attempt that were given out before open nothing any more; who was let in with one before the start has to come again.
 * @returns the attempt; undefined: another was first, or it has moved on.
 */
export async function renewLink({ _id, linkVersion, progress }: Pick<AttemptDocument, '_id' | 'linkVersion' | 'progress'>, linkExpiresAt: Date): Promise<AttemptDocument | undefined> {
  const before = progress === 'checking' || progress === 'ready';
  const renewed = await Attempts.findOneAndUpdate(
    { _id, linkVersion: linkVersion ?? trusted({ $exists: false }), progress },
    { $set: { linkVersion: (linkVersion ?? 0) + 1, linkExpiresAt }, ...(before && { $unset: { session: 1 } }) },
    { returnDocument: 'after' },
  )
    .lean<AttemptDocument>()
    .exec();
  return renewed ?? undefined;
}

/** Removes an attempt that nobody has opened. @returns whether it was one. */
export const removeUnopened = async (attempt: string): Promise<boolean> =>
  (await Attempts.deleteOne({ _id: attempt, progress: 'created', openedAt: trusted({ $exists: false }), ...notPractice() }).exec()).deletedCount > 0;

/** Notes when the student first opened the link; later calls change nothing. */
export async function noteOpened(attempt: string, openedAt: Date): Promise<void> {
  await Attempts.updateOne({ _id: attempt, openedAt: trusted({ $exists: false }) }, { $set: { openedAt } }).exec();
}

/** Notes that the student declined. */
export async function noteDeclined(attempt: string, declinedAt: Date): Promise<void> {
  await Attempts.updateOne({ _id: attempt }, { $set: { declinedAt } }).exec();
}

/** Notes that the student's browser has nothing left to send, if the attempt is still over as it was. */
export async function noteAllSent({ _id, progress, finishedAt }: Pick<AttemptDocument, '_id' | 'progress' | 'finishedAt'>, allSentAt: Date): Promise<void> {
  await Attempts.updateOne({ _id, progress, finishedAt: finishedAt ?? trusted({ $exists: false }) }, { $set: { allSentAt } }).exec();
}

/** The attempts at an exam, oldest first. */
export const outlinesOf = (exam: string): Promise<AttemptOutline[]> =>
  Attempts.find({ exam, ...notPractice() }, { agreement: 0, session: 0, clocks: 0, history: 0, decisions: 0 }).sort({ createdAt: 1, _id: 1 }).lean<AttemptOutline[]>().exec();

/** Of these, the attempts at an exam that are there, each with whether it is marked as reviewed. */
export const reviewedOf = (exam: string, attempts: readonly string[]): Promise<Pick<AttemptDocument, '_id' | 'reviewed'>[]> =>
  Attempts.find({ exam, _id: trusted({ $in: [...attempts] }), ...notPractice() }, { reviewed: 1 })
    .lean<Pick<AttemptDocument, '_id' | 'reviewed'>[]>()
    .exec();

/** Marks attempts as reviewed; undefined: takes the mark away. */
export const setReviewed = async (attempts: readonly string[], reviewed: AttemptDocument['reviewed']): Promise<void> => {
  await Attempts.updateMany({ _id: trusted({ $in: [...attempts] }) }, reviewed ? { $set: { reviewed } } : { $unset: { reviewed: 1 } }).exec();
};

/** The histories of some attempts, by their ids. */
export async function historiesOf(attempts: readonly string[]): Promise<Map<string, AttemptEvent[]>> {
  const found = await Attempts.find({ _id: trusted({ $in: [...attempts] }) }, { history: 1 }).lean<Pick<AttemptDocument, '_id' | 'history'>[]>().exec();
  return new Map(found.map(({ _id, history }) => [_id, history]));
}

/** How many attempts at some exams there are, by exam and progress. */
export const countAttempts = (exams: readonly string[]): Promise<{ exam: string; progress: Progress; count: number }[]> =>
  Attempts.aggregate<{ exam: string; progress: Progress; count: number }>([
    { $match: { exam: { $in: [...exams] }, ...notPractice() } },
    { $group: { _id: { exam: '$exam', progress: '$progress' }, count: { $sum: 1 } } },
    { $project: { _id: 0, exam: '$_id.exam', progress: '$_id.progress', count: 1 } },
  ]).exec();

/** The recordings of an attempt were put right, or something was added after its end: what was worked out from them before does not hold any more. */
export const noteRestored = async (attempt: string): Promise<void> => {
  await Attempts.updateOne({ _id: attempt }, { $inc: { restored: 1 } }).exec();
};

/** Something was said of an incident, or taken back. It is noted after it is done, so that what is worked out anew has it. */
export const noteResolved = async (attempt: string): Promise<void> => {
  await Attempts.updateOne({ _id: attempt }, { $inc: { resolved: 1 } }).exec();
};

/**
 * Adds a decision and sets what it leads to, in one write.
 * @param before how many decisions there are.
 * @returns false: there are more by now, or the review is not where the decision comes from.
 */
export async function addDecision(attempt: string, decision: Decision, before: number): Promise<boolean> {
  const { matchedCount } = await Attempts.updateOne(
    {
      _id: attempt,
      review: decision.from === 'none' ? trusted({ $exists: false }) : decision.from,
      [`decisions.${before}`]: trusted({ $exists: false }),
      ...(before > 0 && { [`decisions.${before - 1}`]: trusted({ $exists: true }) }),
    },
    { $push: { decisions: decision }, ...(decision.to === 'none' ? { $unset: { review: 1 } } : { $set: { review: decision.to } }) },
  ).exec();
  return matchedCount > 0;
}

/**
 * Adds what a student asks for; where that puts the hold on, in the same write.
 * @param before how many requests there are.
 * @param hold the evidence as it is and as it becomes.
 * @returns false: there are more by now, or the evidence is another.
 */
export async function addRequest(attempt: string, request: StudentRequest, before: number, hold?: { from: Evidence; to: Evidence }): Promise<boolean> {
  const { matchedCount } = await Attempts.updateOne(
    {
      _id: attempt,
      [`requests.${before}`]: trusted({ $exists: false }),
      ...(before > 0 && { [`requests.${before - 1}`]: trusted({ $exists: true }) }),
      ...(hold && { evidence: hold.from }),
    },
    { $push: { requests: request }, ...(hold && { $set: { evidence: hold.to } }) },
  ).exec();
  return matchedCount > 0;
}

/**
 * Answers what a student asked for; where that takes the hold off, in the same write.
 * @param place of the request among the attempt's.
 * @returns false: somebody else has answered it, or the evidence is another, or how far the attempt is.
 */
export async function answerRequest(
  { _id, progress }: Pick<AttemptDocument, '_id' | 'progress'>,
  place: number,
  answer: NonNullable<StudentRequest['answer']>,
  release?: { from: Evidence; to: Evidence },
): Promise<boolean> {
  const { matchedCount } = await Attempts.updateOne(
    { _id, [`requests.${place}.answer`]: trusted({ $exists: false }), ...(release && { evidence: release.from, progress }) },
    { $set: { [`requests.${place}.answer`]: answer, ...(release && { evidence: release.to }) } },
  ).exec();
  return matchedCount > 0;
}

/**
 * The attempts that are recorded, or were since `endedSince`, by other media processes than these.
 * @returns their ids.
 */
export async function recordedByOthers(nodes: readonly string[], endedSince: Date): Promise<string[]> {
  const found = await Attempts.find(
    {
      ...notPractice(),
      'session.node': trusted({ $nin: [...nodes] }),
      $or: [{ progress: trusted({ $in: ['recording', 'interrupted'] as const }) }, { finishedAt: trusted({ $gte: endedSince }) }],
    },
    { _id: 1 },
  )
    .lean<{ _id: string }[]>()
    .exec();
  return found.map(({ _id }) => _id);
}
