import type { ErrorBody } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { isDatabaseAway } from '../attempts/database-away.js';

/** Any error as one of ours. What is unexpected becomes `internal`: its text stays in the log. */
export function asVigilError(error: unknown): VigilError {
  if (error instanceof VigilError) return error;
  if (isDatabaseAway(error)) return new VigilError('noDatabase', undefined, { cause: error });
  // Koa's own and the router's, such as an address that cannot be decoded.
  if (error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500)
    return new VigilError(error.status === 404 ? 'notFound' : 'badInput');
  return new VigilError('internal', undefined, { cause: error });
}

/** Answers with an error as the contract's `ErrorBody`. */
export function answerError(ctx: Context, error: VigilError): void {
  ctx.status = error.status;
  ctx.set('Cache-Control', 'no-store');
  if (error.reason === 'tooLarge') ctx.set('Connection', 'close');
  ctx.body = { reason: error.reason, message: error.message } satisfies ErrorBody;
}

/** Turns what the handlers throw into answers; logs what is not expected, without the request's content. */
export const errorAnswers =
  (log: Logger): Middleware =>
  async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) throw new VigilError('notFound');
    } catch (thrown) {
      const error = asVigilError(thrown);
      if (error.reason === 'internal') log.error({ request: ctx.state.requestId as string, err: error.cause }, 'request failed');
      answerError(ctx, error);
    }
  };
