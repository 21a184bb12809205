import type { Config, ExamRules, FreshLook, LookAnswer, LookResult, OnboardingAgreement, OnboardingStep, OnboardingView } from '@vigil/protocol';
import { LookProblem, onboardingKey, VigilError } from '@vigil/protocol';
import { Keys, masterKey, type KeyDocument } from '@vigil/recorder/evidence';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { UpdateQuery } from 'mongoose';
import type { z } from 'zod';
import { RateLimiter } from '../accounts/rate-limit.js';
import { note } from '../attempts/advance.js';
import { examForStudent } from '../attempts/for-student.js';
import { isDuplicate, mongoose } from '../store/mongoose.js';
import type { AttemptDocument, OnboardingDocument } from '../store/index.js';
import { Attempts, examById, Looks, newId, notPractice, onboardingOf, Onboardings, onboardingsOf, trusted } from '../store/index.js';
import { onboardingNotice } from './notice.js';
import { drawSteps, nextStep, remarkOf, stateOf, stepViews } from './steps.js';

/** How long a student waits for what the worker says, ms. A document's words take some seconds to read. */
const waitMs = { face: 12_000, document: 45_000 };
const askMs = 80;
const day = 86_400_000;
/** In place of an onboarding's id: the student does not agree. */
const declined = 'declined';

type Identity = NonNullable<ExamRules['identity']>;

/** What an exam asks of its student, and what is there of it. */
interface Asked {
  identity: Identity;
  /** Undefined: the student has not agreed to it, or to less. */
  onboarding: OnboardingDocument | undefined;
}

/** Finds out who a student is. What the student shows is sealed before it is written, and only a recorder worker looks at it. */
export class Onboarding {
  readonly #config: Config;
  readonly #folder: string;
  readonly #now: () => number;
  readonly #looks: RateLimiter;
  readonly #freshLooks: RateLimiter;
  /** Attempts of which something is on its way: one at a time. */
  readonly #receiving = new Set<string>();
  #keys: Promise<Keys> | undefined;

  constructor(config: Config, now: () => number) {
    this.#config = config;
    this.#folder = join(resolve(config.VIGIL_DATA), 'onboardings');
    this.#now = now;
    this.#looks = new RateLimiter({ tries: 400, windowMs: 600_000 }, now);
    this.#freshLooks = new RateLimiter({ tries: 30, windowMs: 3_600_000 }, now);
  }

  /** The state of the onboarding as it is for an attempt; null where the rules that hold for it ask for none. */
  async stateFor(attempt: AttemptDocument, { identity }: Pick<ExamRules, 'identity'>): Promise<OnboardingView['state'] | null> {
    return identity ? stateFor(attempt, await this.#askedOf(attempt, identity)) : null;
  }

  /** The same of several attempts at an exam that asks for it, by their ids; nothing changes by it. */
  async statesFor(attempts: readonly Pick<AttemptDocument, '_id' | 'student' | 'course' | 'onboarding'>[], identity: Identity): Promise<Map<string, OnboardingView['state']>> {
    const whose = attempts.map((attempt) => ({ attempt, ...this.#whose(attempt) }));
    const found = new Map((await onboardingsOf(whose.map(({ person }) => person))).map((one) => [`${one.person} ${one.scope}`, one]));
    const asked = drawSteps(identity);
    return new Map(
      whose.map(({ attempt, person, scope }) => {
        const own = found.get(`${person} ${scope}`);
        const holds = own && own.validUntil.getTime() > this.#now() && takesIn(own, identity);
        // One that was made for less has steps to come.
        const onboarding = holds ? { ...own, ...(!asked.every((step) => own.order.includes(step)) && { state: 'open' as const }) } : undefined;
        return [attempt._id, stateFor(attempt, { onboarding })];
      }),
    );
  }

  /** @throws {VigilError} `notFound` the exam asks for none. */
  async show(attempt: AttemptDocument): Promise<OnboardingView> {
    return this.#view(attempt, await this.#required(attempt));
  }

  /**
   * Agrees, or declines: then nothing is compared in this attempt, and what was shown before is deleted; exams that were compared with it say so.
   * @throws {VigilError} `badInput` when the words were others than those in force, `wrongState` once the exam has begun, or while another one runs.
   */
  async agree(attempt: AttemptDocument, { noticeVersion, agreed }: z.infer<typeof OnboardingAgreement>): Promise<OnboardingView> {
    const { identity, onboarding } = await this.#required(attempt);
    await beforeTheExam(attempt, onboarding?._id);
    const notice = onboardingNotice(identity, this.#config);
    if (agreed && noticeVersion !== notice.shown.version)
      throw new VigilError('badInput', 'What you are asked to agree to has changed. Reload the page and read it again.');
    const { person, scope } = this.#whose(attempt);
    if (!agreed) {
      const all = await onboardingOf(person, scope);
      if (all) {
        // The exam that asks now may be another one than the one that has begun.
        await beforeTheExam(attempt, all._id);
        for (const { _id } of await begunWith(all._id)) await this.#tell({ _id }, 'The student has deleted the onboarding: what was not analysed by then is not compared.');
        await this.purge(all._id);
      }
      await Attempts.updateOne({ _id: attempt._id }, { $set: { onboarding: declined }, $unset: { freshLook: 1 } }).exec();
      await this.#tell(attempt, 'The student does not agree that the face is compared.');
      return this.show({ ...attempt, onboarding: declined });
    }
    const now = this.#now();
    const { document, room } = identity;
    const agreement = { at: new Date(now), noticeVersion, notice: notice.text, document, room };
    const made = onboarding ?? (await this.#make(person, scope, attempt, agreement, identity));
    await (await this.keys()).make(onboardingKey(made._id));
    await Attempts.updateOne({ _id: attempt._id }, { $set: { onboarding: made._id } }).exec();
    return this.#view({ ...attempt, onboarding: made._id }, { identity, onboarding: made });
  }

  /**
   * Something that a student shows for a step.
   * @param read the body; it is read only when it is wanted.
   * @param keepGlasses the student says that the glasses stay on.
   * @throws {VigilError} `notAgreed`; `wrongState` another step is asked for; `tooMany`; `noWorker` nobody can look at it now.
   */
  async take(attempt: AttemptDocument, step: OnboardingStep, read: () => Promise<Buffer>, keepGlasses: boolean): Promise<LookAnswer> {
    const { identity, onboarding } = await this.#required(attempt);
    await beforeTheExam(attempt, onboarding?._id);
    if (!onboarding || attempt.onboarding === declined) throw new VigilError('notAgreed', 'Pictures are taken only after you agree. Go back to the first page of the onboarding.');
    if (nextStep(onboarding) !== step) throw new VigilError('wrongState');
    if (!this.#looks.take(onboarding._id)) throw new VigilError('tooMany');
    return this.#oneAtATime(onboarding._id, async () => {
      const look = newId();
      const file = fileOf(step, look);
      await this.#write(onboarding._id, file, await read());
      const begun = await this.#change(
        onboarding._id,
        { $set: { [`steps.${step}.look`]: look, [`steps.${step}.state`]: 'open' }, $unset: { [`steps.${step}.problems`]: 1 }, $inc: { [`steps.${step}.tries`]: 1 } },
        { [`steps.${step}.state`]: trusted({ $nin: ['passed', 'with-person'] }) },
      );
      await this.#remove(onboarding._id, file, begun ? onboarding.steps[step]?.look && fileOf(step, onboarding.steps[step].look) : file);
      if (!begun) throw new VigilError('wrongState');
      const result = await this.#look({ onboarding, step, file, accepted: keepGlasses ? ['glasses'] : [], student: attempt.student.name });
      const passed = !result.problems.length;
      const after = await this.#settle(begun, step, look, result, passed ? 'passed' : 'open');
      if (passed) await this.#finished(attempt, after);
      return { passed, problems: result.problems, onboarding: this.#view(attempt, { identity, onboarding: after }) };
    });
  }

  /**
   * A person shall look at what was shown last.
   * @throws {VigilError} `wrongState` nothing was shown.
   */
  async askPerson(attempt: AttemptDocument, step: OnboardingStep): Promise<OnboardingView> {
    const { identity, onboarding } = await this.#required(attempt);
    await beforeTheExam({}, onboarding?._id);
    const shown = onboarding?.steps[step];
    if (!onboarding || nextStep(onboarding) !== step || !shown?.look) throw new VigilError('wrongState');
    const after = await this.#settle(onboarding, step, shown.look, { problems: shown.problems ?? [] }, 'with-person');
    await this.#finished(attempt, after);
    return this.#view(attempt, { identity, onboarding: after });
  }

  /**
   * The look before the exam. The picture is not kept. Each change of what comes of it is in the history; the last one counts.
   * @throws {VigilError} `wrongState` once the exam has begun; `tooMany`; `noWorker`.
   */
  async fresh(attempt: AttemptDocument, read: () => Promise<Buffer>): Promise<FreshLook> {
    const { onboarding } = await this.#required(attempt);
    await beforeTheExam(attempt);
    if (!onboarding || attempt.onboarding !== onboarding._id || !Object.keys(onboarding.baseline).length) return { outcome: 'unknown', problems: [] };
    if (!this.#freshLooks.take(attempt._id)) throw new VigilError('tooMany');
    return this.#oneAtATime(onboarding._id, async () => {
      const file = fileOf('fresh', newId());
      await this.#write(onboarding._id, file, await read());
      try {
        // Glasses may be worn in an exam.
        const { problems, distance, alike } = await this.#look({ onboarding, step: 'fresh', file, accepted: ['glasses'], student: attempt.student.name });
        const outcome = problems.length || alike === undefined ? 'unclear' : alike ? 'like' : 'unlike';
        const freshLook = { atMs: this.#now(), outcome, ...(distance !== undefined && { distance }) } as const;
        await Attempts.updateOne({ _id: attempt._id, startedAt: trusted({ $exists: false }) }, { $set: { freshLook } }).exec();
        if (outcome !== attempt.freshLook?.outcome) await this.#tell(attempt, freshWords[outcome]);
        return { outcome, problems };
      } finally {
        await this.#remove(onboarding._id, '', file);
      }
    });
  }

  /** Before an exam begins: whoever reviews it is told where there is nothing to compare the face with. */
  async beforeStart(attempt: AttemptDocument, { identity }: Pick<ExamRules, 'identity'>): Promise<void> {
    if (!identity || attempt.onboarding === declined) return;
    const { onboarding } = await this.#askedOf(attempt, identity);
    if (Object.keys(onboarding?.baseline ?? {}).length) return;
    const detail = 'The onboarding is not finished: there is nothing to compare the face with.';
    if (attempt.history.findLast(({ kind }) => kind === 'identity')?.detail !== detail) await this.#tell(attempt, detail);
  }

  /**
   * A person's decision on what was shown for a step. What is accepted is known from now on.
   * @throws {VigilError} `wrongState` the student has shown something else meanwhile; `noWorker`.
   */
  async decide(onboarding: OnboardingDocument, look: string, decision: OnboardingDocument['decisions'][number]): Promise<OnboardingDocument> {
    const { step, accepted } = decision;
    const shown = onboarding.steps[step];
    if (shown?.look !== look) throw new VigilError('wrongState', 'The student has shown something else meanwhile. Reload the page and look at it.');
    const describes = accepted && step !== 'room' && !onboarding.baseline[step];
    const result = describes ? await this.#look({ onboarding, step, file: fileOf(step, look), accepted: LookProblem.options, student: onboarding.student.name }) : {};
    const after = await this.#settle(onboarding, step, look, { ...result, problems: accepted ? [] : (shown.problems ?? []) }, accepted ? 'passed' : 'open', decision);
    const detail = `Of the onboarding, ${shownWords[step]} was ${accepted ? 'accepted' : 'not accepted'} by an instructor.`;
    // It is decided, whether or not each attempt can be told.
    const tell = async (): Promise<void> => {
      for (const one of await Attempts.find({ onboarding: onboarding._id, ...notPractice() }, { _id: 1 }).lean().exec()) await this.#tell(one, detail);
    };
    await tell().catch(() => undefined);
    return after;
  }

  /** What was shown. @throws {VigilError} `notFound`. */
  async shown({ _id, steps }: OnboardingDocument, look: string): Promise<{ step: OnboardingStep; bytes: Buffer }> {
    const step = (Object.keys(steps) as OnboardingStep[]).find((one) => steps[one]?.look === look);
    const sealer = await (await this.keys()).find(onboardingKey(_id));
    if (!sealer || !step) throw new VigilError('notFound');
    const file = fileOf(step, look);
    const sealed = await readFile(join(this.#folder, _id, file)).catch(() => undefined);
    if (!sealed) throw new VigilError('notFound');
    return { step, bytes: sealer.unseal(file, sealed) };
  }

  /** Deletes all of an onboarding, its key first. One that was interrupted is due, and finished by the next sweep. Idempotent. */
  async purge(id: string): Promise<void> {
    await Onboardings.updateOne({ _id: id }, { $set: { validUntil: new Date(0), baseline: {} } }).exec();
    await (await this.keys()).destroy(onboardingKey(id));
    await Looks.deleteMany({ onboarding: id }).exec();
    await rm(join(this.#folder, id), { recursive: true, force: true });
    await Onboardings.deleteOne({ _id: id }).exec();
  }

  keys(): Promise<Keys> {
    const open = async (): Promise<Keys> => {
      const { db } = mongoose.connection;
      if (!db) throw new VigilError('noDatabase');
      return new Keys(db.collection<KeyDocument>('keys'), await masterKey(this.#config.VIGIL_MASTER_KEY, resolve(this.#config.VIGIL_DATA)));
    };
    return (this.#keys ??= open().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    }));
  }

  async #askedOf(attempt: AttemptDocument, identity: Identity): Promise<Asked> {
    const { person, scope } = this.#whose(attempt);
    const found = await onboardingOf(person, scope);
    // One that is overdue is on its way out.
    if (!found || found.validUntil.getTime() <= this.#now()) return { identity, onboarding: undefined };
    if (!takesIn(found, identity)) return { identity, onboarding: undefined };
    const missing = drawSteps(identity).filter((step) => !found.order.includes(step));
    const onboarding = (missing.length && (await this.#change(found._id, { $addToSet: { order: { $each: missing } } }))) || found;
    // One that was made for another exam holds for this one as well, whose notice says so.
    if (attempt.agreement && !attempt.startedAt && attempt.onboarding !== onboarding._id && attempt.onboarding !== declined)
      await Attempts.updateOne({ _id: attempt._id }, { $set: { onboarding: onboarding._id } }).exec();
    return { identity, onboarding };
  }

  async #required(attempt: AttemptDocument): Promise<Asked> {
    const exam = await examById(attempt.exam);
    const identity = exam && examForStudent(exam, attempt).rules.identity;
    if (!identity) throw new VigilError('notFound');
    return this.#askedOf(attempt, identity);
  }

  #whose({ _id, student, course }: Pick<AttemptDocument, '_id' | 'student' | 'course'>): { person: string; scope: string } {
    return {
      person: student.email ? student.email.toLowerCase() : `attempt:${_id}`,
      scope: this.#config.VIGIL_ONBOARDING_SCOPE === 'course' ? course : 'institution',
    };
  }

  #view(attempt: AttemptDocument, { identity, onboarding }: Asked): OnboardingView {
    const state = stateFor(attempt, { onboarding });
    const blank = { order: drawSteps(identity), steps: {} };
    return {
      state,
      steps: stepViews(onboarding ?? blank),
      notice: onboardingNotice(identity, this.#config).shown,
      agreedAtMs: attempt.onboarding === declined ? null : (onboarding?.agreements.at(-1)?.at.getTime() ?? null),
      validUntilMs: onboarding && (state === 'passed' || state === 'with-person') ? onboarding.validUntil.getTime() : null,
      remark: onboarding ? remarkOf(onboarding) : '',
    };
  }

  /** Made, or, where the student had agreed to less or another time is over, with the new agreement beside those before. */
  async #make(person: string, scope: string, attempt: AttemptDocument, agreement: OnboardingDocument['agreements'][number], identity: Identity): Promise<OnboardingDocument> {
    const { course, student } = attempt;
    const old = await onboardingOf(person, scope);
    if (old && old.validUntil.getTime() <= this.#now()) await this.purge(old._id);
    const validUntil = new Date(agreement.at.getTime() + this.#config.VIGIL_ONBOARDING_DAYS * day);
    try {
      await Onboardings.create({ _id: newId(), person, scope, courses: [course], student, state: 'open', agreements: [agreement], order: drawSteps(identity), steps: {}, baseline: {}, decisions: [], validUntil, createdAt: agreement.at });
      // It was there, or another request was first.
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
    const made = await onboardingOf(person, scope);
    if (!made) throw new VigilError('notFound');
    const missing = drawSteps(identity).filter((step) => !made.order.includes(step));
    const also = { $set: { student }, $addToSet: { courses: course, order: { $each: missing } } };
    // Of two requests at once only one adds it.
    const added = await this.#change(made._id, { ...also, $push: { agreements: agreement } }, { 'agreements.noticeVersion': trusted({ $ne: agreement.noticeVersion }) });
    return added ?? (await this.#change(made._id, also)) ?? made;
  }

  async #oneAtATime<T>(id: string, act: () => Promise<T>): Promise<T> {
    if (this.#receiving.has(id)) throw new VigilError('tooMany', 'One picture at a time.');
    this.#receiving.add(id);
    try {
      return await act();
    } finally {
      this.#receiving.delete(id);
    }
  }

  /** @throws {VigilError} `badInput` it is neither JPEG nor WebM; `notFound` it was deleted meanwhile. */
  async #write(onboarding: string, file: string, shown: Uint8Array): Promise<void> {
    const begins = file.startsWith('room-') ? webm : jpeg;
    if (!begins.equals(shown.subarray(0, begins.length))) throw new VigilError('badInput', 'This is no picture or film that Vigil takes. Take it again.');
    const sealer = await (await this.keys()).find(onboardingKey(onboarding));
    if (!sealer) throw new VigilError('notFound');
    await mkdir(join(this.#folder, onboarding), { recursive: true, mode: 0o700 });
    await writeFile(join(this.#folder, onboarding, file), sealer.seal(file, shown), { mode: 0o600, flush: true });
  }

  async #remove(onboarding: string, kept: string, file: string | undefined): Promise<void> {
    if (file && file !== kept) await rm(join(this.#folder, onboarding, file), { force: true });
  }

  /** Has a worker look. @throws {VigilError} `noWorker`. */
  async #look(wanted: { onboarding: OnboardingDocument; step: OnboardingStep | 'fresh'; file: string; accepted: LookProblem[]; student: string }): Promise<LookResult> {
    const { onboarding, ...rest } = wanted;
    const _id = newId();
    await Looks.create({ _id, onboarding: onboarding._id, ...rest, front: onboarding.front ?? null, availableAt: new Date(this.#now()), tries: 0 });
    try {
      const deadline = performance.now() + (wanted.step === 'document' ? waitMs.document : waitMs.face);
      while (performance.now() < deadline) {
        const look = await Looks.findById(_id, { result: 1, error: 1 }).lean().exec();
        if (look?.result) return look.result;
        if (!look || look.error) break;
        await pause(askMs);
      }
      throw new VigilError('noWorker');
    } finally {
      await Looks.deleteOne({ _id }).exec();
    }
  }

  /**
   * What came of a look, if nothing else was shown for the step meanwhile.
   * @throws {VigilError} `wrongState`.
   */
  async #settle(
    { _id, baseline }: OnboardingDocument,
    step: OnboardingStep,
    look: string,
    { problems, descriptor, pose }: LookResult,
    state: 'open' | 'passed' | 'with-person',
    decision?: OnboardingDocument['decisions'][number],
  ): Promise<OnboardingDocument> {
    const refused = decision?.accepted === false;
    const after = await this.#change(
      _id,
      {
        $set: {
          [`steps.${step}.state`]: state,
          [`steps.${step}.problems`]: problems,
          ...(descriptor && { [`baseline.${step}`]: descriptor }),
          ...(step === 'front' && pose && { front: pose }),
        },
        ...(refused && { $unset: { [`baseline.${step}`]: 1 } }),
        ...(decision && { $push: { decisions: decision } }),
      },
      { [`steps.${step}.look`]: look },
    );
    if (!after) throw new VigilError('wrongState');
    if (after.baseline[step] !== baseline[step]) await this.#compareAnew(_id);
    return after;
  }

  /** In attempts that were begun with less, the face is compared with what is known now. */
  async #compareAnew(onboarding: string): Promise<void> {
    await Attempts.updateMany({ onboarding, startedAt: trusted({ $exists: true }) }, { $set: { faceChangedAt: new Date(this.#now()) } }).exec();
  }

  /** Changes a document, and its state with it. Undefined: there is none that is so. */
  async #change(id: string, update: UpdateQuery<OnboardingDocument>, only: Record<string, unknown> = {}): Promise<OnboardingDocument | undefined> {
    const changed = await Onboardings.findOneAndUpdate({ _id: id, ...only }, update, { returnDocument: 'after' }).lean<OnboardingDocument>().exec();
    if (!changed) return undefined;
    const state = stateOf(changed);
    if (state === changed.state) return changed;
    await Onboardings.updateOne({ _id: id, state: changed.state }, { $set: { state } }).exec();
    return { ...changed, state };
  }

  async #finished(attempt: AttemptDocument, { state }: OnboardingDocument): Promise<void> {
    if (state === 'passed') await this.#tell(attempt, 'The onboarding is complete.');
    if (state === 'with-person') await this.#tell(attempt, 'The onboarding is complete; a person has still to look at it.');
  }

  #tell(attempt: Pick<AttemptDocument, '_id'>, detail: string): Promise<void> {
    return note(attempt._id, { atMs: this.#now(), kind: 'identity', detail });
  }
}

const jpeg = Buffer.from([0xff, 0xd8, 0xff]);
/** EBML's first bytes (RFC 8794, 11.2.1). */
const webm = Buffer.from([0x1a, 0x45, 0xdf, 0xa3]);

const fileOf = (step: OnboardingStep | 'fresh', look: string): string => `${step}-${look}`;

const stateFor = (attempt: Pick<AttemptDocument, 'onboarding'>, { onboarding }: Pick<Asked, 'onboarding'>): OnboardingView['state'] =>
  attempt.onboarding === declined ? 'declined' : (onboarding?.state ?? 'open');

/**
 * What an exam is compared with is not changed by its student any more, neither in it nor by way of another exam.
 * @throws {VigilError} `wrongState`.
 */
async function beforeTheExam({ startedAt }: Pick<AttemptDocument, 'startedAt'>, onboarding?: string): Promise<void> {
  if (startedAt) throw new VigilError('wrongState', 'The exam has begun. Your instructor can have your onboarding changed or deleted.');
  if (onboarding !== undefined && (await begunWith(onboarding)).some(({ progress }) => progress === 'recording' || progress === 'interrupted'))
    throw new VigilError('wrongState', 'Another exam that uses your onboarding is running. Come back when it is over.');
}

/** Exams that have begun and are compared with it. */
const begunWith = (onboarding: string): Promise<Pick<AttemptDocument, '_id' | 'progress'>[]> =>
  Attempts.find({ onboarding, startedAt: trusted({ $exists: true }), ...notPractice() }, { progress: 1 }).lean<Pick<AttemptDocument, '_id' | 'progress'>[]>().exec();

/** Whether all that an exam asks for was agreed to, at once or one after the other. */
const takesIn = ({ agreements }: OnboardingDocument, { document, room }: Identity): boolean =>
  (!document || agreements.some((one) => one.document)) && (!room || agreements.some((one) => one.room));

const shownWords: Record<OnboardingStep, string> = {
  front: 'the face from the front',
  left: 'the face turned left',
  right: 'the face turned right',
  closer: 'the face closer by',
  document: 'the document',
  room: 'the film of the room',
};

const freshWords = {
  like: 'The face before the exam is like that of the onboarding.',
  unlike: 'The face before the exam is unlike that of the onboarding.',
  unclear: 'The face before the exam could not be compared.',
} as const;
