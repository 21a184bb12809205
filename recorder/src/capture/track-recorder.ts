import { trackOf, type GapCause, type Id, type Sidecar, type Source, type Track } from '@vigil/protocol';
import type { Disk } from './disk.js';
import { GapLedger } from './gap-ledger.js';
import { opusSilence } from './opus.js';
import { SegmentBuilder } from './segment-builder.js';
import { SegmentFile, type DiskQueue, type EpochKey } from './segment-file.js';
import type { Layout } from './webm-header.js';

/** A picture with its time on the server's wall clock, ms. */
export interface TimedVideo {
  timeMs: number;
  codec: 'vp8' | 'vp9';
  key: boolean;
  width: number;
  height: number;
  chunks: Buffer[];
  bytes: number;
}

/** A packet of sound with its time on the server's wall clock, ms. */
export interface TimedAudio {
  timeMs: number;
  durationMs: number;
  data: Buffer;
}

/** How long a track waits at its start for the sources it expects, ms. */
const GATHER_MS = 3_000;
/** How far one source may run ahead before frames no longer wait for the other: longer than `REORDER_WAIT_MS`. */
const HOLD_MS = 2_500;
/** Frames that wait at most, whatever their times say. */
const MOST_WAITING = 1_500;
/** Sound without pictures for this long goes on in a file of its own, for a player waits for pictures that a file promises. */
const NO_VIDEO_MS = 3_000;
/** Sound that comes earlier than this before the first picture gets a file of its own, else it begins the picture's file, ms. */
const EARLY_SOUND_MS = 500;
/** With neither picture nor sound for this long, the webcam's file ends where they ended, ms. */
const BLANK_MS = 10_000;
/** A key frame that comes anyway is a place to cut when this part of the length is reached. */
const CUT_FROM = 0.8;
/** The key frame to cut at is asked for this long before the length is reached. */
const ASK_BEFORE_MS = 300;

/** What a track needs around it; `segmentMs` is its segments' length. */
export interface TrackOptions {
  attempt: Id;
  track: Track;
  expected: readonly Source[];
  segmentMs: number;
  now: () => number;
  disk: Disk;
  queue: DiskQueue;
  /** A frame of the source was written. */
  onWritten: (source: Source) => void;
}

/** What the track asks of an open source. */
export interface TrackSource {
  readonly source: Source;
  readonly codec: 'vp8' | 'vp9' | 'opus';
  readonly muted: boolean;
  /** Server wall clock up to which it was surely alive, ms. */
  readonly aliveToMs: number;
  /** Server wall clock of the end of its newest sound, or of its newest picture, ms. */
  readonly lastMs: number | undefined;
  askForKey(): void;
}

/**
 * One track's segments: puts the frames of its sources in order of time, decides where a segment and an epoch begin and end,
 * and fills sound's holes with silence. A segment with pictures is cut at key frames only, however late the key frame comes:
 * a cut before it would lose the pictures in between, a late one loses nothing.
 */
export class TrackRecorder {
  readonly gaps = new GapLedger();
  private readonly sources = new Map<Source, TrackSource>();
  private readonly video: TimedVideo[] = [];
  private readonly audio: TimedAudio[] = [];
  /** Newest time that a frame had, ms. */
  private newestMs = -Infinity;
  private arrivedAtMs = 0;
  /** Since when frames wait for the track to start; undefined once it started, and before the first frame. */
  private gatheringSinceMs: number | undefined;
  private started = false;
  private segment: { builder: SegmentBuilder; file: SegmentFile } | undefined;
  private epoch: EpochKey | undefined;
  private sequence = 0;
  private epochOver = true;
  private lastVideo: { timeMs: number; intervalMs: number } | undefined;
  /** Pictures are missing since, ms; sound waits this long for them to begin a segment. */
  private noVideoFromMs = -Infinity;
  /** What comes does not decode until a key frame does. */
  private needsKey = false;
  /** Time of the newest frame in the file: a file's times never go back. */
  private putMs = -Infinity;
  private audioEndMs = -Infinity;
  private audioFrameMs = 20;

  constructor(private readonly options: TrackOptions) {}

  open(source: TrackSource): void {
    this.sources.set(source.source, source);
  }

  /** The source is gone. When it was the last, the segment ends here. */
  close(source: TrackSource, cause: GapCause): void {
    if (this.sources.get(source.source) !== source) return;
    const last = this.sources.size === 1;
    if (last) this.drain(true);
    this.sources.delete(source.source);
    const endMs = last ? this.end(source) : undefined;
    this.gaps.begin(source.source, cause, endMs ?? source.lastMs ?? this.options.now());
    if (!last) this.drain(false);
  }

  pushVideo(frame: TimedVideo, nowMs: number): void {
    this.video.push(frame);
    this.arrived(frame.timeMs, nowMs);
  }

  pushAudio(frame: TimedAudio, nowMs: number): void {
    this.audio.push(frame);
    this.arrived(frame.timeMs, nowMs);
  }

  tick(nowMs: number): void {
    if (this.gatheringSinceMs !== undefined || this.video.length > 0 || this.audio.length > 0)
      this.drain(nowMs - this.arrivedAtMs > HOLD_MS);
    const { segment } = this;
    if (!segment) return;
    const pictures = this.pictures;
    if (pictures) segment.builder.idle(pictures.aliveToMs);
    if (segment.builder.layout.video && nowMs - segment.builder.startMs >= this.options.segmentMs - ASK_BEFORE_MS)
      pictures?.askForKey();
  }

  /** Frames wait for a key frame although packets may be complete: after the disk failed, or in a file without pictures. */
  get waitsForKey(): boolean {
    return this.needsKey || (this.segment !== undefined && !this.segment.builder.layout.video);
  }

  private get pictures(): TrackSource | undefined {
    return this.sources.get(this.options.track === 'screen' ? 'screen' : 'webcam');
  }

  private get sound(): TrackSource | undefined {
    return this.options.track === 'webcam' ? this.sources.get('microphone') : undefined;
  }

  private arrived(timeMs: number, nowMs: number): void {
    this.arrivedAtMs = nowMs;
    if (timeMs > this.newestMs) this.newestMs = timeMs;
    if (!this.started) this.gatheringSinceMs ??= nowMs;
    this.drain(this.video.length + this.audio.length > MOST_WAITING);
  }

  /** Whether the track can begin: all that is expected is there, or was waited for long enough. */
  private gathered(): boolean {
    const { expected, track, now } = this.options;
    const since = this.gatheringSinceMs;
    if (since === undefined) return false;
    if (now() - since >= GATHER_MS) return true;
    return expected
      .filter((source) => trackOf(source) === track)
      .every((source) => {
        const frames = source === 'microphone' ? this.audio : this.video;
        return this.sources.has(source) && frames.length > 0;
      });
  }

  /** Hands on what no longer has to wait for the other source, in order of time. */
  private drain(all: boolean): void {
    if (!this.started) {
      if (!all && !this.gathered()) return;
      this.started = true;
      this.gatheringSinceMs = undefined;
    }
    for (;;) {
      const picture = this.video[0];
      const sound = this.audio[0];
      if (picture && (!sound || picture.timeMs <= sound.timeMs)) {
        if (!sound && !all && this.awaits(this.sound, picture.timeMs)) return;
        this.video.shift();
        this.putVideo(picture);
      } else if (sound) {
        if (!picture && !all && this.awaits(this.pictures, sound.timeMs)) return;
        this.audio.shift();
        this.putAudio(sound);
      } else return;
    }
  }

  private awaits(other: TrackSource | undefined, timeMs: number): boolean {
    return other !== undefined && !other.muted && this.newestMs - timeMs <= HOLD_MS;
  }

  private putVideo(frame: TimedVideo): void {
    if (!this.options.disk.ok) return;
    const pictures = this.pictures;
    if (this.needsKey && !frame.key) return;
    const builder = this.segment?.builder;
    const timeMs = Math.max(frame.timeMs, this.putMs, (this.lastVideo?.timeMs ?? -Infinity) + 1);
    const wanted: Layout = {
      video: { codec: frame.codec, width: frame.width, height: frame.height },
      audio: this.hasAudio,
    };
    this.needsKey = !frame.key && !builder?.layout.video;
    if (this.needsKey) return;
    const source = this.options.track === 'screen' ? 'screen' : 'webcam';
    if (!pictures?.muted) this.gaps.end(source, timeMs);
    if (!builder) this.begin(wanted, timeMs);
    else if (frame.key) {
      const { layout } = builder;
      if (layout.video?.codec !== frame.codec || layout.audio !== wanted.audio || this.isBlank(timeMs))
        this.cut('change', wanted, timeMs);
      else if (timeMs - builder.startMs >= this.options.segmentMs * CUT_FROM) this.cut('deadline', wanted, timeMs);
    }
    this.fillSilence(timeMs, this.nextSoundMs(timeMs));
    this.putMs = timeMs;
    this.segment?.builder.video(timeMs, frame.key, frame.chunks, frame.bytes);
    this.lastVideo = { timeMs, intervalMs: Math.min(1_000, timeMs - (this.lastVideo?.timeMs ?? timeMs)) };
    this.options.onWritten(source);
  }

  private putAudio({ timeMs: atMs, durationMs, data }: TimedAudio): void {
    const timeMs = Math.max(atMs, this.putMs);
    if (!this.options.disk.ok) return;
    this.audioFrameMs = durationMs;
    const builder = this.segment?.builder;
    const [picture] = this.video;
    const soon = picture && picture.timeMs - timeMs < EARLY_SOUND_MS;
    if (builder && !builder.layout.audio) return;
    // After the disk failed, pictures that do not decode may wait, or none yet: sound begins a file with the next key frame.
    if (!builder && (picture ? soon && !picture.key : this.pictures && timeMs < this.noVideoFromMs + NO_VIDEO_MS)) return;
    if (timeMs + durationMs / 2 < this.audioEndMs) return; // silence already stands there
    if (!this.sound?.muted) this.gaps.end('microphone', timeMs);
    if (!builder) {
      const video = soon && { codec: picture.codec, width: picture.width, height: picture.height };
      this.begin({ ...(video && { video }), audio: true }, timeMs);
    } else if (builder.layout.video) {
      if (this.video.length === 0 && timeMs > (this.lastVideo?.timeMs ?? 0) + NO_VIDEO_MS) {
        this.cut('change', { audio: true }, timeMs);
        // The next picture that comes should be one that a file can begin with.
        this.pictures?.askForKey();
      }
    } else if (this.isBlank(timeMs)) this.cut('change', { audio: true }, timeMs);
    else if (timeMs - builder.startMs >= this.options.segmentMs) this.cut('deadline', { audio: true }, timeMs);
    this.fillSilence(timeMs, timeMs);
    this.putMs = timeMs;
    this.segment?.builder.audio(timeMs, data, durationMs);
    this.audioEndMs = timeMs + durationMs;
    this.options.onWritten('microphone');
  }

  private get hasAudio(): boolean {
    return this.options.track === 'webcam' && (this.options.expected.includes('microphone') || this.sound !== undefined);
  }

  /**
   * Silence up to `untilMs`: a hole in the sound stops players.
   * @param nextMs time of the next real sound where it is known: silence leaves it its room.
   */
  private fillSilence(untilMs: number, nextMs = Infinity): void {
    const builder = this.segment?.builder;
    if (!builder?.layout.audio) return;
    const frameMs = this.audioFrameMs;
    if (this.audioEndMs < builder.startMs) this.audioEndMs = builder.startMs;
    for (; this.audioEndMs < untilMs && this.audioEndMs + frameMs / 2 <= nextMs; this.audioEndMs += frameMs)
      builder.audio(this.audioEndMs, opusSilence(frameMs), frameMs);
  }

  /**
   * Time that the next real sound has beside what is put until `untilMs`: one from before it moves up to it, so that silence
   * never falls behind pictures, however old the sound that waits.
   */
  private nextSoundMs(untilMs: number): number {
    return Math.max(this.audio[0]?.timeMs ?? Infinity, untilMs);
  }

  /** Neither picture nor sound came for long before `timeMs`. A screen may stand still. */
  private isBlank(timeMs: number): boolean {
    return this.options.track === 'webcam' && timeMs - this.putMs > BLANK_MS;
  }

  /** Ends the file at `timeMs`, or before a blank stretch, and begins the next. */
  private cut(closedBy: Sidecar['closedBy'], layout: Layout, timeMs: number): void {
    this.finish(closedBy, this.isBlank(timeMs) ? this.contentEndMs() : timeMs);
    this.begin(layout, timeMs);
  }

  /** Where the open file's content ends: its last picture stands as long as the one before. */
  private contentEndMs(): number {
    const { segment, lastVideo } = this;
    if (!segment) return -Infinity;
    const { endMs, layout } = segment.builder;
    return layout.video && lastVideo ? Math.max(endMs, lastVideo.timeMs + lastVideo.intervalMs) : endMs;
  }

  private begin(layout: Layout, timeMs: number): void {
    const { attempt, track, queue, now } = this.options;
    const startMs = Math.round(timeMs);
    const same = this.epoch && !this.epochOver;
    if (!same) {
      this.epoch = { attempt, track, epoch: Math.max(Math.round(now()), (this.epoch?.epoch ?? -1) + 1) };
      this.epochOver = false;
    }
    this.sequence = same ? this.sequence + 1 : 0;
    const epoch = this.epoch as EpochKey;
    const file = new SegmentFile(queue, epoch, this.sequence, startMs);
    this.segment = { file, builder: new SegmentBuilder(layout, startMs, file) };
    for (const source of this.options.expected)
      if (trackOf(source) === track && !this.gaps.causeOf(source)) {
        if (!this.sources.has(source)) this.gaps.begin(source, 'not-published', startMs);
        else if (source === 'webcam' && !layout.video)
          this.gaps.begin(source, 'unknown', this.lastVideo?.timeMs ?? startMs);
      }
  }

  private finish(closedBy: Sidecar['closedBy'], endMs: number): void {
    const { segment } = this;
    if (!segment) return;
    if (segment.builder.layout.video) this.fillSilence(endMs, this.nextSoundMs(endMs));
    if (closedBy !== 'deadline') this.epochOver = true;
    const { builder, file } = segment;
    const { video } = builder.layout;
    builder.finish(endMs);
    // Where the disk failed in that very write, the file is closed by repair.
    if (this.segment !== segment) return;
    this.segment = undefined;
    const end = Math.round(endMs);
    file.seal({
      startMs: builder.startMs,
      durationMs: end - builder.startMs,
      ...(video && { video: { ...video, frames: builder.videoFrames } }),
      ...(builder.layout.audio && { audio: { codec: 'opus', frames: builder.audioFrames } }),
      gaps: this.gaps.take(end),
      closedBy,
    });
  }

  /**
   * The last source is gone: the segment ends.
   * @returns when, server wall clock; undefined when there was none.
   */
  private end(source: TrackSource): number | undefined {
    let endMs: number | undefined;
    if (this.segment) {
      // A still screen stands as long as its sender showed signs of life.
      endMs = Math.max(this.contentEndMs(), source.source === 'screen' ? source.aliveToMs : 0);
      this.finish('end', endMs);
    }
    this.started = false;
    this.gatheringSinceMs = undefined;
    this.epochOver = true;
    this.needsKey = false;
    return endMs;
  }

  /** Writes nothing more into the open segment: it is closed by repair, as far as it is on the disk. */
  abandon(): void {
    const { segment } = this;
    this.segment = undefined;
    segment?.file.abandon(this.gaps.take(segment.file.wholeToMs));
  }

  /** The disk refuses: what is on it is closed when it takes again, and what comes until then is not recorded. */
  diskFailed(): void {
    const { segment } = this;
    this.needsKey = true;
    this.abandon();
    const fromMs = Math.min(this.options.queue.cutAtMs, segment?.file.wholeToMs ?? Infinity);
    if (fromMs === Infinity) return;
    for (const source of this.sources.keys()) this.gaps.begin(source, 'disk', fromMs);
  }

  /** The disk takes again: goes on at the next key frame. */
  diskOk(): void {
    this.options.queue.cutAtMs = Infinity;
    this.noVideoFromMs = this.options.now();
    this.pictures?.askForKey();
  }
}
