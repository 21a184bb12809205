import type {
  AnnouncementName,
  Announcements,
  RequestAnswers,
  RequestName,
  RequestPayload,
  SessionAnswer,
} from '@vigil/protocol';
import { VigilError } from '@vigil/protocol/errors';
import { io } from 'socket.io-client';
import { Unreachable, toError } from './api.js';

/** Longest wait for an ack, ms; `finish` waits for the last segments to be written. */
const ackWithinMs = 8_000;

/** What comes from the server without being asked for. */
export interface SignallingHandlers {
  announced: <K extends AnnouncementName>(name: K, payload: Announcements[K]) => void;
  /** The socket was open and is not any more. Not called for `disconnect()`. */
  dropped: () => void;
}

/** Sends one request; throws `VigilError` for the server's no, `Unreachable` when no answer came in time. */
export type Request = <K extends RequestName>(
  name: K,
  payload: RequestPayload<K>,
  timeoutMs?: number,
) => Promise<RequestAnswers[K]>;

/** The student's socket (protocol/signalling.ts), without the policy of when to try again: that is the session's. */
export interface Signalling {
  readonly connected: boolean;
  /** One try. Throws `VigilError` when the server refuses the token, else `Unreachable`. */
  connect(timeoutMs: number): Promise<void>;
  request: Request;
  disconnect(): void;
}

const announcements: readonly AnnouncementName[] = ['recording', 'mediaServerLost', 'changed', 'replaced', 'ended'];

/** Tells this page from another one that opens the same attempt. */
const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Makes the socket for a session; nothing is sent before `connect()`. */
export function createSignalling({ mediaUrl, mediaToken }: SessionAnswer, handlers: SignallingHandlers): Signalling {
  const socket = io(mediaUrl || window.location.origin, {
    path: '/media',
    auth: { token: mediaToken, page },
    transports: ['websocket'],
    autoConnect: false,
    reconnection: false,
    forceNew: true,
  });
  for (const name of announcements) {
    socket.on(name, (payload: Announcements[typeof name]) => handlers.announced(name, payload));
  }
  socket.on('disconnect', (why) => {
    if (why !== 'io client disconnect') handlers.dropped();
  });

  return {
    get connected() {
      return socket.connected;
    },
    connect: (timeoutMs) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          clearTimeout(timer);
          socket.off('connect', connected).off('connect_error', refused);
          if (!error) resolve();
          else {
            socket.disconnect();
            reject(error);
          }
        };
        const connected = (): void => end();
        const refused = (error: Error & { data?: unknown }): void => end(toError(error.data));
        const timer = setTimeout(() => end(new Unreachable()), timeoutMs);
        socket.on('connect', connected).on('connect_error', refused);
        socket.connect();
      }),
    request: async (name, payload, timeoutMs = ackWithinMs) => {
      // Not queued while the socket is closed: after a reconnection an old request would mean another transport.
      if (!socket.connected) throw new Unreachable();
      const answer = await socket
        .timeout(timeoutMs)
        .emitWithAck(name, payload)
        .catch((error: unknown) => {
          throw new Unreachable({ cause: error });
        }) as { ok: true; data: RequestAnswers[typeof name] } | { ok: false; error: unknown };
      if (answer.ok) return answer.data;
      const error = toError(answer.error);
      throw error instanceof VigilError ? error : new VigilError('internal');
    },
    disconnect: () => void socket.disconnect(),
  };
}
