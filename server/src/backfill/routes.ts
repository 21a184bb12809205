import type { IncomingMessage } from 'node:http';
import { randomBytes } from 'node:crypto';
import { ERRORS, Server } from '@tus/server';
import { maxPieceBytes, VigilError } from '@vigil/protocol';
import type { ErrorBody } from '@vigil/protocol';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { asVigilError } from '../http/errors.js';
import type { Route } from '../http/route.js';
import type { AttemptDocument } from '../store/index.js';
import type { Backfill } from './backfill.js';
import { isDiskFull } from './disk-full.js';
import { UploadStore } from './upload-store.js';

const path = '/api/student/backfill';

/** Resumable uploads of pieces (tus 1.0.0): one upload a piece, named after its attempt so that no other can touch it. */
export class Uploads {
  readonly #server: Server;
  /** Whom a request is from; the router's gate found that out. */
  readonly #attempts = new WeakMap<IncomingMessage, AttemptDocument>();

  constructor(backfill: Backfill, log: Logger) {
    const store = new UploadStore(backfill.workFolder);
    this.#server = new Server({
      path,
      datastore: store,
      relativeLocation: true,
      maxSize: maxPieceBytes,
      allowedOrigins: () => false,
      exposedHeaders: ['Vigil-Piece'],
      namingFunction: (request) => `${this.#attemptOf(request)._id}-${randomBytes(12).toString('hex')}`,
      // The id is decoded already: one that only began with the attempt could lead elsewhere by an encoded slash.
      getFileIdFromRequest: (request, id = '') => (isUploadOf(this.#attemptOf(request)._id, id) ? id : undefined),
      onUploadCreate: async (request, { size, metadata }) => {
        await backfill.admit(this.#attemptOf(request), metadata?.['piece'] ?? '', size ?? maxPieceBytes);
        return {};
      },
      onUploadFinish: async (request, { id, metadata }) => {
        const attempt = this.#attemptOf(request)._id;
        const outcome = await store.finish(id, (file) => backfill.take(attempt, metadata?.['piece'] ?? '', file));
        return { headers: { 'Vigil-Piece': outcome } };
      },
      onResponseError: (_request, error) => answerOf(error, log),
    });
  }

  /** Hands a request of a student to the tus server. */
  async handle(ctx: Context, attempt: AttemptDocument): Promise<void> {
    this.#attempts.set(ctx.req, attempt);
    ctx.respond = false;
    // What tus sets is added to what is set already.
    ctx.res.statusCode = 200;
    await this.#server.handle(ctx.req, ctx.res);
  }

  #attemptOf(request: { runtime?: { node?: { req: unknown } } | undefined }): AttemptDocument {
    const attempt = this.#attempts.get(request.runtime?.node?.req as IncomingMessage);
    if (!attempt) throw new VigilError('linkInvalid');
    return attempt;
  }
}

const isUploadOf = (attempt: string, id: string): boolean =>
  id.startsWith(`${attempt}-`) && /^[0-9a-f]{24}$/.test(id.slice(attempt.length + 1));

/** Any error as the contract's `ErrorBody`, in the form that the tus server takes. What the operator should know is logged. */
function answerOf(error: unknown, log: Logger): { status_code: number; body: string } | undefined {
  // What the disk said, tus does not tell.
  const full = error === ERRORS.FILE_WRITE_ERROR || isDiskFull(error);
  // The tus server's own: a protocol that was not kept to.
  if (!full && !(error instanceof Error)) return undefined;
  const { reason, message, status, cause } = full ? new VigilError('diskFull', undefined, { cause: error }) : asVigilError(error);
  if (full || reason === 'internal') log.error({ err: cause ?? error, reason }, 'upload failed');
  return { status_code: status, body: JSON.stringify({ reason, message } satisfies ErrorBody) };
}

/** The student's side of coverage and backfill. */
export function backfillRoutes(backfill: Backfill, log: Logger): Route[] {
  const uploads = new Uploads(backfill, log);
  const upload = (method: 'POST' | 'HEAD' | 'PATCH', address: string): Route => ({
    method,
    path: address,
    access: 'student',
    handle: (ctx, attempt) => uploads.handle(ctx, attempt),
  });
  return [
    {
      method: 'GET',
      path: '/api/student/coverage',
      access: 'student',
      handle: async (ctx, attempt) => {
        ctx.body = await backfill.coverage(attempt);
      },
    },
    {
      method: 'POST',
      path: '/api/student/sent',
      access: 'student',
      handle: async (ctx, attempt) => {
        ctx.body = await backfill.sent(attempt);
      },
    },
    upload('POST', path),
    upload('HEAD', `${path}/:upload`),
    upload('PATCH', `${path}/:upload`),
  ];
}
