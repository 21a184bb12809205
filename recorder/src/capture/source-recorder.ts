import type { Gap, GapCause, Source } from '@vigil/protocol';
import type { SourceFormat, SourceInput } from './api.js';
import { opusDurationMs } from './opus.js';
import { ReorderBuffer } from './reorder.js';
import { parseRtp, rtpView } from './rtp.js';
import { SourceClock, type SenderReport } from './source-clock.js';
import type { StudentClock } from './student-clock.js';
import type { TrackRecorder, TrackSource } from './track-recorder.js';
import { VideoAssembler, type VideoFrame } from './video-assembler.js';

/** Key frames are asked for at most this often, ms. */
const ASK_MS = 1_000;
/** A camera or microphone that gives nothing for this long is not recorded, ms. */
const STALLED_MS = 5_000;
/** A screen may stand still; without packets and without sender reports for this long it is gone, ms. */
const SILENT_MS = 12_000;
/** Frames wait this long for the first sender report, less than frames of two sources wait for each other, ms. */
const UNTIMED_MS = 2_000;
/** Holes that no loss explains and that no sender makes in its ordinary work (stills of the camera: 500 ms, Opus DTX: 400 ms), ms. */
export const HOLE_MS: Readonly<Record<Source, number>> = { webcam: 1_500, microphone: 2_000, screen: Infinity };
/** A hole in time but not in the RTP timestamps: the sender's clock stood still, ms. */
const FROZEN_MS = 200;

/** What a source needs around it. */
export interface SourceOptions {
  source: Source;
  format: SourceFormat;
  now: () => number;
  student: StudentClock;
  track: TrackRecorder;
  onKeyFrameNeeded: () => void;
  onState: (state: 'recorded' | 'not-recorded', cause?: GapCause) => void;
}

/** From one producer's packets to frames with their time. */
export class SourceRecorder implements SourceInput, TrackSource {
  readonly source: Source;
  readonly codec: SourceFormat['codec'];
  private mutedFor: 'muted' | 'thin-line' | undefined;
  lastMs: number | undefined;
  private readonly view = rtpView();
  private readonly reorder = new ReorderBuffer((packet, arrivedMs, lost) => this.deliver(packet, arrivedMs, lost));
  private readonly clock: SourceClock;
  private readonly assembler: VideoAssembler | undefined;
  /** The packet that `view` is of. */
  private viewed: Buffer | undefined;
  private lastTimestamp = 0;
  private lastFrameAtMs: number;
  private lastPacketAtMs = -Infinity;
  private aliveAtMs: number;
  /** How long the newest frame was under way, ms. */
  private delayMs = 0;
  private askedAtMs = -Infinity;
  /** Frames from before the first sender report; undefined once frames have times. */
  private untimed: { arrivedMs: number; time: () => void }[] | undefined = [];
  private closed = false;

  constructor(private readonly options: SourceOptions) {
    const { source, format, now, student, track } = options;
    this.source = source;
    this.codec = format.codec;
    this.clock = new SourceClock(student, format.clockRate);
    if (format.codec !== 'opus') this.assembler = new VideoAssembler(format.codec);
    this.lastFrameAtMs = this.aliveAtMs = now();
    track.open(this);
    this.askForKey();
  }

  get muted(): boolean {
    return this.mutedFor !== undefined;
  }

  get aliveToMs(): number {
    return this.aliveAtMs - this.delayMs;
  }

  rtp(packet: Buffer): void {
    if (this.closed || !parseRtp(packet, this.view)) return;
    const nowMs = this.options.now();
    this.alive(nowMs);
    this.lastPacketAtMs = nowMs;
    this.viewed = packet;
    this.reorder.push(packet, this.view.sequence, nowMs);
    this.viewed = undefined;
  }

  senderReport({ ntpMs, rtpTimestamp }: Omit<SenderReport, 'receivedAtMs'>): void {
    if (this.closed) return;
    const receivedAtMs = this.options.now();
    this.alive(receivedAtMs);
    this.clock.report({ ntpMs, rtpTimestamp, receivedAtMs });
    this.release(receivedAtMs);
  }

  setMuted(cause: 'muted' | 'thin-line' | undefined): void {
    if (this.closed || cause === this.mutedFor) return;
    const was = this.muted;
    this.mutedFor = cause;
    this.lastFrameAtMs = this.options.now();
    if (cause) {
      this.options.track.gaps.begin(this.source, cause, this.lastFrameAtMs);
      this.options.onState('not-recorded', cause);
    } else if (was) this.askForKey();
  }

  close(cause: GapCause): void {
    if (this.closed) return;
    this.reorder.flush();
    this.release(Infinity);
    this.closed = true;
    this.options.track.close(this, cause);
    this.options.onState('not-recorded', cause);
  }

  /** A frame of this source was written. */
  written(): void {
    if (!this.muted && !this.closed) this.options.onState('recorded');
  }

  tick(nowMs: number): void {
    if (this.closed) return;
    this.reorder.expire(nowMs);
    this.release(nowMs);
    const { track } = this.options;
    if (this.muted) return;
    if (this.assembler && nowMs - this.lastPacketAtMs < 2 * ASK_MS)
      if (this.assembler.waitsForKey || track.waitsForKey) this.askForKey();
    const stalled =
      this.source === 'screen'
        ? nowMs - this.aliveAtMs > SILENT_MS && this.clock.synchronised
        : nowMs - this.lastFrameAtMs > STALLED_MS;
    if (stalled) this.options.onState('not-recorded', track.gaps.causeOf(this.source) ?? 'unknown');
  }

  askForKey(): void {
    const nowMs = this.options.now();
    if (!this.assembler || this.closed || nowMs - this.askedAtMs < ASK_MS) return;
    this.askedAtMs = nowMs;
    this.options.onKeyFrameNeeded();
  }

  private alive(nowMs: number): void {
    if (this.source === 'screen' && this.clock.synchronised && nowMs - this.aliveAtMs > SILENT_MS)
      this.note('unknown', this.aliveToMs, nowMs - this.delayMs);
    this.aliveAtMs = Math.max(this.aliveAtMs, nowMs);
  }

  private deliver(packet: Buffer, arrivedMs: number, lost: boolean): void {
    const { view } = this;
    if (packet !== this.viewed) {
      parseRtp(packet, view);
      this.viewed = packet;
    }
    if (this.assembler) this.video(this.assembler, packet, arrivedMs, lost);
    else this.audio(packet, arrivedMs, lost);
  }

  private video(assembler: VideoAssembler, packet: Buffer, arrivedMs: number, lost: boolean): void {
    const waited = assembler.waitsForKey;
    const frame = assembler.push(packet, this.view, lost);
    if ((lost || (assembler.waitsForKey && !waited)) && this.lastMs !== undefined && !this.muted)
      this.options.track.gaps.begin(this.source, 'packet-loss', this.lastMs);
    if (assembler.waitsForKey) this.askForKey();
    if (!frame) return;
    if (this.untimed) this.hold(frame.rtpTimestamp, arrivedMs, () => this.timeVideo(frame, arrivedMs));
    else this.timeVideo(frame, arrivedMs);
  }

  private audio(packet: Buffer, arrivedMs: number, lost: boolean): void {
    const { start, end, timestamp } = this.view;
    if (start === end) return;
    const data = packet.subarray(start, end);
    if (this.untimed) this.hold(timestamp, arrivedMs, () => this.timeAudio(timestamp, data, arrivedMs, lost));
    else this.timeAudio(timestamp, data, arrivedMs, lost);
  }

  /** At the start a frame gets its time when a sender report says what its timestamp means. */
  private hold(rtpTimestamp: number, arrivedMs: number, time: () => void): void {
    this.clock.arrived(rtpTimestamp, arrivedMs);
    this.untimed?.push({ arrivedMs, time });
    this.lastFrameAtMs = arrivedMs;
    this.release(arrivedMs);
  }

  private release(nowMs: number): void {
    const { untimed } = this;
    const first = untimed?.[0];
    if (!untimed || !first || (!this.clock.synchronised && nowMs - first.arrivedMs < UNTIMED_MS)) return;
    this.untimed = undefined;
    for (const { time } of untimed) time();
  }

  private timeVideo({ rtpTimestamp, key, width, height, chunks, bytes }: VideoFrame, arrivedMs: number): void {
    const timeMs = this.timeOf(rtpTimestamp, arrivedMs);
    if (this.lastMs !== undefined && timeMs - this.lastMs > HOLE_MS[this.source])
      this.note('unknown', this.lastMs, timeMs);
    this.lastMs = timeMs;
    const codec = this.codec === 'vp9' ? 'vp9' : 'vp8';
    this.options.track.pushVideo({ timeMs, codec, key, width, height, chunks, bytes }, arrivedMs);
  }

  private timeAudio(timestamp: number, data: Buffer, arrivedMs: number, lost: boolean): void {
    const durationMs = opusDurationMs(data, 0, data.length);
    if (durationMs === 0) return;
    const timeMs = this.timeOf(timestamp, arrivedMs);
    if (this.lastMs !== undefined) {
      const hole = timeMs - this.lastMs;
      const frozen = hole - (this.clock.between(this.lastTimestamp, timestamp) - durationMs);
      if (lost && hole >= durationMs / 2) this.note('packet-loss', this.lastMs, timeMs);
      else if (hole > HOLE_MS.microphone || (hole > FROZEN_MS && frozen > FROZEN_MS))
        this.note('unknown', this.lastMs, timeMs);
    }
    this.lastTimestamp = timestamp;
    this.lastMs = timeMs + durationMs;
    this.options.track.pushAudio({ timeMs, durationMs, data }, arrivedMs);
  }

  private timeOf(rtpTimestamp: number, arrivedMs: number): number {
    const timeMs = this.clock.toServer(rtpTimestamp, arrivedMs);
    this.lastFrameAtMs = arrivedMs;
    this.delayMs = Math.max(0, arrivedMs - timeMs);
    return timeMs;
  }

  /** A hole that is over, where nothing else explains it. */
  private note(cause: GapCause, startMs: number, endMs: number): void {
    const { gaps } = this.options.track;
    if (this.muted || gaps.causeOf(this.source)) return;
    const gap: Gap = { source: this.source, cause, startMs, endMs };
    gaps.add(gap);
  }
}
