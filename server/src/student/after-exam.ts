import type { Config, Evidence, Finding, OwnAttempt, ReplyBody, RequestBody, Standing, StudentRequest } from '@vigil/protocol';
import { mostVersions, sourcesOf, VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { RateLimiter } from '../accounts/rate-limit.js';
import { evidenceMoves } from '../attempts/evidence.js';
import { examForStudent } from '../attempts/for-student.js';
import { gapsBySource, gapsOf, isMissing, recordOf } from '../attempts/gaps.js';
import { hasEnded } from '../attempts/progress.js';
import { sendUntil } from '../backfill/backfill.js';
import { keptUntil } from '../privacy/kept-until.js';
import { record } from '../privacy/audit.js';
import type { AttemptDocument, CourseDocument, ExamDocument, ReleaseDocument } from '../store/index.js';
import { addReply, addRequest, attemptById, courseById, examById, findingById, newId, resolutionsOf, seenRelease, seenReleasesOf, segmentsOf } from '../store/index.js';
import { noticeFor } from './notice.js';
import { incidentsIn, matchReleases } from './shown.js';

/** More requests of one attempt are not taken: each waits for a person. */
const mostRequests = 20;

const notOver = (): VigilError => new VigilError('wrongState', 'The exam is not over. Come back when it is.');

/** A student, as an entry of the audit log names them. */
export const studentActor = ({ _id: id, student: { name } }: Pick<AttemptDocument, '_id' | 'student'>) => ({ kind: 'student' as const, id, name });

/** Whether a person has decided, so that what was replied before stays as it is. */
const isDecided = ({ review }: Pick<AttemptDocument, 'review'>): boolean => review === 'cleared' || review === 'violation';

/** A first reply can always be written; it can be changed until a person has decided. */
const isOpen = (attempt: AttemptDocument, { replies }: Pick<ReleaseDocument, 'replies'>): boolean =>
  attempt.evidence !== 'purged' && replies.length < mostVersions && (replies.length === 0 || !isDecided(attempt));

/** What a student sees and says of the own attempt when the exam is over. The caller has checked that the link opens it. */
export class AfterExam {
  readonly #config: Config;
  readonly #now: () => number;
  /** A page asks when it is opened and after what it does; pictures come one by one. */
  readonly #looks: RateLimiter;
  readonly #pictures: RateLimiter;
  readonly #writes: RateLimiter;

  constructor(config: Config, now: () => number) {
    this.#config = config;
    this.#now = now;
    this.#looks = new RateLimiter({ tries: 30, windowMs: 60_000 }, now);
    this.#pictures = new RateLimiter({ tries: 300, windowMs: 60_000 }, now);
    this.#writes = new RateLimiter({ tries: 15, windowMs: 60_000 }, now);
  }

  /** Where the attempt stands. What is shown of findings counts as seen from now on. @throws {VigilError} `wrongState` before the end, `tooMany`. */
  async show(attempt: AttemptDocument): Promise<OwnAttempt> {
    if (!hasEnded(attempt.progress)) throw notOver();
    if (!this.#looks.take(attempt._id)) throw new VigilError('tooMany');
    const nowMs = this.#now();
    const { exam, course } = await contextOf(attempt);
    const releases = await seenReleasesOf(attempt._id, nowMs);
    const incidents = releases.length ? matchReleases(await incidentsIn(attempt, exam), releases) : undefined;
    const deleted = attempt.evidence === 'purged';
    const decided = isDecided(attempt) ? attempt.decisions?.at(-1) : undefined;
    return {
      nowMs,
      recorded: deleted ? null : await this.#recorded(attempt, exam, nowMs),
      deleted,
      keptUntilMs: keptUntil(attempt, exam),
      held: attempt.evidence === 'held',
      seenBy: noticeFor(examForStudent(exam, attempt), course, this.#config).shown.seenBy,
      standing: await standingOf(attempt, releases.length > 0),
      decidedAtMs: decided?.atMs ?? null,
      releases: releases.map((release) => ({
        id: release._id,
        kind: release.kind,
        startMs: release.startMs,
        endMs: release.endMs,
        ...(release.detail && { detail: release.detail }),
        picture: incidents?.has(release._id) ?? false,
        replies: release.replies,
        open: isOpen(attempt, release),
      })),
      requests: (attempt.requests ?? []).map(requestView),
    };
  }

  /** The finding whose picture shows an incident that the student was shown. @throws {VigilError} `notFound`, `tooMany`. */
  async picture(attempt: AttemptDocument, id: string): Promise<Finding> {
    if (!this.#pictures.take(attempt._id)) throw new VigilError('tooMany');
    const release = await seenRelease(id, attempt._id);
    const exam = release && (await examById(attempt.exam));
    if (!release || !exam) throw new VigilError('notFound');
    const incident = matchReleases(await incidentsIn(attempt, exam), [release]).get(id);
    const finding = incident && (await findingById(incident.id));
    if (!finding) throw new VigilError('notFound');
    return finding;
  }

  /**
   * Adds a version of the reply to an incident that the student was shown; the same text again changes nothing.
   * @throws {VigilError} `notFound`, `tooMany`; `wrongState`, with a sentence.
   */
  async reply(attempt: AttemptDocument, id: string, { text, seen }: z.infer<typeof ReplyBody>): Promise<void> {
    if (!this.#writes.take(attempt._id)) throw new VigilError('tooMany');
    const release = await seenRelease(id, attempt._id);
    if (!release) throw new VigilError('notFound');
    if (release.replies.at(-1)?.text === text) return;
    if (!isOpen(attempt, release))
      throw new VigilError('wrongState', isDecided(attempt) ? 'A decision was made. Your reply stays as it was; you can contest the decision below.' : 'This reply cannot be changed any more.');
    const elsewhere = (): VigilError => new VigilError('wrongState', 'You have replied in another tab. Reload the page, and look at what is there.');
    if (release.replies.length !== seen) throw elsewhere();
    if (!(await addReply(id, { atMs: this.#now(), text }, seen))) throw elsewhere();
  }

  /**
   * Takes what the student asks for. A dispute puts the hold on, in the same write. The same again, while it is open, changes nothing.
   * @throws {VigilError} `wrongState`, with a sentence; `tooMany`.
   */
  async request(attempt: AttemptDocument, { kind, text }: z.infer<typeof RequestBody>): Promise<void> {
    if (!this.#writes.take(attempt._id)) throw new VigilError('tooMany');
    if (!isRequestable(attempt, kind, text)) return;
    const request: StudentRequest = { id: newId(), kind, atMs: this.#now(), text };
    const entry = { actor: studentActor(attempt), action: 'student-request' as const, attempt: attempt._id, exam: attempt.exam };
    // The words are the student's, and go with the attempt: the log, from which nothing goes, does not have them.
    await record({ ...entry, atMs: request.atMs, detail: { kind, request: request.id } });
    const asked = await put(attempt, request).catch(async (error: unknown) => {
      await record({ ...entry, atMs: this.#now(), reason: 'It could not be taken.', detail: { kind: null, request: request.id } });
      throw error;
    });
    if (!asked) await record({ ...entry, atMs: this.#now(), reason: 'It was there already.', detail: { kind: null, request: request.id } });
  }

  async #recorded(attempt: AttemptDocument, exam: ExamDocument, nowMs: number): Promise<OwnAttempt['recorded']> {
    const segments = await segmentsOf([attempt._id]);
    if (!attempt.startedAt || segments.length === 0) return null;
    const of = recordOf(attempt, exam, segments, attempt.history, nowMs);
    const missing = gapsBySource(gapsOf(of));
    const untilMs = attempt.allSentAt || attempt.evidence === 'complete' ? null : sendUntil(attempt, this.#config.VIGIL_BACKFILL_HOURS);
    return {
      ...of.window,
      sources: sourcesOf(of.rules).map((source) => ({ source, missing: (missing.get(source) ?? []).filter(isMissing).map(({ startMs, endMs, cause }) => ({ startMs, endMs, cause })) })),
      sendUntilMs: untilMs !== null && untilMs > nowMs && missing.size > 0 ? untilMs : null,
    };
  }
}

/** A request without the name of who answered it. */
export const requestView = ({ id, kind, atMs, text, answer }: StudentRequest): OwnAttempt['requests'][number] => ({
  id,
  kind,
  atMs,
  text,
  ...(answer && { answer: { atMs: answer.atMs, text: answer.text } }),
});

/** The exam and course of an attempt. @throws {VigilError} `notFound`. */
export async function contextOf(attempt: Pick<AttemptDocument, 'exam' | 'course'>): Promise<{ exam: ExamDocument; course: CourseDocument }> {
  const [exam, course] = await Promise.all([examById(attempt.exam), courseById(attempt.course)]);
  if (!exam || !course) throw new VigilError('notFound');
  return { exam, course };
}

async function standingOf(attempt: AttemptDocument, released: boolean): Promise<Standing> {
  if (isDecided(attempt)) return attempt.review === 'cleared' ? 'cleared' : 'decided';
  const looked = released || attempt.reviewed !== undefined || (attempt.review ?? 'none') !== 'none' || (attempt.decisions?.length ?? 0) > 0;
  return looked || (await resolutionsOf([attempt._id])).length > 0 ? 'looking' : 'waiting';
}

/** Whether it is to be put down; false: it is there already. @throws {VigilError} `wrongState`, with a sentence. */
function isRequestable(attempt: AttemptDocument, kind: StudentRequest['kind'], text: string): boolean {
  if (!hasEnded(attempt.progress)) throw notOver();
  if (!attempt.startedAt) throw new VigilError('wrongState', 'Nothing was recorded in this attempt.');
  if (attempt.evidence === 'purged') throw new VigilError('wrongState', 'What was recorded is deleted already.');
  const { requests = [] } = attempt;
  const open = requests.find((one) => one.kind === kind && !one.answer);
  if (open?.text === text) return false;
  if (open) throw new VigilError('wrongState', 'You have asked already. A person has to answer that first.');
  if (requests.length >= mostRequests) throw new VigilError('wrongState', 'You have asked often. Ask your instructor in person.');
  return true;
}

/** The hold, from the evidence as it is. */
function holdFrom(from: Evidence): { from: Evidence; to: Evidence } {
  if (!(evidenceMoves.hold.from as readonly Evidence[]).includes(from)) throw new VigilError('wrongState');
  return { from, to: evidenceMoves.hold.to };
}

/** Puts a request down, also where something else happens to the attempt at the same time. @returns false: it is there already. */
async function put(attempt: AttemptDocument, request: StudentRequest): Promise<boolean> {
  let latest: AttemptDocument | null = attempt;
  for (let tries = 1; latest; tries += 1) {
    if (!isRequestable(latest, request.kind, request.text)) return false;
    // What is held already stays so.
    const hold = request.kind === 'dispute' && latest.evidence !== 'held' ? holdFrom(latest.evidence) : undefined;
    if (await addRequest(latest._id, request, latest.requests?.length ?? 0, hold)) return true;
    if (tries >= 5) throw new VigilError('wrongState');
    latest = await attemptById(attempt._id);
  }
  throw new VigilError('notFound');
}
