import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pieceName, sourcesOf, VigilError } from '@vigil/protocol';
import type { CoverageAnswer, PieceOutcome, Track } from '@vigil/protocol';
import { holesUnder, openPiece, PieceError, placePiece, storePlaced } from '@vigil/recorder/backfill';
import type { Piece } from '@vigil/recorder/backfill';
import type { Logger } from 'pino';
import { RateLimiter } from '../accounts/rate-limit.js';
import { note } from '../attempts/advance.js';
import { judgeEvidence } from '../attempts/judge-evidence.js';
import { hasEnded } from '../attempts/progress.js';
import { recordOf } from '../attempts/gaps.js';
import type { AttemptDocument } from '../store/index.js';
import { attemptById, examById, indexSegment, laterBytesOf, noteAllSent, noteRestored, segmentsOf } from '../store/index.js';
import { coverageOf, type CoverageInput } from './coverage.js';
import { isDiskFull } from './disk-full.js';
import { ringKeyOf } from './ring-key.js';
import { uploadsFolder } from './upload-files.js';

/** What the capability needs. */
export interface BackfillOptions {
  /** VIGIL_DATA. */
  data: string;
  secret: string;
  /** Hours after an attempt's end in which pieces are taken. */
  hours: number;
  segmentMs: CoverageInput['segmentMs'];
  log: Logger;
  /** Server wall clock, ms since 1970. */
  now: () => number;
}

/** A piece may end so much after what is known to be missing, ms: clocks differ, and sources start a little apart. */
const toleranceMs = 1_000;
/** What one attempt's pieces may take on the disk: several times what our page records, bytes a second and to start with. */
const bytesPerSecond = 60_000;
const burstBytes = 20_000_000;
/** So many pieces of an attempt are refused an hour: to open one costs work, and those do not count towards its bytes. */
const refusals = { tries: 20, windowMs: 3_600_000 };

/** Until when pieces of an attempt are taken, ms since 1970; null while there is no end, and before the start. */
export const sendUntil = ({ finishedAt }: Pick<AttemptDocument, 'finishedAt'>, hours: number): number | null =>
  finishedAt ? finishedAt.getTime() + hours * 3_600_000 : null;

/** Whether what the student's browser kept is taken: from the start of the attempt until `sendUntil`. */
export function takesLate(attempt: Pick<AttemptDocument, 'startedAt' | 'finishedAt' | 'evidence' | 'progress'>, hours: number, nowMs: number): boolean {
  if (!attempt.startedAt || attempt.evidence === 'purged') return false;
  const until = sendUntil(attempt, hours);
  return until === null ? !hasEnded(attempt.progress) : nowMs <= until;
}

/** What the SFU missed and the student's browser kept: says what is missing, and puts it into the record. */
export class Backfill {
  readonly #options: BackfillOptions;
  /** Of each attempt the last piece under way: one after the other, so that two never fill the same hole. */
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #refused: RateLimiter;

  constructor(options: BackfillOptions) {
    this.#options = options;
    this.#refused = new RateLimiter(refusals, options.now);
  }

  /** Where files are while they are not whole; on the same file system as the segments. */
  get workFolder(): string {
    return uploadsFolder(this.#options.data);
  }

  /** What the record lacks. */
  async coverage(attempt: AttemptDocument): Promise<CoverageAnswer> {
    const input = await this.#inputOf(attempt);
    return { nowMs: this.#options.now(), open: this.#isOpen(attempt), tracks: attempt.startedAt ? coverageOf(input) : [] };
  }

  /**
   * Whether a piece may be sent; asked before its bytes are.
   * @throws {VigilError} sendingClosed, pieceInvalid or tooMany.
   */
  async admit(attempt: AttemptDocument, name: string, bytes: number): Promise<void> {
    if (!this.#isOpen(attempt)) throw new VigilError('sendingClosed');
    if (!pieceName.test(name)) throw new VigilError('pieceInvalid');
    this.#refuseAfterMany(attempt._id);
    const stored = await laterBytesOf(attempt._id);
    const seconds = ((attempt.finishedAt?.getTime() ?? this.#options.now()) - (attempt.startedAt?.getTime() ?? 0)) / 1_000;
    if (stored + bytes > burstBytes + seconds * bytesPerSecond)
      throw new VigilError('tooMany', 'More was sent for this attempt than it can have recorded.');
  }

  /**
   * Puts a piece into the record: opened, checked, cut to what is missing, placed by its clock. The same piece again changes nothing.
   * @throws {VigilError} pieceInvalid; tooMany, after many that were; sendingClosed; wrongState, when that part is still being written; diskFull; noDatabase.
   */
  take(attempt: string, name: string, file: string): Promise<PieceOutcome> {
    const result = (this.#last.get(attempt) ?? Promise.resolve()).then(() => this.#take(attempt, name, file));
    const settled = result.catch(() => undefined).finally(() => {
      if (this.#last.get(attempt) === settled) this.#last.delete(attempt);
    });
    this.#last.set(attempt, settled);
    return result;
  }

  /** The browser has nothing left that is missing: what is not there now will not come. */
  async sent(attempt: AttemptDocument): Promise<CoverageAnswer> {
    await judgeEvidence(attempt._id, true, this.#options.now());
    if (hasEnded(attempt.progress)) await noteAllSent(attempt, new Date(this.#options.now()));
    await this.#noteSent(attempt);
    return this.coverage(attempt);
  }

  #isOpen(attempt: AttemptDocument): boolean {
    return takesLate(attempt, this.#options.hours, this.#options.now());
  }

  #refuseAfterMany(attempt: string): void {
    if (!this.#refused.allows(attempt)) throw new VigilError('tooMany', 'Too much was sent that cannot be used. Wait an hour.');
  }

  async #take(id: string, name: string, file: string): Promise<PieceOutcome> {
    const { secret, data, log, now } = this.#options;
    // Read again: the attempt may have ended, or been purged, while the piece was under way.
    const attempt = await attemptById(id);
    if (!attempt || !this.#isOpen(attempt)) throw new VigilError('sendingClosed');
    this.#refuseAfterMany(id);
    const opened = this.#open(await readFile(file), ringKeyOf(secret, id), id, name);
    const input = await this.#inputOf(attempt);
    // What is not to be recorded of this student is not kept, whatever the browser sends.
    const asked = sourcesOf(input.rules);
    const piece = { ...opened, frames: opened.frames.filter(({ kind }) => asked.includes(kind === 'sound' ? 'microphone' : opened.track)) };
    const track = coverageOf(input).find((one) => one.track === piece.track);
    if (!track || piece.frames.length === 0) return 'empty';
    // After the end nothing is being written, and what a piece holds beyond it is cut off.
    if (!hasEnded(attempt.progress) && piece.endMs > track.settledToMs + toleranceMs)
      throw new VigilError('wrongState', 'This part of the recording is still being written. Send it later, if it is then missing.');
    const holes = holesUnder(piece, track.missing);
    if (holes.length === 0) return 'covered';
    const placed = placePiece(piece, holes);
    if (placed.length === 0) return 'empty';
    const segments = [...input.segments];
    for (const part of placed) {
      const sidecar = await storePlaced(part, piece, { segments: join(data, 'segments'), work: this.workFolder, attempt: id }).catch((error: unknown) => {
        if (!isDiskFull(error)) throw error;
        log.error({ attempt: id, err: error }, 'piece not stored');
        throw new VigilError('diskFull', undefined, { cause: error });
      });
      await indexSegment(sidecar, now());
      segments.push(sidecar);
    }
    log.info({ attempt: id, piece: name, ms: placed.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) }, 'piece stored');
    await noteRestored(id);
    await judgeEvidence(id, false, now(), segments);
    return 'stored';
  }

  #open(bytes: Buffer, key: Buffer, attempt: string, name: string): Piece {
    try {
      return openPiece(bytes, key, attempt, name);
    } catch (error) {
      if (!(error instanceof PieceError)) throw error;
      this.#options.log.warn({ attempt, piece: name, err: error }, 'piece refused');
      this.#refused.take(attempt);
      throw new VigilError('pieceInvalid', undefined, { cause: error });
    }
  }

  /** One line in the history for all that came later. */
  async #noteSent(attempt: AttemptDocument): Promise<void> {
    const segments = await segmentsOf([attempt._id]);
    const seconds = (of: Track): number =>
      Math.round(segments.filter(({ track, backfill }) => backfill && track === of).reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000);
    const [webcam, screen] = [seconds('webcam'), seconds('screen')];
    const detail = `From what the student’s browser kept: ${webcam} s of camera and microphone, ${screen} s of the screen.`;
    if (webcam + screen === 0 || attempt.history.some((event) => event.kind === 'backfilled' && event.detail === detail)) return;
    await note(attempt._id, { atMs: this.#options.now(), kind: 'backfilled', detail });
  }

  async #inputOf(attempt: AttemptDocument): Promise<CoverageInput> {
    const [exam, segments] = await Promise.all([examById(attempt.exam), segmentsOf([attempt._id])]);
    if (!exam) throw new VigilError('notFound');
    return { ...recordOf(attempt, exam, segments, attempt.history, this.#options.now()), segmentMs: this.#options.segmentMs };
  }
}
