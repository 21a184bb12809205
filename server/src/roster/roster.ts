import type { AttemptEvent, LinkBody, NewAttemptAnswer, ReopenBody, RetakeBody, Roster, RosterAnswer, RosterBody, RosterLine, RosterStudent, StudentLink } from '@vigil/protocol';
import { rulesFor, studentKey, VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { advance } from '../attempts/advance.js';
import { reopenedEvidence } from '../attempts/evidence.js';
import { leftMs } from '../attempts/gaps.js';
import { hasEnded, isOpenAgain } from '../attempts/progress.js';
import { sendUntil } from '../backfill/backfill.js';
import { none } from '../exams/accommodations.js';
import { linkOf } from '../links/links.js';
import { lock } from '../locks/name-lock.js';
import type { Onboarding } from '../onboarding/onboarding.js';
import { actorOf, record } from '../privacy/audit.js';
import { attemptFor, examFor } from '../review/access.js';
import { attemptsOf } from '../review/new-attempt.js';
import type { AttemptDocument, UserDocument } from '../store/index.js';
import { addAttempts, attemptById, Attempts, examById, outlinesOf, removeUnopened, renewLink } from '../store/index.js';
import { isDuplicate, trusted } from '../store/mongoose.js';
import { attemptOf, lastAttemptOf, lastAttempts, lastOfEach } from './attempts-of-student.js';
import { endAgain } from './reopen.js';

export interface RosterOptions {
  secret: string;
  /** Origin of the students' pages. */
  publicUrl: string;
  /** Days until a new link expires. */
  linkDays: number;
  /** After an attempt's end in which its browser may still send what it kept. */
  backfillHours: number;
  onboarding: Pick<Onboarding, 'statesFor'>;
  now: () => number;
}

const time = (date: Date | undefined): number | null => date?.getTime() ?? null;
const movedOn = (): VigilError => new VigilError('wrongState', 'The attempt has just moved on. Reload the page and look at it again.');

/** Makes attempts while nobody can delete the exam. @throws {VigilError} `notFound` it was deleted meanwhile. */
async function whileThere<T>(exam: string, make: () => Promise<T>): Promise<T> {
  const unlock = await lock(attemptsOf(exam));
  try {
    if (!(await examById(exam))) throw new VigilError('notFound');
    return await make();
  } finally {
    unlock();
  }
}

/** Who takes an exam, and with which attempts. Authorisation is the first line of each method; each change is recorded, then done. */
export class RosterService {
  readonly #options: RosterOptions;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** The students of an exam, by name. @throws {VigilError} `notFound`. */
  async show(user: UserDocument, id: string): Promise<Roster> {
    const { exam, course } = await examFor(user, id);
    const { title, durationMinutes, rules } = exam;
    const { identity } = rules;
    const last = [...lastOfEach(await outlinesOf(id)).values()];
    // Without a camera there is no face to compare.
    const asked = last.filter(({ accommodations, terms }) => {
      const own = rulesFor(rules, accommodations, terms);
      return own.identity && own.webcam;
    });
    const states = identity ? await this.#options.onboarding.statesFor(asked, identity) : new Map<string, never>();
    const students = last.map(
      (attempt): RosterStudent => ({
        attempt: attempt._id,
        student: attempt.student,
        number: attempt.number,
        progress: attempt.progress,
        openedAtMs: time(attempt.openedAt),
        declinedAtMs: time(attempt.declinedAt),
        startedAtMs: time(attempt.startedAt),
        finishedAtMs: time(attempt.finishedAt),
        linkExpiresAtMs: attempt.linkExpiresAt.getTime(),
        leftMs: leftMs(attempt),
        onboarding: states.get(attempt._id) ?? null,
        ...(attempt.accommodations && { accommodations: attempt.accommodations }),
        ...(attempt.terms && { terms: attempt.terms }),
        purged: attempt.evidence === 'purged',
      }),
    );
    students.sort((a, b) => a.student.name.localeCompare(b.student.name) || a.student.email.localeCompare(b.student.email));
    return { exam: { title, durationMinutes, rules }, course: course.name, attemptsAllowed: exam.attemptsAllowed ?? null, asksOnboarding: identity !== undefined, students };
  }

  /** Adds students; who is there already stays as they are. @throws {VigilError} `notFound`, `badInput`. */
  async add(user: UserDocument, id: string, { students, reason }: z.infer<typeof RosterBody>): Promise<RosterAnswer> {
    const { exam } = await examFor(user, id);
    const there = await lastAttempts(id);
    const wanted = new Map<string, RosterLine>();
    for (const line of students) {
      const key = studentKey(line);
      if (!there.has(key) && !wanted.has(key)) wanted.set(key, line);
    }
    if (wanted.size === 0) return { added: 0, already: students.length };
    const extra = [...wanted.values()].some(({ extraMinutes }) => extraMinutes > 0);
    if (extra && reason.length < 3) throw new VigilError('badInput', 'Write the reason for the extra time.');
    const now = this.#options.now();
    const attempts = [...wanted.values()].map(({ name, email, extraMinutes }) =>
      attemptOf(exam, { name, email }, 1, { linkDays: this.#options.linkDays, now, accommodations: extraMinutes ? { ...none, extraMinutes } : undefined }),
    );
    const actor = actorOf(user);
    await record({ atMs: now, actor, action: 'students-added', exam: id, ...(reason && { reason }), detail: { added: attempts.length } });
    const eased = attempts.filter((attempt) => attempt.accommodations);
    for (const { _id, accommodations } of eased) await record({ atMs: now, actor, action: 'accommodations', attempt: _id, exam: id, reason, detail: { before: none, after: accommodations } });
    const failed = await whileThere(id, () => addAttempts(attempts));
    for (const { _id, accommodations } of eased.filter((attempt) => failed.has(attempt._id)))
      await record({ atMs: now, actor, action: 'accommodations', attempt: _id, exam: id, reason: 'It was not set: somebody else has added the student at the same time.', detail: { before: accommodations, after: none } });
    const added = attempts.length - failed.size;
    return { added, already: students.length - added };
  }

  /** The links of all students. @throws {VigilError} `notFound`. */
  async links(user: UserDocument, id: string): Promise<StudentLink[]> {
    await examFor(user, id);
    const last = [...lastOfEach(await outlinesOf(id)).values()];
    return last.map((attempt) => this.#linkTo(attempt)).sort((a, b) => a.student.name.localeCompare(b.student.name));
  }

  /** The link of one attempt. @throws {VigilError} `notFound`. */
  async link(user: UserDocument, id: string): Promise<StudentLink> {
    return this.#linkTo(await attemptFor(user, id));
  }

  /** A new link; the one before ends. @throws {VigilError} `notFound`; `wrongState` while the student is in the exam with it. */
  async renew(user: UserDocument, id: string, { reason }: z.infer<typeof LinkBody>): Promise<StudentLink> {
    const attempt = await attemptFor(user, id);
    const { now, linkDays, backfillHours } = this.#options;
    if (attempt.progress === 'recording' || attempt.progress === 'interrupted')
      throw new VigilError('wrongState', 'The student is in the exam with this link. Copy the link instead; it opens the exam on another computer as well.');
    const untilMs = hasEnded(attempt.progress) && attempt.evidence !== 'complete' && !attempt.allSentAt ? (sendUntil(attempt, backfillHours) ?? 0) : 0;
    if (now() < untilMs)
      throw new VigilError('wrongState', 'The student’s browser may still send what is missing, with this link. Copy the link instead, or wait until the recording is complete.');
    const entry = { actor: actorOf(user), action: 'link-renewed' as const, attempt: id, exam: attempt.exam };
    await record({ ...entry, atMs: now(), ...(reason && { reason }), detail: {} });
    const renewed = await renewLink(attempt, new Date(now() + linkDays * 86_400_000));
    if (!renewed) {
      await record({ ...entry, atMs: now(), reason: 'It stays as it was: the attempt had moved on.', detail: {} });
      throw movedOn();
    }
    return this.#linkTo(renewed);
  }

  /** Takes a student off the list, whose link nobody has opened. @throws {VigilError} `notFound`, `wrongState`. */
  async remove(user: UserDocument, id: string): Promise<void> {
    const attempt = await attemptFor(user, id);
    const opened = new VigilError('wrongState', 'The link was opened: the attempt stays. A new link takes the place of one that should not be used.');
    if (attempt.progress !== 'created' || attempt.openedAt) throw opened;
    const entry = { actor: actorOf(user), action: 'student-removed' as const, exam: attempt.exam, detail: { student: attempt.student.name, number: attempt.number } };
    await record({ ...entry, atMs: this.#options.now() });
    if (await removeUnopened(id)) return;
    await record({ ...entry, atMs: this.#options.now(), reason: 'The student stays: the link was opened at the same time.' });
    throw opened;
  }

  /**
   * Opens an attempt again that has ended. What is there of it stays; the student goes on with the time that was left, or is given,
   * from when they go on.
   * @throws {VigilError} `notFound`; `wrongState`, `badInput`, with a sentence.
   */
  async reopen(user: UserDocument, id: string, { minutes, reason, finishedAtMs }: z.infer<typeof ReopenBody>): Promise<void> {
    const attempt = await attemptFor(user, id);
    const endsAt = endAgain(attempt, minutes);
    const { exam, student, number, finishedAt } = attempt;
    if (!finishedAt || finishedAt.getTime() !== finishedAtMs) throw movedOn();
    const last = await lastAttemptOf(exam, student);
    if (last && last.number > number) throw new VigilError('wrongState', `The student has attempt ${last.number} already. Only the last attempt can be opened again.`);
    const { now, linkDays } = this.#options;
    const atMs = now();
    const given = Math.floor((endsAt.getTime() - finishedAtMs) / 60_000);
    const entry = { actor: actorOf(user), action: 'reopened' as const, attempt: id, exam };
    await record({ ...entry, atMs, reason, detail: { minutes: given } });
    const detail = `${given} ${given === 1 ? 'minute' : 'minutes'} left: ${reason}`.slice(0, 500);
    await this.#open(attempt, { atMs, kind: 'reopened', detail }, endsAt, atMs + linkDays * 86_400_000).catch(async (error: unknown) => {
      await record({ ...entry, atMs: now(), reason: 'It could not be opened: the attempt had moved on, or the database did not answer.', detail: { minutes: null } });
      throw error instanceof VigilError && error.reason === 'wrongState' ? movedOn() : error;
    });
    // Somebody else may have given another attempt in the same moment.
    if (((await lastAttemptOf(exam, student))?.number ?? number) === number) return;
    const overtaken = 'It stays closed: somebody else has given the student another attempt at the same time.';
    await record({ ...entry, atMs: now(), reason: overtaken, detail: { minutes: null } });
    await advance(id, 'lapse', { event: { atMs: now(), kind: 'submitted', detail: overtaken }, where: { finishedAt } });
    throw movedOn();
  }

  /** Its evidence may just be judged, which is no reason to refuse. */
  async #open(attempt: AttemptDocument, event: AttemptEvent, endsAt: Date, expiresAtMs: number): Promise<void> {
    const { _id, finishedAt, evidence, linkExpiresAt, review } = attempt;
    try {
      await advance(_id, 'reopen', {
        event,
        where: { ...(finishedAt && { finishedAt }), evidence, review: review ?? trusted({ $exists: false }) },
        set: { endsAt, evidence: reopenedEvidence(evidence), linkExpiresAt: new Date(Math.max(linkExpiresAt.getTime(), expiresAtMs)) },
        unset: ['allSentAt'],
      });
    } catch (error) {
      const now = await attemptById(_id);
      if (!now || now.evidence === evidence || now.evidence === 'purged') throw error;
      await this.#open({ ...attempt, evidence: now.evidence }, event, endsAt, expiresAtMs);
    }
  }

  /**
   * Makes a student's next attempt; the ones before stay as they are. It may be more than the exam allows: the reason says why.
   * @throws {VigilError} `notFound`; `wrongState`, with a sentence.
   */
  async retake(user: UserDocument, id: string, { reason, number }: z.infer<typeof RetakeBody>): Promise<NewAttemptAnswer> {
    const attempt = await attemptFor(user, id);
    const { exam } = await examFor(user, attempt.exam);
    const last = (await lastAttemptOf(exam._id, attempt.student)) ?? attempt;
    if (last.number !== number) throw new VigilError('wrongState', `The student has attempt ${last.number} by now. Reload the page and look at it.`);
    const latest = last._id === id ? attempt : ((await attemptById(last._id)) ?? attempt);
    if (!hasEnded(last.progress))
      throw new VigilError('wrongState', isOpenAgain(latest) ? 'The last attempt is open again. The student can go on with it.' : 'The last attempt is not over. The student can take it with its link.');
    const { now, linkDays, secret, publicUrl } = this.#options;
    const next = attemptOf(exam, attempt.student, number + 1, { linkDays, now: now(), accommodations: latest.accommodations });
    const entry = { actor: actorOf(user), action: 'retake' as const, attempt: next._id, exam: exam._id };
    await record({ ...entry, atMs: now(), reason, detail: { number: next.number } });
    try {
      await whileThere(exam._id, () => Attempts.create(next));
    } catch (error) {
      await record({ ...entry, atMs: now(), reason: 'It was not made: somebody else was first, or the database did not answer.', detail: { number: null } });
      if (isDuplicate(error)) throw new VigilError('wrongState', `The student has attempt ${next.number} by now. Reload the page and look at it.`);
      throw error;
    }
    // Somebody else may have opened the last one again in the same moment; nobody has this one's link yet.
    const still = await attemptById(last._id);
    if (still && !hasEnded(still.progress)) {
      await record({ ...entry, atMs: now(), reason: 'It was not made: somebody else has opened the last attempt again at the same time.', detail: { number: null } });
      await removeUnopened(next._id);
      throw movedOn();
    }
    return { attempt: next._id, link: linkOf(secret, publicUrl, next, now()), expiresAtMs: next.linkExpiresAt.getTime() };
  }

  #linkTo(attempt: Pick<AttemptDocument, '_id' | 'student' | 'linkExpiresAt' | 'linkVersion'>): StudentLink {
    const { secret, publicUrl, now } = this.#options;
    return { attempt: attempt._id, student: attempt.student, link: linkOf(secret, publicUrl, attempt, now()), expiresAtMs: attempt.linkExpiresAt.getTime() };
  }
}
