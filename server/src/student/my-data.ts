import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Config, DownloadAnswer } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import { makeZip } from 'client-zip';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { RateLimiter } from '../accounts/rate-limit.js';
import { hasEnded } from '../attempts/progress.js';
import { record } from '../privacy/audit.js';
import type { MediaFiles } from '../review/media-files.js';
import type { AttemptDocument } from '../store/index.js';
import { attemptById } from '../store/index.js';
import { readToken, signToken } from '../tokens/tokens.js';
import { studentActor } from './after-exam.js';
import { entriesOf } from './my-data-entries.js';

/** The browser begins to save at once, ms. */
const ticketMs = 60_000;

const tooOften = (): VigilError => new VigilError('tooMany', 'You have downloaded it several times just now. Try again in an hour.');

/** The download of all that is kept of an attempt and is its student's to have: one ZIP, made while it is sent. */
export class MyData {
  readonly #config: Config;
  readonly #secret: string;
  readonly #files: MediaFiles;
  readonly #now: () => number;
  /** A download reads all of the recording. */
  readonly #downloads: RateLimiter;
  readonly #tickets: RateLimiter;

  constructor(config: Config, secret: string, files: MediaFiles, now: () => number) {
    this.#config = config;
    this.#secret = secret;
    this.#files = files;
    this.#now = now;
    this.#downloads = new RateLimiter({ tries: 4, windowMs: 3_600_000 }, now);
    this.#tickets = new RateLimiter({ tries: 10, windowMs: 60_000 }, now);
  }

  /** Where the student's browser can save the file from, without the link's token in its list of downloads. @throws {VigilError} `wrongState`, `tooMany`. */
  ticketFor(attempt: AttemptDocument): DownloadAnswer {
    permit(attempt);
    if (!this.#tickets.take(attempt._id)) throw new VigilError('tooMany');
    if (!this.#downloads.allows(attempt._id)) throw tooOften();
    const now = this.#now();
    return { url: `/api/downloads/${signToken(this.#secret, 'download', { subject: attempt._id, expiresAtMs: now + ticketMs }, now)}` };
  }

  /** Sends the file. It is in the audit log before. @throws {VigilError} `linkInvalid`, `linkExpired`, `wrongState`, `tooMany`. */
  async send(ctx: Context, ticket: string, log: Logger): Promise<void> {
    const content = readToken(this.#secret, 'download', ticket);
    if (!content) throw new VigilError('linkInvalid');
    const now = this.#now();
    if (content.expiresAtMs <= now) throw new VigilError('linkExpired', 'This address was good for a minute. Open your link again, and press “Download my data”.');
    const attempt = await attemptById(content.subject);
    if (!attempt || attempt.practice) throw new VigilError('linkInvalid');
    permit(attempt);
    const head = ctx.method === 'HEAD';
    if (!head && !this.#downloads.take(attempt._id)) throw tooOften();
    if (!head) await record({ atMs: now, actor: studentActor(attempt), action: 'student-download', attempt: attempt._id, exam: attempt.exam, detail: {} });
    ctx.attachment(`my-exam-${new Date(now).toISOString().slice(0, 10)}.zip`);
    ctx.type = 'application/zip';
    ctx.status = 200;
    if (head) return;
    // By hand: an answer that breaks off must not look whole.
    ctx.respond = false;
    const zip = Readable.fromWeb(makeZip(entriesOf(attempt, this.#config, this.#files, now)));
    await pipeline(zip, ctx.res).catch((error: unknown) => log.warn({ attempt: attempt._id, err: error }, 'download cut short'));
  }
}

function permit({ progress, startedAt }: AttemptDocument): void {
  if (!hasEnded(progress)) throw new VigilError('wrongState', 'The exam is not over. Come back when it is.');
  if (!startedAt) throw new VigilError('wrongState', 'Nothing was recorded in this attempt.');
}
