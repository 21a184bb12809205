import type { Config, ExamRules, FreshLook, LookAnswer, LookProblem, LookResult, OnboardingAgreement, OnboardingStep, OnboardingView } from '@vigil/protocol';
import { onboardingKey, rulesFor, VigilError } from '@vigil/protocol';
import { Keys, masterKey, type KeyDocument } from '@vigil/recorder/evidence';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { UpdateQuery } from 'mongoose';
import type { z } from 'zod';
import { RateLimiter } from '../accounts/rate-limit.js';
import { note } from '../attempts/advance.js';
import { mongoose } from '../store/mongoose.js';
import type { AttemptDocument, OnboardingDocument } from '../store/index.js';
import { Attempts, examById, Looks, newId, onboardingById, onboardingOf, Onboardings, trusted } from '../store/index.js';
import { onboardingNotice } from './notice.js';
import { drawSteps, nextStep, remarkOf, stateOf, stepViews } from './steps.js';

/** How long a student waits for what the worker says, ms. A document's words take some seconds to read. */
const waitMs = { face: 12_000, document: 45_000 };
const askMs = 80;
const day = 86_400_000;

/** How near the faces of a fresh look must be, see `identityThresholds`. */
const alikeAt = 0.5;

type Identity = NonNullable<ExamRules['identity']>;

/** Finds out who a student is. What the student shows is sealed before it is written, and only a recorder worker looks at it. */
export class Onboarding {
  readonly #config: Config;
  readonly #folder: string;
  readonly #now: () => number;
  readonly #looks: RateLimiter;
  #keys: Promise<Keys> | undefined;

  constructor(config: Config, now: () => number) {
    this.#config = config;
    this.#folder = join(resolve(config.VIGIL_DATA), 'onboardings');
    this.#now = now;
    this.#looks = new RateLimiter({ tries: 400, windowMs: 600_000 }, now);
  }

  /** The onboarding that holds for an attempt; undefined: its exam asks for none. Made where there is none yet. */
  async of(attempt: AttemptDocument): Promise<{ onboarding: OnboardingDocument; identity: Identity } | undefined> {
    const exam = await examById(attempt.exam);
    const identity = exam && rulesFor(exam.rules, attempt.accommodations).identity;
    if (!identity) return undefined;
    const person = attempt.student.email ? attempt.student.email.toLowerCase() : `attempt:${attempt._id}`;
    const scope = this.#config.VIGIL_ONBOARDING_SCOPE === 'course' ? attempt.course : 'institution';
    const found = (await onboardingOf(person, scope)) ?? (await this.#make(person, scope, attempt, identity));
    // One that is overdue is on its way out; whoever asks meanwhile begins anew.
    if (found.validUntil.getTime() <= this.#now()) {
      await this.purge(found._id);
      return { onboarding: await this.#make(person, scope, attempt, identity), identity };
    }
    const missing = drawSteps(identity).filter((step) => !found.order.includes(step));
    const onboarding = missing.length ? await this.#change(found._id, { $push: { order: { $each: missing } } }) : found;
    if (attempt.onboarding === declined && !onboarding.agreement) return { onboarding: { ...onboarding, state: 'declined' }, identity };
    // An onboarding that was made for another exam holds for this one as well, whose notice says so.
    if (onboarding.agreement && attempt.agreement && attempt.onboarding === undefined)
      await Attempts.updateOne({ _id: attempt._id }, { $set: { onboarding: onboarding._id } }).exec();
    return { onboarding, identity };
  }

  view({ onboarding, identity }: { onboarding: OnboardingDocument; identity: Identity }): OnboardingView {
    const { state, agreement, validUntil } = onboarding;
    return {
      state,
      steps: stepViews(onboarding),
      notice: onboardingNotice(identity, this.#config).shown,
      agreedAtMs: agreement?.at.getTime() ?? null,
      validUntilMs: state === 'passed' || state === 'with-person' ? validUntil.getTime() : null,
      remark: remarkOf(onboarding),
    };
  }

  /** @throws {VigilError} `notFound` the exam asks for none. */
  async show(attempt: AttemptDocument): Promise<OnboardingView> {
    return this.view(await this.#required(attempt));
  }

  /**
   * Agrees, or declines: then nothing is compared in this attempt, and what was shown before is deleted.
   * @throws {VigilError} `badInput` when the words were others than those in force.
   */
  async agree(attempt: AttemptDocument, { noticeVersion, agreed }: z.infer<typeof OnboardingAgreement>): Promise<OnboardingView> {
    const { onboarding, identity } = await this.#required(attempt);
    const notice = onboardingNotice(identity, this.#config);
    if (agreed && noticeVersion !== notice.shown.version)
      throw new VigilError('badInput', 'What you are asked to agree to has changed. Reload the page and read it again.');
    if (!agreed) {
      await this.purge(onboarding._id);
      await Attempts.updateOne({ _id: attempt._id }, { $set: { onboarding: declined }, $unset: { freshLook: 1 } }).exec();
      await this.#tell(attempt, 'The student does not agree that the face is compared.');
      return this.show({ ...attempt, onboarding: declined });
    }
    const agreement = onboarding.agreement ?? { at: new Date(this.#now()), noticeVersion, notice: notice.text };
    const after = await this.#change(onboarding._id, { $set: { agreement } });
    await Attempts.updateOne({ _id: attempt._id }, { $set: { onboarding: onboarding._id } }).exec();
    return this.view({ onboarding: after, identity });
  }

  /**
   * Something that a student shows for a step.
   * @param keepGlasses the student says that the glasses stay on.
   * @throws {VigilError} `notAgreed`; `wrongState` another step is asked for; `tooMany`; `noWorker` nobody can look at it now.
   */
  async take(attempt: AttemptDocument, step: OnboardingStep, shown: Uint8Array, keepGlasses: boolean): Promise<LookAnswer> {
    const { onboarding, identity } = await this.#required(attempt);
    if (!onboarding.agreement) throw new VigilError('notAgreed', 'Pictures are taken only after you agree. Go back to the first page of the onboarding.');
    if (nextStep(onboarding) !== step) throw new VigilError('wrongState');
    if (!this.#looks.take(onboarding._id)) throw new VigilError('tooMany');
    const file = tried(step);
    await this.#write(onboarding._id, file, shown);
    await this.#change(onboarding._id, { $inc: { [`steps.${step}.tries`]: 1 }, $set: { [`steps.${step}.shown`]: true } });
    const accepted: LookProblem[] = keepGlasses ? ['glasses'] : [];
    const result = await this.#look({ onboarding, step, file, accepted, student: attempt.student.name });
    const after = await this.#settle(onboarding._id, step, result, result.problems.length ? 'open' : 'passed');
    if (!result.problems.length) await this.#finished(attempt, after);
    return { passed: !result.problems.length, problems: result.problems, onboarding: this.view({ onboarding: after, identity }) };
  }

  /**
   * A person shall look at what was shown last.
   * @throws {VigilError} `wrongState` nothing was shown.
   */
  async askPerson(attempt: AttemptDocument, step: OnboardingStep): Promise<OnboardingView> {
    const { onboarding, identity } = await this.#required(attempt);
    if (nextStep(onboarding) !== step || !onboarding.steps[step]?.shown) throw new VigilError('wrongState');
    const problems = onboarding.steps[step].problems;
    const after = await this.#settle(onboarding._id, step, { problems }, 'with-person');
    await this.#finished(attempt, after);
    return this.view({ onboarding: after, identity });
  }

  /** The look before the exam. The picture is not kept. */
  async fresh(attempt: AttemptDocument, picture: Uint8Array): Promise<FreshLook> {
    const { onboarding } = await this.#required(attempt);
    if (attempt.onboarding !== onboarding._id || !Object.keys(onboarding.baseline).length) return { outcome: 'unknown', problems: [] };
    if (!this.#looks.take(onboarding._id)) throw new VigilError('tooMany');
    const file = `fresh-${newId()}`;
    await this.#write(onboarding._id, file, picture);
    try {
      // Glasses may be worn in an exam.
      const { problems, distance } = await this.#look({ onboarding, step: 'fresh', file, accepted: ['glasses'], student: attempt.student.name });
      const outcome = problems.length || distance === undefined ? 'unclear' : distance <= alikeAt ? 'like' : 'unlike';
      const freshLook = { atMs: this.#now(), outcome, ...(distance !== undefined && { distance }) } as const;
      await Attempts.updateOne({ _id: attempt._id }, { $set: { freshLook } }).exec();
      if (outcome !== attempt.freshLook?.outcome) await this.#tell(attempt, freshWords[outcome]);
      return { outcome, problems };
    } finally {
      await rm(join(this.#folder, onboarding._id, file), { force: true });
    }
  }

  /** A person's decision on a step. What is accepted is known from now on. */
  async decide(onboarding: OnboardingDocument, decision: OnboardingDocument['decisions'][number]): Promise<OnboardingDocument> {
    const { step, accepted } = decision;
    if (!onboarding.steps[step]?.shown) throw new VigilError('wrongState');
    if (!accepted) await this.#change(onboarding._id, { $unset: { [`baseline.${step}`]: 1 } });
    const described = accepted && step !== 'room' && !onboarding.baseline[step] ? await this.#describe(onboarding, step) : {};
    await this.#change(onboarding._id, { $push: { decisions: decision } });
    const after = await this.#settle(onboarding._id, step, { problems: accepted ? [] : onboarding.steps[step].problems, ...described }, accepted ? 'passed' : 'open');
    if (after.baseline[step] !== onboarding.baseline[step])
      await Attempts.updateMany({ onboarding: onboarding._id }, { $set: { faceChangedAt: new Date(this.#now()) } }).exec();
    return after;
  }

  /** The file of a step as it was shown. @throws {VigilError} `notFound`. */
  async shown(onboarding: string, step: OnboardingStep): Promise<Buffer> {
    const sealer = await (await this.keys()).find(onboardingKey(onboarding));
    if (!sealer) throw new VigilError('notFound');
    for (const file of [step, tried(step)]) {
      const sealed = await readFile(join(this.#folder, onboarding, file)).catch(() => undefined);
      if (sealed) return sealer.unseal(file, sealed);
    }
    throw new VigilError('notFound');
  }

  /** Deletes all of an onboarding, its key first. Idempotent; one that was interrupted is finished by the next. */
  async purge(id: string): Promise<void> {
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

  async #required(attempt: AttemptDocument): Promise<{ onboarding: OnboardingDocument; identity: Identity }> {
    const found = await this.of(attempt);
    if (!found) throw new VigilError('notFound');
    return found;
  }

  async #make(person: string, scope: string, attempt: AttemptDocument, identity: Identity): Promise<OnboardingDocument> {
    const now = this.#now();
    try {
      await Onboardings.create({
        _id: newId(),
        person,
        scope,
        course: attempt.course,
        student: attempt.student,
        state: 'open',
        order: drawSteps(identity),
        steps: {},
        baseline: {},
        decisions: [],
        validUntil: new Date(now + this.#config.VIGIL_ONBOARDING_DAYS * day),
        createdAt: new Date(now),
      });
      // Another request was first.
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 11_000) throw error;
    }
    const made = await onboardingOf(person, scope);
    if (!made) throw new VigilError('notFound');
    return made;
  }

  async #write(onboarding: string, file: string, shown: Uint8Array): Promise<void> {
    const folder = join(this.#folder, onboarding);
    const sealer = await (await this.keys()).make(onboardingKey(onboarding));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, file), sealer.seal(file, shown), { mode: 0o600 });
  }

  /** Has a worker look. @throws {VigilError} `noWorker`. */
  async #look({ onboarding, step, ...rest }: { onboarding: OnboardingDocument; step: OnboardingStep | 'fresh'; file: string; accepted: LookProblem[]; student: string }): Promise<LookResult> {
    const _id = newId();
    await Looks.create({ _id, onboarding: onboarding._id, step, ...rest, front: onboarding.front ?? null, availableAt: new Date(this.#now()), tries: 0 });
    try {
      const deadline = performance.now() + (step === 'document' ? waitMs.document : waitMs.face);
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

  /** A person said whose face it is: what it looks like is worked out although a program did not accept it. */
  async #describe(onboarding: OnboardingDocument, step: OnboardingStep): Promise<Pick<LookResult, 'descriptor' | 'pose'>> {
    const accepted: LookProblem[] = ['too-dark', 'too-blurred', 'several-faces', 'face-small', 'face-cut-off', 'turned-away', 'not-turned', 'turned-too-far', 'wrong-way', 'not-closer', 'glasses', 'other-face', 'no-document', 'name-differs'];
    const { descriptor, pose } = await this.#look({ onboarding, step, file: tried(step), accepted, student: onboarding.student.name });
    return { ...(descriptor && { descriptor }), ...(pose && { pose }) };
  }

  async #settle(id: string, step: OnboardingStep, { problems, descriptor, pose }: LookResult, state: 'open' | 'passed' | 'with-person'): Promise<OnboardingDocument> {
    if (state === 'passed') await this.#keep(id, step);
    return this.#change(id, {
      $set: {
        [`steps.${step}.state`]: state,
        [`steps.${step}.problems`]: problems,
        ...(descriptor && { [`baseline.${step}`]: descriptor }),
        ...(step === 'front' && pose && { front: pose }),
      },
    });
  }

  /** What was tried is what is kept. */
  async #keep(id: string, step: OnboardingStep): Promise<void> {
    const sealer = await (await this.keys()).find(onboardingKey(id));
    const path = (file: string): string => join(this.#folder, id, file);
    const sealed = await readFile(path(tried(step))).catch(() => undefined);
    if (!sealer || !sealed) return;
    await writeFile(path(`${step}.new`), sealer.seal(step, sealer.unseal(tried(step), sealed)), { mode: 0o600, flush: true });
    await rename(path(`${step}.new`), path(step));
    await rm(path(tried(step)), { force: true });
  }

  /** Changes a document, and its state with it. */
  async #change(id: string, update: UpdateQuery<OnboardingDocument>): Promise<OnboardingDocument> {
    const changed = await Onboardings.findOneAndUpdate({ _id: id }, update, { returnDocument: 'after' }).lean<OnboardingDocument>().exec();
    if (!changed) throw new VigilError('notFound');
    const state = stateOf(changed);
    if (state === changed.state) return changed;
    await Onboardings.updateOne({ _id: id, state: trusted({ $eq: changed.state }) }, { $set: { state } }).exec();
    return (await onboardingById(id)) ?? changed;
  }

  async #finished(attempt: AttemptDocument, { state }: OnboardingDocument): Promise<void> {
    if (state === 'passed') await this.#tell(attempt, 'The onboarding is complete.');
    if (state === 'with-person') await this.#tell(attempt, 'The onboarding is complete; a person has still to look at it.');
  }

  #tell(attempt: AttemptDocument, detail: string): Promise<void> {
    return note(attempt._id, { atMs: this.#now(), kind: 'identity', detail });
  }
}

/** In place of an onboarding's id: the student does not agree. */
const declined = 'declined';

const tried = (step: OnboardingStep): string => `${step}.try`;

const freshWords = {
  like: 'The face before the exam is like that of the onboarding.',
  unlike: 'The face before the exam is unlike that of the onboarding.',
  unclear: 'The face before the exam could not be compared.',
} as const;
