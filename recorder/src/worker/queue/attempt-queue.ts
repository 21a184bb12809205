import { MongoServerError, type Collection, type Db } from 'mongodb';
import { judgedBy, rulesFor, type Accommodations, type AttemptAnalysis, type ExamRules, type SegmentDocument } from '@vigil/protocol';
import { retryPolicy, type QueueOptions } from './queue.js';

/** An attempt that this worker judges. */
export interface AttemptLease {
  attempt: string;
  name: string;
  /** How often the attempt had been asked for when it was taken. */
  asked: number;
  tries: number;
  /** Of the last try: by what it will have failed, if it does. */
  by?: JudgedBy;
}

/** The exam of an attempt, and the rules that it was judged by, as `judgedBy` says them. */
export interface JudgedBy {
  exam: string;
  rules: string;
}

/** How soon an attempt is judged after a segment of it was measured, ms: `more` while more of it is recorded or waits to be measured. */
export const judgePauseMs = { all: 1_000, more: 45_000 } as const;
/** Judging reads all of an attempt: at most this part of the time goes to doing it again. */
const judgeShare = 1 / 20;

/** How often all attempts are looked at for rules that hold no more, ms. What differs from the last look is found at once. */
const lookAtAllMs = 300_000;

interface ExamPart {
  _id: string;
  rules: ExamRules;
}

/** What of an attempt is asked here. */
interface AttemptPart {
  _id: string;
  exam?: string;
  progress?: string;
  evidence?: string;
  accommodations?: Accommodations;
  faceChangedAt?: Date;
  onboarding?: string;
}

const examParts = { 'rules.off': 1, 'rules.words': 1, 'rules.minimumSeconds': 1, 'rules.identity': 1 } as const;
const attemptParts = { exam: 1, accommodations: 1, faceChangedAt: 1, onboarding: 1 } as const;
/** Few attempts have these. An onboarding many have, which seldom changes after the exam: it waits until all are looked at. */
const changesOften = [{ accommodations: { $exists: true } }, { faceChangedAt: { $exists: true } }];
const ownOf = ({ accommodations, faceChangedAt, onboarding }: AttemptPart): string => JSON.stringify([accommodations, faceChangedAt, onboarding]);

/**
 * Which attempts are to be judged, in the collection `attemptAnalyses`, one document each. Asking is safe at any moment: an attempt
 * that is asked for while it is being judged is judged once more. Any method throws when the database is away.
 */
export class AttemptQueue {
  readonly #all: Collection<AttemptAnalysis>;
  readonly #attempts: Collection<AttemptPart>;
  readonly #exams: Collection<ExamPart>;
  readonly #segments: Collection<SegmentDocument>;
  readonly #options: QueueOptions;
  /** What `askOutdated` last saw, by the ids of exams and attempts. */
  #seen = new Map<string, string>();
  #lookAtAllMs = -Infinity;

  constructor(db: Db, options: QueueOptions) {
    this.#all = db.collection<AttemptAnalysis>('attemptAnalyses');
    this.#attempts = db.collection('attempts');
    this.#exams = db.collection('exams');
    this.#segments = db.collection<SegmentDocument>('segments');
    this.#options = options;
  }

  async createIndex(): Promise<void> {
    await this.#all.createIndex({ open: 1, availableAt: 1 });
    await this.#all.createIndex({ exam: 1 });
  }

  /**
   * Asks for the attempts that were judged by other rules than are in force for them: those of the exam, what is made easier for the
   * student, and the face to compare with may change at any time, also after it. What was purged stays as it was found. To be called
   * often: it looks only at what differs from the last time, and at all of it now and then.
   */
  async askOutdated(): Promise<void> {
    const nowMs = this.#options.now();
    const all = nowMs >= this.#lookAtAllMs;
    const before = all ? new Map<string, string>() : this.#seen;
    const exams = await this.#exams.find({}, { projection: examParts }).toArray();
    const own = await this.#attempts.find({ $or: [...changesOften] }, { projection: attemptParts }).toArray();
    const seen = new Map([...exams.map(({ _id, rules }) => [_id, judgedBy(rules)] as const), ...own.map((one) => [one._id, ownOf(one)] as const)]);
    const differs = (id: string): boolean => seen.get(id) !== before.get(id);
    const changed = exams.filter(({ _id }) => differs(_id));
    for (const exam of changed) await this.#askOutdatedOf(exam);
    if (!all) {
      // What was taken back is seen no more.
      const ids = new Set([...own.map(({ _id }) => _id), ...before.keys()]);
      const alone = await this.#attempts.find({ _id: { $in: [...ids].filter(differs) } }, { projection: attemptParts }).toArray();
      for (const exam of exams) {
        const theirs = alone.filter((one) => one.exam === exam._id);
        if (theirs.length > 0) await this.#askOutdatedOf(exam, theirs);
      }
    }
    // Not when the database went away in between.
    this.#seen = seen;
    if (all) this.#lookAtAllMs = nowMs + lookAtAllMs;
  }

  /** @param attempts Only these of the exam. */
  async #askOutdatedOf({ _id: exam, rules }: ExamPart, attempts?: readonly AttemptPart[]): Promise<void> {
    const own = attempts ?? (await this.#attempts.find({ exam, $or: [...changesOften, { onboarding: { $exists: true } }] }, { projection: attemptParts }).toArray());
    const ownById = new Map(own.map((one) => [one._id, one]));
    const which = [...(attempts ? [] : [{ rules: { $ne: judgedBy(rules) } }]), { _id: { $in: [...ownById.keys()] } }];
    const judged = await this.#all.find({ exam, open: false, rules: { $exists: true }, $or: which }, { projection: { rules: 1 } }).toArray();
    for (const { _id, rules: by } of judged) {
      const attempt = ownById.get(_id);
      if (by === judgedBy(rulesFor(rules, attempt?.accommodations), attempt)) continue;
      if (await this.#attempts.findOne({ _id, evidence: { $ne: 'purged' } }, { projection: { _id: 1 } })) await this.ask(_id);
    }
  }

  /** A segment of the attempt was measured, or something new noticed. To be called before the segment is done, so that a worker that dies leaves none unjudged. */
  async ask(attempt: string): Promise<void> {
    const availableAt = this.#date(await this.#pauseFor(attempt));
    try {
      await this.#all.updateOne(
        { _id: attempt, open: { $ne: true } },
        { $set: { open: true, availableAt, tries: 0 }, $inc: { asked: 1 } },
        { upsert: true },
      );
      // It may have been open: then nothing matched, and the document could not be made either.
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== 11_000) throw error;
      // It was open a moment ago; should it have been closed since, it is opened again.
      await this.#all.updateOne({ _id: attempt }, { $inc: { asked: 1 }, $set: { open: true } });
      // One that waits comes sooner; one that is being judged is judged again when that is over.
      await this.#all.updateOne({ _id: attempt, lease: { $exists: false }, availableAt: { $gt: availableAt } }, { $set: { availableAt } });
    }
  }

  /** Leases the attempt that waits longest, if any. */
  async take(): Promise<AttemptLease | undefined> {
    const name = this.#options.newName();
    const taken = await this.#all.findOneAndUpdate(
      { open: true, availableAt: { $lte: this.#date() } },
      { $set: { lease: name, availableAt: this.#date(this.#options.leaseMs) }, $inc: { tries: 1 } },
      { sort: { availableAt: 1 }, returnDocument: 'after' },
    );
    if (!taken) return undefined;
    const lease: AttemptLease = { attempt: taken._id, name, asked: taken.asked, tries: taken.tries };
    // Before it is judged: rules that change meanwhile were not tried.
    if (lease.tries >= retryPolicy.failures) lease.by = await this.#inForce(lease.attempt);
    if (lease.tries <= retryPolicy.leases) return lease;
    await this.#bury(lease, `The worker stopped ${retryPolicy.leases} times while it judged this attempt.`);
    return this.take();
  }

  /** Prolongs the lease. False: it is lost. */
  async renew(lease: AttemptLease): Promise<boolean> {
    return this.#change(lease, { $set: { availableAt: this.#date(this.#options.leaseMs) } });
  }

  /** The findings are stored, which took so long. False: the lease was lost, and it is judged once more. */
  async finish(lease: AttemptLease, tookMs: number, by?: JudgedBy): Promise<boolean> {
    const done = { $set: { open: false, doneAt: this.#date(), tookMs, ...by }, $unset: { lease: '', error: '' } } as const;
    if (await this.#change(lease, done, { asked: lease.asked })) return true;
    // Asked for again meanwhile.
    const again = this.#date(await this.#pauseFor(lease.attempt));
    if (await this.#change(lease, { $set: { availableAt: again, tries: 0, tookMs }, $unset: { lease: '', error: '' } })) return true;
    await this.ask(lease.attempt);
    return false;
  }

  /** It failed: again after a pause, or, after some times, only when it is asked for again. @param reason A sentence for the operator. */
  async fail(lease: AttemptLease, reason: string): Promise<'again' | 'dead'> {
    if (lease.tries >= retryPolicy.failures) {
      await this.#bury(lease, reason);
      return 'dead';
    }
    const pause = retryPolicy.pausesMs[lease.tries - 1] ?? 30_000;
    await this.#change(lease, { $set: { availableAt: this.#date(pause), error: reason }, $unset: { lease: '' } });
    return 'again';
  }

  /** The worker stops: the attempt is anyone's at once, and this try does not count. */
  async release(lease: AttemptLease): Promise<void> {
    await this.#change(lease, { $set: { availableAt: this.#date() }, $unset: { lease: '' }, $inc: { tries: -1 } });
  }

  /** Judged at once when all of it is measured; else now and then. */
  async #pauseFor(attempt: string): Promise<number> {
    const [found, waiting, last] = await Promise.all([
      this.#attempts.findOne({ _id: attempt }, { projection: { progress: 1 } }),
      // The one that asks is one of them.
      this.#segments.find({ attempt, 'analysis.state': { $in: ['pending', 'leased'] } }, { projection: { _id: 1 } }).limit(2).toArray(),
      this.#all.findOne({ _id: attempt }, { projection: { tookMs: 1 } }),
    ]);
    const recording = found?.progress === 'recording' || found?.progress === 'interrupted';
    return recording || waiting.length > 1 ? Math.max(judgePauseMs.more, (last?.tookMs ?? 0) / judgeShare) : judgePauseMs.all;
  }

  async #bury(lease: AttemptLease, reason: string): Promise<void> {
    await this.#change(lease, { $set: { open: false, error: reason, ...lease.by }, $unset: { lease: '' } });
  }

  async #inForce(id: string): Promise<JudgedBy> {
    const attempt = await this.#attempts.findOne({ _id: id }, { projection: attemptParts });
    const exam = attempt?.exam && (await this.#exams.findOne({ _id: attempt.exam }, { projection: examParts }));
    return exam ? { exam: exam._id, rules: judgedBy(rulesFor(exam.rules, attempt.accommodations), attempt) } : { exam: '', rules: judgedBy({}) };
  }

  async #change(lease: AttemptLease, update: Parameters<Collection<AttemptAnalysis>['updateOne']>[1], also: Partial<AttemptAnalysis> = {}): Promise<boolean> {
    const { matchedCount } = await this.#all.updateOne({ _id: lease.attempt, lease: lease.name, ...also }, update);
    return matchedCount === 1;
  }

  #date(laterMs = 0): Date {
    return new Date(this.#options.now() + laterMs);
  }
}
