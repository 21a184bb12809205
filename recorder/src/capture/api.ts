import type { GapCause, Id, Sidecar, Source, Track } from '@vigil/protocol';

/**
 * What the media process sees of capture. One `AttemptRecorder` a session of an attempt: it owns the student's clock
 * (one offset for all sources) and a segmenter for each track. Nothing here throws into the media process:
 * what goes wrong is reported by `onDisk` or `onFailure` and noted as a gap.
 */
export interface AttemptRecorderOptions {
  /** `<data>/segments`; files go to `<folder>/<attempt>/<track>/<epoch>-<sequence>.webm` with a `.json` sidecar. */
  folder: string;
  attempt: Id;
  /** Server wall clock, ms since 1970. */
  now: () => number;
  /** Sources that the exam asks for; at the start a track waits up to 3 s for all of its own. */
  expected: readonly Source[];
  /** Length after which a segment is cut at the next key frame, ms. */
  segmentMs: Readonly<Record<Track, number>>;
  /** A segment is durable: closed, fsynced, renamed, sidecar beside it. */
  onSegment: (sidecar: Sidecar) => void;
  /** A key frame is wanted, to cut a segment or after a loss. The recorder asks at most once a second a source. */
  onKeyFrameNeeded: (source: Source) => void;
  /** Whether a source is reaching the record: `recorded` when its frames are written, else why not. On change only. */
  onState: (source: Source, state: 'recorded' | 'not-recorded', cause?: GapCause) => void;
  /** The disk refuses (full, read-only, failing), or takes again. Meanwhile frames are dropped and the gap is noted as `disk`. */
  onDisk: (state: 'failing' | 'ok', error?: Error) => void;
  /**
   * The recorder met what must not happen. It records nothing more: it closes itself with the cause `unknown`, and what it wrote
   * stays. Called once.
   */
  onFailure: (error: Error) => void;
}

export interface SourceFormat {
  codec: 'vp8' | 'vp9' | 'opus';
  payloadType: number;
  /** RTP ticks a second: 90000 for video, 48000 for Opus. */
  clockRate: number;
}

/** One producer's way into the record. */
export interface SourceInput {
  /** A decrypted RTP packet (RFC 3550) in order of arrival; its bytes must not change any more, for they are kept without a copy. */
  rtp(packet: Buffer): void;
  /**
   * A sender report: the sender's NTP time in ms since 1970 (any clock), and the RTP timestamp of the same instant. To be
   * handed over as it comes: the recorder's own clock says when that was.
   */
  senderReport(report: { ntpMs: number; rtpTimestamp: number }): void;
  /** The sender gives nothing for now, and why; undefined: it gives again. */
  setMuted(cause: 'muted' | 'thin-line' | undefined): void;
  /** The producer is gone; `cause` is what the gap after it is noted as. Idempotent. */
  close(cause: GapCause): void;
}

export interface AttemptRecorder {
  /** A second input of one source closes the first (the source was published again). */
  addSource(source: Source, format: SourceFormat): SourceInput;
  /**
   * Writes what is waiting, closes and announces the last segments. Idempotent; resolves when all is durable or the disk has
   * failed: what that left unclosed is closed and announced when there is room again.
   */
  close(cause: GapCause): Promise<void>;
}
