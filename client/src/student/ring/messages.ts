import type { Source, Track } from '@vigil/protocol';
import type { ClockOffset } from '../session/clock-estimate.js';
import type { SendingLimit } from './send-gate.js';
import type { SendingView } from './sending-view.js';
import type { SourceStream } from './track-ring.js';

/** The next bytes of one file of a MediaRecorder. Times are of the window's steady clock, ms. */
export interface WebmPart {
  track: Track;
  /** Counts the recorder's files. */
  file: number;
  /** Time zero of the file. */
  zeroMs: number;
  /** Up to when it was recorded. */
  untilMs: number;
  bytes: ArrayBuffer;
  /** Nothing more comes of this file. */
  last: boolean;
}

/** What the window tells the ring's worker. */
export type ToWorker =
  /** First message. `nowMs`: server wall clock, roughly. `over`: the attempt is. */
  | { type: 'open'; attempt: string; token: string; nowMs: number; over: boolean }
  /** Answer to `time`. */
  | { type: 'time'; askedMs: number; windowMs: number }
  /** Server wall clock minus the window's steady clock. */
  | { type: 'clock'; offset: ClockOffset }
  | { type: 'key'; key: CryptoKey }
  /** A source's frames, or that it is gone. */
  | { type: 'source'; source: Source; stream?: SourceStream }
  | { type: 'muted'; source: Source; muted: boolean }
  | { type: 'webm'; part: WebmPart }
  /** Whether the server says that a track's sources are all recorded live. */
  | { type: 'live'; track: Track; well: boolean }
  /** The connection is there, perhaps after it was lost: the server may want something. */
  | { type: 'wake'; lost: boolean }
  | { type: 'limit'; limit: SendingLimit }
  /** The recording ends here; pieces are closed. `over`: the attempt ends as well. */
  | { type: 'end'; over: boolean };

/** How it stands with keeping. `none`: this browser cannot. `full`: there is no room, and nothing new is kept. */
export type KeepingState = 'waiting' | 'keeping' | 'full' | 'none';

/** What the ring's worker tells the window. */
export type FromWorker =
  /** Asks for the window's steady clock. */
  | { type: 'time'; askedMs: number }
  | { type: 'keeping'; state: KeepingState; sources: Source[] }
  | { type: 'sending'; view: SendingView }
  /** What was left at the opening is sent, or cannot be sent now. */
  | { type: 'left-overs-sent' }
  /** A line for the attempt's history. */
  | { type: 'note'; detail: string }
  /** Everything is closed after `end`. */
  | { type: 'ended' };
