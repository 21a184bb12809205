import type { Practice, SessionAnswer, Sidecar } from '@vigil/protocol';
import { mimeTypeOf, segmentId, Track, VigilError } from '@vigil/protocol';
import { scanSegments, segmentFile } from '@vigil/recorder/capture';
import type { Context } from 'koa';
import { RateLimiter } from '../accounts/rate-limit.js';
import { refusal } from '../attempts/progress.js';
import { openSession } from '../attempts/sessions.js';
import { sendFile } from '../http/files.js';
import type { AttemptDocument } from '../store/index.js';
import { Attempts, newId, trusted } from '../store/index.js';
import { deletePracticesOf } from './delete-practice.js';
import { practiceFolder, practiceMinutes } from './practice-files.js';

/** A practice is deleted when its student's page has not asked for it for so long, and at the latest so long after it was made, ms. */
const keptMs = { unasked: 10 * 60_000, most: 60 * 60_000 } as const;
/** A student needs one or two; each takes what an exam of a minute takes. */
const perDay = { tries: 12, windowMs: 86_400_000 };

/** What practices need. */
export interface PracticeOptions {
  /** VIGIL_DATA. */
  data: string;
  secret: string;
  /** Server wall clock, ms since 1970. */
  now: () => number;
}

/** The recorded minute before an exam. A student reaches it by the link of the attempt alone, and so nobody else's. */
export class PracticeService {
  readonly #options: PracticeOptions;
  readonly #folder: string;
  readonly #begun: RateLimiter;
  readonly #sessions: RateLimiter;

  constructor(options: PracticeOptions) {
    this.#options = options;
    this.#folder = practiceFolder(options.data);
    this.#begun = new RateLimiter(perDay, options.now);
    this.#sessions = new RateLimiter({ tries: 60, windowMs: 60_000 }, options.now);
  }

  /**
   * Makes a new one, and deletes one that was before.
   * @throws {VigilError} notAgreed, wrongState or attemptEnded when the exam is not before its start; wrongState while one is recorded; tooMany.
   */
  async begin(attempt: AttemptDocument): Promise<Practice> {
    if (attempt.progress !== 'checking' && attempt.progress !== 'ready') throw refusal(attempt.progress, 'pass');
    await this.#refuseWhileRecorded(attempt);
    if (!this.#begun.take(attempt._id)) throw new VigilError('tooMany', 'You have practised many times today. Go on without, or come back tomorrow.');
    const { data, now } = this.#options;
    await deletePracticesOf(attempt._id, data, now());
    const practice = practiceBefore(attempt, now());
    await Attempts.create(practice);
    return this.#view(practice);
  }

  /** Opens a session on a media process. @throws {VigilError} notFound, tooMany, and what `openSession` throws. */
  async openSession(attempt: AttemptDocument): Promise<SessionAnswer> {
    if (!this.#sessions.take(attempt._id)) throw new VigilError('tooMany');
    const { _id } = await this.#keptOf(attempt);
    return openSession(_id, this.#options);
  }

  /** The practice with what is recorded of it, which is kept for a while longer. @throws {VigilError} notFound. */
  async show(attempt: AttemptDocument): Promise<Practice> {
    return this.#view(await this.#keptOf(attempt));
  }

  /** Sends a segment of the practice. @throws {VigilError} notFound, badRange. */
  async sendSegment(ctx: Context, attempt: AttemptDocument, id: string): Promise<void> {
    const practice = await this.#keptOf(attempt);
    const sidecar = (await this.#recorded(practice)).find((one) => segmentId(one) === id);
    if (!sidecar) throw new VigilError('notFound');
    await sendFile(ctx, segmentFile(this.#folder, sidecar), mimeTypeOf(sidecar).replace(/;.*/, ''), sidecar.sha256);
  }

  /** Deletes all of it. Idempotent. @throws {VigilError} wrongState while it is recorded. */
  async delete(attempt: AttemptDocument): Promise<void> {
    await this.#refuseWhileRecorded(attempt);
    const { data, now } = this.#options;
    await deletePracticesOf(attempt._id, data, now());
  }

  /** Its files would be taken from under the recorder, which would look like a broken disk. */
  async #refuseWhileRecorded(attempt: AttemptDocument): Promise<void> {
    if (await Attempts.exists({ 'practice.of': attempt._id, progress: 'recording' }).exec())
      throw new VigilError('wrongState', 'A practice is being recorded, perhaps in another tab. Stop it there, or wait a minute.');
  }

  /** The newest one, unless its time is over; that time begins anew. */
  async #keptOf(attempt: AttemptDocument): Promise<AttemptDocument> {
    const now = this.#options.now();
    const filter = { 'practice.of': attempt._id, 'practice.deleteAt': trusted({ $gt: new Date(now) }) };
    const practice = await Attempts.findOne(filter).sort({ createdAt: -1, _id: -1 }).lean<AttemptDocument>().exec();
    if (!practice) throw new VigilError('notFound', 'This practice was deleted. You can do another one.');
    const deleteAt = deleteAtOf(practice.createdAt, now);
    const { matchedCount } = await Attempts.updateOne({ ...filter, _id: practice._id }, { $set: { 'practice.deleteAt': deleteAt } }).exec();
    if (matchedCount === 0) throw new VigilError('notFound', 'This practice was deleted. You can do another one.');
    return { ...practice, practice: { of: attempt._id, deleteAt } };
  }

  async #recorded({ _id }: AttemptDocument): Promise<Sidecar[]> {
    const found: Sidecar[] = [];
    for await (const one of scanSegments(this.#folder, { attempt: _id })) if ('sidecar' in one) found.push(one.sidecar);
    return found;
  }

  async #view(practice: AttemptDocument): Promise<Practice> {
    const segments = await this.#recorded(practice);
    return {
      nowMs: this.#options.now(),
      deleteAtMs: practice.practice?.deleteAt.getTime() ?? 0,
      tracks: Track.options
        .map((track) => ({ track, segments: segments.filter((one) => one.track === track).map(segmentView) }))
        .filter((one) => one.segments.length > 0),
    };
  }
}

const deleteAtOf = (createdAt: Date, now: number): Date => new Date(Math.min(createdAt.getTime() + keptMs.most, now + keptMs.unasked));

/** As the attempt, but for its time: what is made easier is so here as well. */
function practiceBefore(attempt: AttemptDocument, now: number): AttemptDocument {
  const createdAt = new Date(now);
  return {
    _id: newId(),
    practice: { of: attempt._id, deleteAt: deleteAtOf(createdAt, now) },
    exam: attempt.exam,
    course: attempt.course,
    number: attempt.number,
    student: attempt.student,
    ...(attempt.accommodations && { accommodations: { ...attempt.accommodations, extraMinutes: 0 } }),
    ...(attempt.terms && { terms: { ...attempt.terms, durationMinutes: practiceMinutes } }),
    // No link leads to it.
    linkExpiresAt: createdAt,
    progress: 'ready',
    evidence: 'receiving',
    history: [{ atMs: now, kind: 'created' }],
    createdAt,
  };
}

function segmentView(segment: Sidecar): Practice['tracks'][number]['segments'][number] {
  return {
    id: segmentId(segment),
    epoch: segment.epoch,
    startMs: segment.startMs,
    durationMs: segment.durationMs,
    zeroMs: segment.startMs,
    backfill: false,
    bytes: segment.bytes,
    mimeType: mimeTypeOf(segment),
    ...(segment.video && { width: segment.video.width, height: segment.video.height }),
  };
}
