import { trackOf, type GapCause, type Source, type Track } from '@vigil/protocol';
import type { AttemptRecorder, AttemptRecorderOptions, SourceFormat, SourceInput } from './api.js';
import { Disk } from './disk.js';
import { repairLater } from './repair-later.js';
import { DiskQueue } from './segment-file.js';
import { SourceRecorder } from './source-recorder.js';
import { steadyClock } from './steady-clock.js';
import { StudentClock } from './student-clock.js';
import { TrackRecorder } from './track-recorder.js';

/** How often what follows from time alone is looked at, ms. */
export const TICK_MS = 500;

/**
 * The recorder of one session of an attempt, without a timer: whoever makes it calls `tick`. What is thrown on the way of a
 * packet ends this recording, and nothing else.
 */
export class AttemptCapture implements AttemptRecorder {
  private readonly student = new StudentClock();
  private readonly sources = new Map<Source, SourceRecorder>();
  private readonly tracks = new Map<Track, { recorder: TrackRecorder; queue: DiskQueue }>();
  private readonly states = new Map<Source, { state: 'recorded' | 'not-recorded'; cause: GapCause | undefined }>();
  private readonly disk: Disk;
  private closing: Promise<void> | undefined;
  private failed = false;

  constructor(private readonly options: AttemptRecorderOptions) {
    const { folder, attempt, now, onSegment } = options;
    this.disk = new Disk({
      folder,
      attempt,
      now,
      onSegment,
      onDisk: (state, error) => this.guard(() => this.diskChanged(state, error)),
      settled: () => this.settled(),
    });
  }

  addSource(source: Source, format: SourceFormat): SourceInput {
    const recorder = this.guard(() => this.open(source, format));
    if (!recorder) this.report(source, 'not-recorded', 'unknown');
    return {
      rtp: (packet) => this.guard(() => recorder?.rtp(packet)),
      senderReport: (report) => this.guard(() => recorder?.senderReport(report)),
      setMuted: (cause) => this.guard(() => recorder?.setMuted(cause)),
      close: (cause) => this.guard(() => recorder?.close(cause)),
    };
  }

  /** To be called every `TICK_MS`. */
  tick(): void {
    this.guard(() => {
      const nowMs = this.options.now();
      this.disk.tick(nowMs);
      for (const source of this.sources.values()) source.tick(nowMs);
      for (const { recorder } of this.tracks.values()) recorder.tick(nowMs);
    });
  }

  /** Resolves when all that was given to the disk until now is written, or has failed. */
  async settled(): Promise<void> {
    for (const { queue } of this.tracks.values()) await queue.done();
  }

  close(cause: GapCause): Promise<void> {
    return (this.closing ??= this.end(cause));
  }

  private async end(cause: GapCause): Promise<void> {
    for (const source of this.sources.values())
      try {
        source.close(cause);
      } catch (error) {
        this.fail(error);
      }
    await this.settled();
    // Only after a failure is a segment still open.
    for (const { recorder } of this.tracks.values()) recorder.abandon();
    await this.disk.retry();
    repairLater.add(this.disk.release());
  }

  private guard<T>(act: () => T): T | undefined {
    if (this.failed) return undefined;
    try {
      return act();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  private fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    // Not at once: what has thrown may be a part of closing.
    queueMicrotask(() => void this.close('unknown').catch(() => undefined));
    try {
      this.options.onFailure(error instanceof Error ? error : new Error('recording failed', { cause: error }));
      for (const source of this.sources.keys()) this.report(source, 'not-recorded', 'unknown');
    } catch {
      // Who is told may be who has thrown.
    }
  }

  private open(source: Source, format: SourceFormat): SourceRecorder {
    this.sources.get(source)?.close('not-published');
    const recorder = new SourceRecorder({
      source,
      format,
      now: this.options.now,
      student: this.student,
      track: this.track(trackOf(source)),
      onKeyFrameNeeded: () => this.options.onKeyFrameNeeded(source),
      onState: (state, cause) => {
        if (this.sources.get(source) === recorder) this.report(source, state, cause);
      },
    });
    this.sources.set(source, recorder);
    return recorder;
  }

  private track(track: Track): TrackRecorder {
    let entry = this.tracks.get(track);
    if (!entry) {
      const { folder, attempt, expected, segmentMs, now, onSegment } = this.options;
      const { disk } = this;
      const queue = new DiskQueue(folder, disk, onSegment);
      const recorder = new TrackRecorder({
        attempt,
        track,
        expected,
        segmentMs: segmentMs[track],
        now,
        disk,
        queue,
        onWritten: (source) => this.sources.get(source)?.written(),
      });
      entry = { recorder, queue };
      this.tracks.set(track, entry);
    }
    return entry.recorder;
  }

  private report(source: Source, state: 'recorded' | 'not-recorded', cause?: GapCause): void {
    if (this.failed && state === 'recorded') return;
    const last = this.states.get(source);
    if (last?.state === state && last.cause === cause) return;
    this.states.set(source, { state, cause });
    if (cause) this.options.onState(source, state, cause);
    else this.options.onState(source, state);
  }

  private diskChanged(state: 'failing' | 'ok', error?: Error): void {
    for (const { recorder } of this.tracks.values())
      if (state === 'failing') recorder.diskFailed();
      else recorder.diskOk();
    if (state === 'failing') for (const source of this.sources.keys()) this.report(source, 'not-recorded', 'disk');
    this.options.onDisk(state, error);
  }
}

/**
 * Starts the recorder of one session of an attempt. Its timer does not keep the process alive, and ends with `close`.
 * `options.now` is asked once: setting the server's clock does not touch a session under way.
 */
export function createAttemptRecorder(options: AttemptRecorderOptions): AttemptRecorder {
  const capture = new AttemptCapture({ ...options, now: steadyClock(options.now, () => performance.now()) });
  const timer = setInterval(() => capture.tick(), TICK_MS);
  timer.unref();
  return {
    addSource: (source, format) => capture.addSource(source, format),
    close: (cause) => {
      clearInterval(timer);
      return capture.close(cause);
    },
  };
}
