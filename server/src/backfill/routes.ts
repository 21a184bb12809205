import type { IncomingMessage } from 'node:http';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { maxPieceBytes, VigilError } from '@vigil/protocol';
import type { ErrorBody } from '@vigil/protocol';
import type { Context } from 'koa';
import { asVigilError } from '../http/errors.js';
import type { Route } from '../http/route.js';
import type { AttemptDocument } from '../store/index.js';
import type { Backfill } from './backfill.js';
import { isDiskFull } from './disk-full.js';

const path = '/api/student/backfill';
/** An upload that is not whole after so long is thrown away; the browser still has the piece, and begins again. */
const expiryMs = 24 * 3_600_000;
const sweepMs = 3_600_000;
/** One page sends one piece at a time; a few more are left by pages that were closed in the middle. */
const mostOpen = 8;

/** Resumable uploads of pieces (tus 1.0.0): one upload a piece, named after its attempt so that no other can touch it. */
export class Uploads {
  readonly #backfill: Backfill;
  readonly #store: FileStore;
  readonly #server: Server;
  /** Whom a request is from; the router's gate found that out. */
  readonly #attempts = new WeakMap<IncomingMessage, AttemptDocument>();
  #sweptAt = -Infinity;

  constructor(backfill: Backfill) {
    this.#backfill = backfill;
    this.#store = new FileStore({ directory: backfill.workFolder });
    this.#server = new Server({
      path,
      datastore: this.#store,
      relativeLocation: true,
      maxSize: maxPieceBytes,
      allowedOrigins: () => false,
      exposedHeaders: ['Vigil-Piece'],
      namingFunction: (request) => `${this.#attemptOf(request)._id}-${randomBytes(12).toString('hex')}`,
      // The id is decoded already: one that only began with the attempt could lead elsewhere by an encoded slash.
      getFileIdFromRequest: (request, id = '') => (isUploadOf(this.#attemptOf(request)._id, id) ? id : undefined),
      onUploadCreate: async (request, { size, metadata }) => {
        const attempt = this.#attemptOf(request);
        await backfill.admit(attempt, metadata?.['piece'] ?? '', size ?? maxPieceBytes);
        await this.#makeRoom(attempt);
        return {};
      },
      onUploadFinish: async (request, { id, metadata }) => {
        try {
          const outcome = await backfill.take(this.#attemptOf(request)._id, metadata?.['piece'] ?? '', join(backfill.workFolder, id));
          return { headers: { 'Vigil-Piece': outcome } };
        } finally {
          // Also after a failure: a whole upload that is still there would look to the browser like one that was taken.
          await this.#remove(id);
        }
      },
      onResponseError: (_request, error) => answerOf(error),
    });
  }

  /** Hands a request of a student to the tus server. */
  async handle(ctx: Context, attempt: AttemptDocument): Promise<void> {
    await this.#sweep();
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

  /** Throws the oldest unfinished uploads of an attempt away when there are too many. */
  async #makeRoom({ _id }: AttemptDocument): Promise<void> {
    const own = await this.#unfinished(`${_id}-`);
    for (const { name } of own.slice(mostOpen - 1)) await this.#remove(name);
  }

  /** Now and then: what nobody went on with, and what a crash left of segments that were being made. */
  async #sweep(): Promise<void> {
    const now = Date.now();
    if (now - this.#sweptAt < sweepMs) return;
    this.#sweptAt = now;
    await mkdir(this.#backfill.workFolder, { recursive: true });
    for (const { name, atMs } of await this.#unfinished('')) if (now - atMs > expiryMs) await this.#remove(name);
  }

  /** Newest first, by their last byte. */
  async #unfinished(prefix: string): Promise<{ name: string; atMs: number }[]> {
    const folder = this.#backfill.workFolder;
    const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && !name.endsWith('.json'));
    const aged = names.map(async (name) => ({ name, atMs: await stat(join(folder, name)).then(({ mtimeMs }) => mtimeMs, () => 0) }));
    return (await Promise.all(aged)).sort((a, b) => b.atMs - a.atMs);
  }

  /** Removes an upload and what is known of it; one that is gone already is no error. */
  async #remove(name: string): Promise<void> {
    await this.#store.remove(name).catch(() => undefined);
  }
}

const isUploadOf = (attempt: string, id: string): boolean =>
  id.startsWith(`${attempt}-`) && /^[0-9a-f]{24}$/.test(id.slice(attempt.length + 1));

/** Any error as the contract's `ErrorBody`, in the form that the tus server takes. */
function answerOf(error: Error | { status_code: number; body: string }): { status_code: number; body: string } | undefined {
  // The tus server's own: a protocol that was not kept to.
  if (!(error instanceof Error)) return undefined;
  const { reason, message, status } = isDiskFull(error) ? new VigilError('diskFull') : asVigilError(error);
  return { status_code: status, body: JSON.stringify({ reason, message } satisfies ErrorBody) };
}

/** The student's side of coverage and backfill. */
export function backfillRoutes(backfill: Backfill): Route[] {
  const uploads = new Uploads(backfill);
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
