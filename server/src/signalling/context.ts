import type { IceServer, Id, JoinAnswer, Track } from '@vigil/protocol';
import type { AttemptRecorder, AttemptRecorderOptions } from '@vigil/recorder/capture';
import type { Logger } from 'pino';
import type { RetryQueue } from '../attempts/retry-queue.js';
import type { MediaWorker } from '../sfu/media-worker.js';

/** What all attempts of a media process share. */
export interface MediaContext {
  nodeId: string;
  worker: MediaWorker;
  /** Writes to the database that recording does not wait for. */
  queue: RetryQueue;
  createRecorder: (options: AttemptRecorderOptions) => AttemptRecorder;
  /** `<data>/segments`. */
  segmentsFolder: string;
  /** The same for practices; nothing in it is ever indexed. */
  practiceFolder: string;
  /** Repairs and indexes what another process left of an attempt, unless `isOurs` turns out false when it is its turn. */
  restore: (attempt: Id, isOurs: () => boolean) => Promise<void>;
  segmentMs: Readonly<Record<Track, number>>;
  iceServers: IceServer[];
  /** What students are told of their uplink. */
  uplink: JoinAnswer['uplink'];
  /** Seals what the browser of an attempt records for itself. */
  ringKeyOf: (attempt: string) => Buffer;
  logger: Logger;
  /** Server wall clock, ms since 1970. */
  now: () => number;
}

