import { z } from 'zod';
import { Id, Source, Track } from './ids.js';
import { pieceName } from './ring-piece.js';

/** Why something is not in the record. */
export const GapCause = z.enum([
  /** Packets that retransmission did not bring back; the picture waits for the next key frame. */
  'packet-loss',
  /** The student's device or the student switched the source off. */
  'muted',
  /** The student's page was there, and did not send this source: it was not shared, not allowed, or had ended. */
  'not-published',
  /** The student's connection to the server was interrupted. */
  'connection',
  /** The student's page was closed or loaded again; the browser said so as it went. */
  'page-closed',
  /** The attempt was opened in another tab or on another device. */
  'taken-over',
  /** The media server (SFU worker) stopped and was replaced. */
  'media-server',
  /** The server itself stopped. */
  'server',
  /** The disk was full or failed. */
  'disk',
  /** The line was too thin for this source; the browser recorded it and sends it later. */
  'thin-line',
  /** The server was not there, or not reached, and the student's browser, which kept the beginning of that time, kept no more of it. */
  'not-kept',
  /** The attempt had ended, and was opened again later: nothing was to be recorded, and nothing is missing. */
  'finished',
  'unknown',
]);
export type GapCause = z.infer<typeof GapCause>;

/** A stretch of one source that is not in the record. Times are server wall clock, ms since 1970. */
export const Gap = z.object({
  source: Source,
  startMs: z.number(),
  endMs: z.number(),
  cause: GapCause,
});
export type Gap = z.infer<typeof Gap>;

export const VideoCodec = z.enum(['vp8', 'vp9']);
export type VideoCodec = z.infer<typeof VideoCodec>;

/**
 * What stands beside each segment's file as JSON; with the file's path it is all that the index needs.
 * A segment is one WebM file: playable alone, and in sequence with those before and after it.
 */
export const Sidecar = z.object({
  version: z.literal(1),
  attempt: Id,
  track: Track,
  /** Rises at every reconnection, codec change or change of the set of sources; server wall clock, ms, when the epoch began. */
  epoch: z.number().int().nonnegative(),
  /** Counts from 0 inside an epoch. */
  sequence: z.number().int().nonnegative(),
  /** Server wall clock of the file's time zero, ms since 1970 (from sender reports, DESIGN 4). */
  startMs: z.number(),
  /** Presentation time of the end of the last frame, ms from `startMs`. */
  durationMs: z.number().nonnegative(),
  video: z
    .object({
      codec: VideoCodec,
      width: z.number().int().positive(),
      height: z.number().int().positive(),
      frames: z.number().int().nonnegative(),
    })
    .optional(),
  audio: z.object({ codec: z.literal('opus'), frames: z.number().int().nonnegative() }).optional(),
  bytes: z.number().int().nonnegative(),
  /** Of the whole file, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Holes inside the segment, and those before it whose cause the recorder knows. Other holes between segments follow from their times. */
  gaps: z.array(Gap),
  /** `repair`: the file was found unclosed at start, and cut back to its last whole cluster. */
  closedBy: z.enum(['deadline', 'end', 'change', 'repair', 'backfill']),
  /** Came later, from the browser's own recording: the piece it was made of, and by how much its place in time may be off, ms. */
  backfill: z.object({ piece: z.string().regex(pieceName), clockErrorMs: z.number().nonnegative() }).optional(),
});
export type Sidecar = z.infer<typeof Sidecar>;

/** The MIME type with codecs that MediaSource needs for a segment (RFC 6381). */
export function mimeTypeOf(segment: Pick<Sidecar, 'video' | 'audio'>): string {
  const codecs = [
    segment.video && (segment.video.codec === 'vp9' ? 'vp09.00.10.08' : 'vp8'),
    segment.audio && 'opus',
  ].filter((codec) => codec !== undefined);
  return `${segment.video ? 'video' : 'audio'}/webm; codecs="${codecs.join(',')}"`;
}

/** Where a segment stands in the queue of the recorder workers. */
export const AnalysisState = z.enum(['pending', 'leased', 'done', 'dead']);
export type AnalysisState = z.infer<typeof AnalysisState>;

/** A document of the collection `segments`: the sidecar, and the queue's fields, which only the recorder worker changes. */
export interface SegmentDocument extends Sidecar {
  _id: string;
  analysis: {
    state: AnalysisState;
    /** How often it was leased. */
    tries: number;
    /** Names the worker's lease; a result with another lease's name is thrown away. */
    lease?: string;
    /** Until when the lease holds; after it, or after a failure's pause, anyone may take the segment. */
    availableAt: Date;
    /** Why the last try failed, in a sentence. */
    error?: string;
    doneAt?: Date;
  };
}

/**
 * A document of the collection `attemptAnalyses`, which only the recorder worker writes: whether what was measured in the attempt's
 * segments is yet to be judged as a whole.
 */
export interface AttemptAnalysis {
  /** The attempt's id. */
  _id: string;
  open: boolean;
  /** How often a measured segment, or an event of the browser, asked for it. */
  asked: number;
  /** How often it was leased since it was opened. */
  tries: number;
  availableAt: Date;
  lease?: string;
  /** How long judging it took last, ms. */
  tookMs?: number;
  /** The exam that it belongs to, and the rules that it was judged by, or could not be, as `judgedBy` says them. */
  exam?: string;
  rules?: string;
  /** Why the last try failed, in a sentence; not open: for good. */
  error?: string;
  doneAt?: Date;
}
