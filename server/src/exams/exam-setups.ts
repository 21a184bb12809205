import type { AgreedChoice, ChangeExamBody, Config, ExamContent, ExamSetup, NewExamBody, SetupContext } from '@vigil/protocol';
import { examDefaults, sameTerms, termsOf, VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { askAgain } from '../attempts/ask-again.js';
import { hasEnded, isOpenAgain } from '../attempts/progress.js';
import { lock } from '../locks/name-lock.js';
import { actorOf, record } from '../privacy/audit.js';
import { examFor } from '../review/access.js';
import { attemptsOf } from '../review/new-attempt.js';
import type { AgreedOutline, CourseDocument, ExamChange, ExamDocument, UserDocument } from '../store/index.js';
import { agreedOf, changeExam, deleteExam, examById, Exams, keepTerms, taughtCourse, Views } from '../store/index.js';
import { isDuplicate } from '../store/mongoose.js';
import { noticeFor } from '../student/notice.js';
import { changeOf, tidyAllowed, tidyRules } from './rules.js';

const overtaken = (): VigilError => new VigilError('wrongState', 'Somebody else has changed this exam since you opened it. Nothing was saved. Load it again, then make your change.');
const undecided = (count: number): VigilError =>
  new VigilError('wrongState', `${count === 1 ? 'One student has' : `${count} students have`} agreed to what the exam was. Say whether they keep that or are asked again.`);

/** Exams as they are made and changed. Authorisation is the first line of each method; each change is recorded, then done. */
export class ExamSetups {
  readonly #config: Config;
  readonly #now: () => number;

  constructor(config: Config, now: () => number) {
    this.#config = config;
    this.#now = now;
  }

  /** What a new exam's page needs. @throws {VigilError} `notFound`. */
  async context(user: UserDocument, id: string): Promise<SetupContext> {
    return this.#contextOf(await courseFor(user, id), examDefaults.retentionDays);
  }

  /** @throws {VigilError} `notFound`. */
  async show(user: UserDocument, id: string): Promise<ExamSetup> {
    const { exam, course } = await examFor(user, id);
    return this.#setup(exam, course);
  }

  /** Makes an exam. The same id again changes nothing. @throws {VigilError} `notFound` the course, or what it is a copy of. */
  async make(user: UserDocument, course: string, { id, copyOf, exam }: z.infer<typeof NewExamBody>): Promise<{ exam: string }> {
    await courseFor(user, course);
    const source = copyOf === undefined ? undefined : (await examFor(user, copyOf)).exam;
    const known = await examById(id);
    if (known && known.course !== course) throw new VigilError('notFound');
    if (known) return { exam: id };
    const content = storedOf(exam);
    const detail = { title: content.title, ...(source && { copyOf: source._id, copyOfTitle: source.title }) };
    await record({ atMs: this.#now(), actor: actorOf(user), action: 'exam-made', exam: id, detail });
    await Exams.create({ _id: id, course, ...content, retentionDays: source?.retentionDays ?? examDefaults.retentionDays, createdAt: new Date(this.#now()) }).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
    });
    return { exam: id };
  }

  /**
   * Puts an exam's content in place of what was. Who has agreed to other terms keeps them, or, before the start, is asked again; who
   * has not agreed follows. Sent again after a lost answer, it does what was left to do.
   * @throws {VigilError} `notFound`; `wrongState` somebody else has changed it, or it is not said what those who have agreed do.
   */
  async change(user: UserDocument, id: string, { was, exam: content, agreed, reason }: z.infer<typeof ChangeExamBody>): Promise<ExamSetup> {
    const { exam, course } = await examFor(user, id);
    const will = storedOf(content);
    const terms = termsOf(will);
    const detail = changeOf(flat(storedPart(exam)), flat(will));
    if (detail && (exam.version ?? 0) !== was) throw overtaken();
    const others = (await agreedOf(id)).filter((one) => hasAgreed(one) && !sameTerms(one.terms ?? termsOf(exam), terms));
    if (!sameTerms(termsOf(exam), terms) && others.length && !agreed) throw undecided(others.length);
    if (detail || (agreed === 'ask' && others.length)) await this.#record(user, id, { detail, reason, agreed: others.length ? agreed : undefined });
    if (detail) {
      await keepTerms(id, termsOf(exam));
      if (!(await changeExam(id, will, was))) {
        const held = await examById(id);
        const undone = held ? changeOf(flat(will), flat(storedPart(held))) : undefined;
        await this.#record(user, id, { detail: undone, reason: 'It could not be set: somebody else was first.', agreed: undefined });
        throw overtaken();
      }
    }
    const asked = agreed === 'ask' ? await this.#ask(id, terms) : 0;
    const latest = await examById(id);
    if (!latest) throw new VigilError('notFound');
    return { ...(await this.#setup(latest, course)), asked };
  }

  /** Deletes an exam that has no attempts. @throws {VigilError} `notFound`, `wrongState`. */
  async remove(user: UserDocument, id: string, was: number): Promise<void> {
    const { exam } = await examFor(user, id);
    const unlock = await lock(attemptsOf(id));
    try {
      if ((await agreedOf(id)).length) throw new VigilError('wrongState', 'There are attempts at this exam. Only an exam without attempts can be deleted.');
      if ((exam.version ?? 0) !== was) throw overtaken();
      await record({ atMs: this.#now(), actor: actorOf(user), action: 'exam-deleted', exam: id, detail: { title: exam.title } });
      if (!(await deleteExam(id, was))) {
        await record({ atMs: this.#now(), actor: actorOf(user), action: 'exam-deleted', exam: id, reason: 'It stays: somebody else has changed it at the same time.', detail: { title: exam.title } });
        throw overtaken();
      }
    } finally {
      unlock();
    }
    await Views.deleteMany({ exam: id }).exec();
  }

  async #record(user: UserDocument, exam: string, change: { detail: ReturnType<typeof changeOf>; reason: string; agreed: AgreedChoice | undefined }): Promise<void> {
    const { detail = { before: {}, after: {} }, reason, agreed } = change;
    const onlyRules = !agreed && Object.keys(detail.after).every((name) => openRules.has(name));
    const entry = { atMs: this.#now(), actor: actorOf(user), exam, ...(reason && { reason }) };
    await record({ ...entry, action: onlyRules ? 'rules' : 'exam', detail: { ...detail, ...(agreed && { agreed }) } });
  }

  /** Those who have agreed to something else, and have not started. @returns how many. */
  async #ask(id: string, terms: ReturnType<typeof termsOf>): Promise<number> {
    let asked = 0;
    for (const one of await agreedOf(id)) if (hasAgreed(one) && one.terms && !sameTerms(one.terms, terms) && (await askAgain(one._id, this.#now()))) asked += 1;
    return asked;
  }

  async #setup(exam: ExamDocument, course: CourseDocument): Promise<ExamSetup> {
    const all = await agreedOf(exam._id);
    const terms = termsOf(exam);
    const count = (is: (one: AgreedOutline) => boolean): number => all.filter(is).length;
    return {
      ...this.#contextOf(course, exam.retentionDays),
      id: exam._id,
      version: exam.version ?? 0,
      exam: contentOf(exam),
      attempts: {
        waiting: count(({ progress }) => progress === 'created'),
        agreed: count(hasAgreed),
        toOther: count((one) => hasAgreed(one) && one.terms !== undefined && !sameTerms(one.terms, terms)),
        running: count((one) => one.progress === 'recording' || one.progress === 'interrupted' || isOpenAgain(one)),
        over: count(({ progress }) => hasEnded(progress)),
      },
    };
  }

  #contextOf(course: CourseDocument, retentionDays: number): SetupContext {
    const notice = noticeFor({ rules: { webcam: true, microphone: true, screen: 'any' }, retentionDays, address: '', embed: false, durationMinutes: 0 }, course, this.#config).shown;
    return { course: { id: course._id, name: course.name, code: course.code }, notice };
  }
}

/** What of the rules is nothing that a student agrees to: the log calls a change of it alone one of the rules. */
const openRules: ReadonlySet<string> = new Set<keyof ExamDocument['rules']>(['weights', 'minimumSeconds', 'together', 'off', 'words', 'identity', 'fullscreen', 'secondReviewer']);

/** Agreed, and not started. */
const hasAgreed = (one: AgreedOutline): boolean => (one.progress === 'checking' || one.progress === 'ready') && !isOpenAgain(one);

/** The course, if the user teaches it. @throws {VigilError} `notFound`. */
async function courseFor(user: UserDocument, id: string): Promise<CourseDocument> {
  const course = await taughtCourse(id, user._id);
  if (!course) throw new VigilError('notFound');
  return course;
}

/** As it is stored: tidy, and without what has no value. */
function storedOf({ title, instructions, address, embed, durationMinutes, opensAtMs, closesAtMs, graceMinutes, attemptsAllowed, allowed: things, rules }: ExamContent): ExamChange {
  const allowed = tidyAllowed(things);
  return {
    title,
    instructions,
    address,
    embed,
    durationMinutes,
    graceMinutes,
    ...(opensAtMs !== null && { opensAt: new Date(opensAtMs) }),
    ...(closesAtMs !== null && { closesAt: new Date(closesAtMs) }),
    ...(attemptsAllowed !== null && { attemptsAllowed }),
    ...(allowed && { allowed }),
    rules: tidyRules(rules, allowed),
  };
}

/** What of an exam can be changed, in the form in which a change is stored. */
const storedPart = (exam: ExamDocument): ExamChange => storedOf(contentOf(exam));

/** As pages see it. */
function contentOf({ title, instructions, address, embed, durationMinutes, opensAt, closesAt, graceMinutes, attemptsAllowed, allowed, rules }: ExamDocument): ExamContent {
  return {
    title,
    instructions,
    address,
    embed,
    durationMinutes,
    opensAtMs: opensAt?.getTime() ?? null,
    closesAtMs: closesAt?.getTime() ?? null,
    graceMinutes,
    attemptsAllowed: attemptsAllowed ?? null,
    allowed: allowed ?? { things: [], sites: [] },
    rules,
  };
}

/** The rules beside the rest, for the audit log. */
const flat = ({ rules, ...rest }: ExamChange): object => ({ ...rest, ...rules });
