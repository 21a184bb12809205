import type { Ack, RequestName } from '@vigil/protocol';
import { requests, VigilError } from '@vigil/protocol';
import type { Logger } from 'pino';
import type { MediaContext } from './context.js';
import type { Handlers } from './handlers.js';
import type { LiveAttempt, StudentSocket } from './live-attempt.js';
import { TokenBucket } from './token-bucket.js';

/** A page that behaves sends about 20 messages to start with, then hardly any. */
const burst = 60;
const perSecond = 10;
/** Refusals after which a flooding socket is cut off. */
const patience = 300;

const isRequest = (event: unknown): event is RequestName => typeof event === 'string' && Object.hasOwn(requests, event);

type Answer = (answer: Ack<unknown>) => void;
const isAnswer = (value: unknown): value is Answer => typeof value === 'function';

/** An error as the student may see it; what is not expected is logged and becomes `internal`. */
export function asAck(error: unknown, logger: Logger): Ack<never> {
  if (!(error instanceof VigilError)) logger.error({ err: error }, 'request failed');
  else if (error.cause !== undefined) logger.debug({ err: error.cause, reason: error.reason }, 'request refused');
  const { reason, message } = error instanceof VigilError ? error : new VigilError('internal');
  return { ok: false, error: { reason, message } };
}

/**
 * Serves a student's socket: every message is counted, parsed, done in its turn, and answered. A message without a place
 * for the answer is not done. Nothing that a socket sends, and nothing that a handler throws, leaves this function.
 */
export function dispatch(
  socket: Pick<StudentSocket, 'onAny' | 'disconnect'>,
  live: LiveAttempt,
  handlers: Handlers,
  context: MediaContext,
): void {
  const logger = context.logger.child({ attempt: live.id });
  const bucket = new TokenBucket(burst, perSecond, context.now);
  let refused = 0;

  const act = async (event: unknown, payload: unknown): Promise<unknown> => {
    if (!isRequest(event)) throw new VigilError('badInput', 'There is no such message.');
    const parsed = requests[event].safeParse(payload);
    if (!parsed.success) throw new VigilError('badInput');
    // The payload was parsed by the schema of the same name.
    const handler = handlers[event] as (live: LiveAttempt, payload: unknown, context: MediaContext) => Promise<unknown>;
    return live.run(() => {
      live.assertCurrent(socket as StudentSocket);
      if (live.ended && event !== 'finish') throw new VigilError('attemptEnded');
      return handler(live, parsed.data, context);
    });
  };

  socket.onAny((event: unknown, ...args: unknown[]) => {
    const answer = args.at(-1);
    if (!bucket.take()) {
      refused += 1;
      if (refused === patience) {
        logger.warn('socket cut off: too many messages');
        socket.disconnect(true);
      }
      if (refused < patience && isAnswer(answer)) answer(asAck(new VigilError('tooMany'), logger));
      return;
    }
    if (args.length !== 2 || !isAnswer(answer)) {
      logger.debug({ event: String(event).slice(0, 40) }, 'message without payload and answer ignored');
      return;
    }
    act(event, args[0]).then(
      (data) => answer({ ok: true, data }),
      (error: unknown) => answer(asAck(error, logger)),
    );
  });
}
