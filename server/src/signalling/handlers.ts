import type { RequestAnswers, RequestName, RequestPayload } from '@vigil/protocol';
import type { MediaContext } from './context.js';
import { begin, clock, finish, note, ready } from './handlers/attempt.js';
import { closeProducer, produce, setMuted } from './handlers/producer.js';
import { connectTransport, join, restartIce } from './handlers/transport.js';
import type { LiveAttempt } from './live-attempt.js';

/** What each request of a student does; refusals are VigilErrors. */
export type Handlers = {
  readonly [K in RequestName]: (
    live: LiveAttempt,
    payload: RequestPayload<K>,
    context: MediaContext,
  ) => Promise<RequestAnswers[K]>;
};

/** The handlers in use. */
export const handlers: Handlers = {
  join,
  connectTransport,
  restartIce,
  produce,
  closeProducer,
  setMuted,
  clock,
  note,
  ready,
  begin,
  finish,
};
