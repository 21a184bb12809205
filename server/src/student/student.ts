import type { AgreementBody, Config, EventsBody, ExamRules, ExamTerms, NoteBody, SessionAnswer, StudentAttempt } from '@vigil/protocol';
import { sameTerms, sourcesOf, termsOf, VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { RateLimiter } from '../accounts/rate-limit.js';
import { advance, note } from '../attempts/advance.js';
import { examForStudent } from '../attempts/for-student.js';
import { addsTo } from '../attempts/history.js';
import { askAgain } from '../attempts/ask-again.js';
import { leftMs } from '../attempts/gaps.js';
import { hasEnded, isOpenAgain } from '../attempts/progress.js';
import { openSession } from '../attempts/sessions.js';
import { sendUntil, takesLate } from '../backfill/backfill.js';
import type { AttemptDocument, CourseDocument, ExamDocument } from '../store/index.js';
import { addEvents, countEvents, courseById, examById, knownEvents, noteDeclined, noteOpened, noteRestored, withAccommodations } from '../store/index.js';
import { isRetaken } from '../roster/attempts-of-student.js';
import type { Onboarding } from '../onboarding/onboarding.js';
import { noticeFor } from './notice.js';

const time = (date: Date | undefined): number | null => date?.getTime() ?? null;

/** What a student is shown of the rules: not what is looked for, which would only teach to hide it. */
const shownRules = ({ webcam, microphone, screen, identity, fullscreen }: ExamRules): StudentAttempt['exam']['rules'] => ({
  webcam,
  microphone,
  screen,
  ...(identity && { identity }),
  ...(fullscreen && { fullscreen }),
});

/** What the page noticed may be so far outside of the attempt's time, ms: clocks differ. */
const clocksDifferMs = 5_000;
/** So many events are kept of an attempt: an exam of hours has some hundred. */
const mostKept = 2_000;

/** What a student can do with an attempt over HTTP. The caller has checked that the link opens it. */
export class StudentService {
  readonly #config: Config;
  readonly #secret: string;
  readonly #now: () => number;
  /** A page that has lost its server asks about once a second; one that asks more often is told so, and waits. */
  readonly #opening: RateLimiter;
  readonly #notes: RateLimiter;
  readonly #batches: RateLimiter;

  readonly #onboarding: Onboarding;

  constructor(config: Config, secret: string, now: () => number, onboarding: Onboarding) {
    this.#onboarding = onboarding;
    this.#config = config;
    this.#secret = secret;
    this.#now = now;
    this.#opening = new RateLimiter({ tries: 60, windowMs: 60_000 }, now);
    this.#notes = new RateLimiter({ tries: 40, windowMs: 3_600_000 }, now);
    // A page with news sends them every few seconds; one that was offline has some requests full.
    this.#batches = new RateLimiter({ tries: 40, windowMs: 60_000 }, now);
  }

  /** The attempt as the student's page shows it. That it was opened at all is noted the first time. */
  async show(attempt: AttemptDocument): Promise<StudentAttempt> {
    if (attempt.progress === 'created' && !attempt.openedAt) {
      const atMs = this.#now();
      await noteOpened(attempt._id, new Date(atMs));
      await note(attempt._id, { atMs, kind: 'opened' });
    }
    return this.#view(attempt, await this.#contextOf(attempt));
  }

  /**
   * Agree or leave. Leaving only leaves a line in the history: the student may come back and agree.
   * @throws {VigilError} `badInput` when the words were others than those in force.
   */
  async answerNotice(
    attempt: AttemptDocument,
    { agreed, noticeVersion }: z.infer<typeof AgreementBody>,
  ): Promise<StudentAttempt> {
    const context = await this.#contextOf(attempt);
    const notice = noticeFor(context.exam, context.course, this.#config);
    const atMs = this.#now();
    if (!agreed) {
      if (attempt.progress === 'created') {
        await noteDeclined(attempt._id, new Date(atMs));
        if (addsTo(attempt.history, 'declined')) await note(attempt._id, { atMs, kind: 'declined' });
      }
      return this.#view(attempt, context);
    }
    // Agreed before, perhaps in another tab.
    if (attempt.agreement && attempt.progress !== 'created') return this.#view(attempt, context);
    if (noticeVersion !== notice.shown.version)
      throw new VigilError('badInput', 'What you are asked to agree to has changed. Reload the page and read it again.');
    const after = await advance(attempt._id, 'agree', {
      event: { atMs, kind: 'agreed', detail: noticeVersion },
      set: { agreement: { at: new Date(atMs), noticeVersion, notice: notice.text, sources: sourcesOf(context.exam.rules), retentionDays: context.exam.retentionDays }, terms: context.terms },
      where: withAccommodations(attempt.accommodations),
    });
    // Who changed the exam meanwhile did not know of this student yet.
    const latest = await examById(attempt.exam);
    if (latest && !sameTerms(context.terms, termsOf(latest))) {
      await askAgain(attempt._id, this.#now());
      throw new VigilError('badInput', 'What you are asked to agree to has changed. Reload the page and read it again.');
    }
    return this.#view(after, context);
  }

  /**
   * Opens a session on a media process.
   * @throws {VigilError} `tooMany`, `notOpenYet`, `examClosed`, and what `openSession` throws.
   */
  async openSession(attempt: AttemptDocument): Promise<SessionAnswer> {
    if (!this.#opening.take(attempt._id)) throw new VigilError('tooMany');
    const { exam } = await this.#contextOf(attempt);
    const now = this.#now();
    if (attempt.startedAt === undefined) {
      if (exam.opensAt && now < exam.opensAt.getTime()) throw new VigilError('notOpenYet');
      if (exam.closesAt && now >= exam.closesAt.getTime()) throw new VigilError('examClosed');
      await this.#onboarding.beforeStart(attempt, exam.rules);
    }
    return openSession(attempt._id, { secret: this.#secret, now: this.#now });
  }

  /**
   * A line for the history on the browser's own recording, also after the end. One whose answer was lost comes again, and changes nothing.
   * @throws {VigilError} `notAgreed`, `attemptEnded` when all of it was removed, `tooMany`.
   */
  async note(attempt: AttemptDocument, { detail }: z.infer<typeof NoteBody>): Promise<void> {
    if (!attempt.agreement) throw new VigilError('notAgreed');
    if (attempt.evidence === 'purged') throw new VigilError('attemptEnded');
    if (attempt.history.findLast(({ kind }) => kind === 'ring')?.detail === detail) return;
    if (!this.#notes.take(attempt._id)) throw new VigilError('tooMany');
    await note(attempt._id, { atMs: this.#now(), kind: 'ring', detail });
  }

  /**
   * Takes what the page noticed of its browser, also late. What is outside of the attempt's time is left out, and so
   * are new ones of which there are too many: the page could only send them again.
   * @throws {VigilError} `sendingClosed` before the start and when it is too late, `tooMany`.
   */
  async noticed(attempt: AttemptDocument, { events }: z.infer<typeof EventsBody>): Promise<void> {
    const { _id, startedAt, finishedAt, progress } = attempt;
    const now = this.#now();
    if (!startedAt || !takesLate(attempt, this.#config.VIGIL_BACKFILL_HOURS, now)) throw new VigilError('sendingClosed');
    if (!this.#batches.take(_id)) throw new VigilError('tooMany');
    const [fromMs, toMs] = [startedAt.getTime(), finishedAt?.getTime() ?? now];
    const within = events.filter(({ atMs }) => atMs >= fromMs - clocksDifferMs && atMs <= toMs + clocksDifferMs);
    const known = await knownEvents(_id, within.map(({ id }) => id));
    const room = Math.max(0, mostKept - (await countEvents(_id)));
    const kept = within.filter(({ id }) => !known.has(id)).slice(0, room);
    await addEvents(_id, kept.map((event) => ({ ...event, atMs: Math.min(Math.max(event.atMs, fromMs), toMs) })));
    // What was worked out of the whole attempt does not hold any more.
    if (hasEnded(progress) && within.length > 0) await noteRestored(_id);
  }

  /** The exam as it holds for the student, what of it would be agreed to now, and its course. */
  async #contextOf(attempt: AttemptDocument): Promise<{ exam: ExamDocument; terms: ExamTerms; course: CourseDocument }> {
    const [exam, course] = await Promise.all([examById(attempt.exam), courseById(attempt.course)]);
    if (!exam || !course) throw new VigilError('notFound');
    return { exam: examForStudent(exam, attempt), terms: termsOf(exam), course };
  }

  async #view(attempt: AttemptDocument, { exam, course }: { exam: ExamDocument; course: CourseDocument }): Promise<StudentAttempt> {
    return {
      id: attempt._id,
      student: attempt.student.name,
      course: course.name,
      exam: {
        title: exam.title,
        instructions: exam.instructions,
        address: exam.address,
        embed: exam.embed,
        durationMinutes: exam.durationMinutes,
        opensAtMs: time(exam.opensAt),
        closesAtMs: time(exam.closesAt),
        ...(exam.allowed && { allowed: exam.allowed }),
        rules: shownRules(exam.rules),
      },
      notice: noticeFor(exam, course, this.#config).shown,
      progress: attempt.progress,
      onboarding: await this.#onboarding.stateFor(attempt, exam.rules),
      agreedAtMs: time(attempt.agreement?.at),
      askedAgain: attempt.progress === 'created' && attempt.history.some(({ kind }) => kind === 'asked-again'),
      startedAtMs: time(attempt.startedAt),
      endsAtMs: time(attempt.endsAt),
      finishedAtMs: time(attempt.finishedAt),
      openAgainMs: isOpenAgain(attempt) ? leftMs(attempt) : null,
      retaken: hasEnded(attempt.progress) && (await isRetaken(attempt)),
      sendUntilMs: sendUntil(attempt, this.#config.VIGIL_BACKFILL_HOURS),
      complete: attempt.evidence === 'complete',
      nowMs: this.#now(),
    };
  }
}
