import { z } from 'zod';
import type { ErrorBody } from './errors.js';
import { Source } from './ids.js';
import type { Progress } from './attempts.js';
import type { GapCause } from './segments.js';

/**
 * The student's socket (socket.io, path `/media`, `auth: { token, page }` with the token of `POST /api/student/session`, and a name
 * that the page made up for itself: by it a page that comes back is told from another one that takes the exam over).
 * Only the transport `websocket` is spoken (`transports: ['websocket']`): there a browser always names its Origin.
 * A refused connection is `connect_error` with `error.data` an `ErrorBody`.
 * Every message is `emit(event, payload, ack)`; the ack is an `Ack`. Only a student has a socket, and only to send:
 * no message here yields media (DESIGN 2).
 *
 * mediasoup's own objects are checked by mediasoup; here they are only bounded in shape.
 */
const Opaque = z.record(z.string(), z.unknown());
const MediasoupId = z.string().min(1).max(64);

/** What a browser knows of its own wall clock: the server's minus its own, and by how much that may be off, ms. */
export const ClockEstimate = z.object({
  offsetMs: z.number().min(-1e13).max(1e13),
  errorMs: z.number().nonnegative().max(60_000),
});
export type ClockEstimate = z.infer<typeof ClockEstimate>;

export const requests = {
  /** → `JoinAnswer`. First message; a second one after `mediaServerLost` gives a new transport. */
  join: z.object({}),
  connectTransport: z.object({ dtlsParameters: Opaque }),
  /** → `{ iceParameters }`. After a change of network. */
  restartIce: z.object({}),
  /**
   * → `{ producerId }`. `probe` sends nowhere: it is thrown away as it arrives, to measure the uplink during the checks.
   * A second producer of one source replaces the first.
   */
  produce: z.object({
    source: z.union([Source, z.literal('probe')]),
    kind: z.enum(['audio', 'video']),
    rtpParameters: Opaque,
    /** `displaySurface` of the screen's track; the server refuses what the exam's rules do not allow. */
    surface: z.enum(['monitor', 'window', 'browser', 'unknown']).optional(),
  }),
  /** The source ended or was unpublished. */
  closeProducer: z.object({ producerId: MediasoupId }),
  /** The track was muted or unmuted by the device or the student, or rests because the line is too thin. */
  setMuted: z.object({ producerId: MediasoupId, muted: z.boolean(), cause: z.enum(['muted', 'thin-line']).optional() }),
  /** → `ClockAnswer`. What its way took bounds the error of the browser's notion of the server's clock (Cristian 1989). */
  clock: z.object({ estimate: ClockEstimate.optional() }),
  /** The browser sends less or more of the picture: for the attempt's history. At most some a minute are kept. */
  note: z.object({ detail: z.string().min(1).max(200) }),
  /** The checks are passed: `checking` → `ready`. */
  ready: z.object({}),
  /** → `BeginAnswer`. Starts the exam's time and the recording; on a running attempt: goes on recording. */
  begin: z.object({}),
  /** Ends the attempt; answered when the last segments are durable. */
  finish: z.object({}),
} as const;

export type RequestName = keyof typeof requests;
export type RequestPayload<K extends RequestName> = z.infer<(typeof requests)[K]>;

/** A STUN or TURN server, as RTCPeerConnection takes it. */
export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

export interface JoinAnswer {
  routerRtpCapabilities: Record<string, unknown>;
  transport: {
    id: string;
    iceParameters: Record<string, unknown>;
    iceCandidates: Record<string, unknown>[];
    dtlsParameters: Record<string, unknown>;
  };
  iceServers: IceServer[];
  /** Seals the browser's own recording of this attempt: 32 bytes, base64. Only a session of the attempt is told. */
  ringKey: string;
  /** Most that all sources together may send, bit/s, and whether to send as little as is useful. */
  uplink: { maxBitrate: number; lowData: boolean };
  progress: Progress;
  nowMs: number;
}

/** The server's wall clock, ms since 1970. */
export interface ClockAnswer {
  nowMs: number;
}

export interface BeginAnswer {
  startedAtMs: number;
  endsAtMs: number;
  nowMs: number;
}

export interface RequestAnswers {
  join: JoinAnswer;
  connectTransport: Record<string, never>;
  restartIce: { iceParameters: Record<string, unknown> };
  produce: { producerId: string };
  closeProducer: Record<string, never>;
  setMuted: Record<string, never>;
  clock: ClockAnswer;
  note: Record<string, never>;
  ready: Record<string, never>;
  begin: BeginAnswer;
  finish: { finishedAtMs: number };
}

export type Ack<T> = { ok: true; data: T } | { ok: false; error: ErrorBody };

/** What the server says by itself. */
export interface Announcements {
  /** Whether a source reaches the record; sent on every change, and for each source after `begin`. */
  recording: { source: Source; state: 'recorded' | 'not-recorded'; cause?: GapCause };
  /** The SFU worker died: `join` again on the same socket, then produce again. */
  mediaServerLost: Record<string, never>;
  /** What is recorded of this student, or the time, is another than it was; `endsAtMs` is null before the start. Ask for the attempt again. */
  changed: { endsAtMs: number | null };
  /** The attempt was opened elsewhere; this socket is closed next. */
  replaced: Record<string, never>;
  /** The attempt was ended by the server (time over). */
  ended: { finishedAtMs: number; why: 'time-over' | 'finished' };
}

export type AnnouncementName = keyof Announcements;

/** socket.io's typed maps. */
export type ClientToServerEvents = {
  [K in RequestName]: (payload: RequestPayload<K>, ack: (answer: Ack<RequestAnswers[K]>) => void) => void;
};
export type ServerToClientEvents = {
  [K in AnnouncementName]: (payload: Announcements[K]) => void;
};
