import { extendTimestamp } from './rtp.js';
import type { StudentClock } from './student-clock.js';

/** A sender report: the sender's NTP time in ms, and the RTP timestamp of the same instant (RFC 3550, 6.4.1). */
export interface SenderReport {
  ntpMs: number;
  rtpTimestamp: number;
  receivedAtMs: number;
}

/** A report that is off by more than this from what the last one foretold is no jitter. */
const JUMP_MS = 150;
/** How much one report's jitter (Chromium's audio: 10 to 20 ms) moves the line. */
const SMOOTHING = 0.25;
/** The time line runs this much faster or slower to make good an error; the second is for large errors backward. */
const SLEW = 0.02;
const SLEW_BACK = 0.2;
/** A frame is not from later than its arrival, nor from long before: a sender whose numbers say so has jumped, or lies, ms. */
const AHEAD_MS = 5_000;
const BEHIND_MS = 60_000;

/**
 * From one source's RTP timestamps to the server's wall clock. Sender reports say what a timestamp means in the student's
 * time, `StudentClock` what that is here. Before the first report the time of arrival stands in. What comes out never
 * runs backward: an error is made good slowly, but for a hole (the sender's clock stood still while time went on), which
 * is jumped over.
 */
export class SourceClock {
  private readonly msPerTick: number;
  private lastTimestamp: number | undefined;
  /** Steady student time minus media time, ms. */
  private line: number | undefined;
  private lastReport: { mediaMs: number; steadyMs: number; offsetMs: number } | undefined;
  /** Earliest arrival minus media time: stands in for the line before the first report. */
  private arrival = Infinity;
  /** Server time minus media time as given out, ms. */
  private base: number | undefined;
  private basedAtMs = 0;

  constructor(
    private readonly student: StudentClock,
    clockRate: number,
  ) {
    this.msPerTick = 1_000 / clockRate;
  }

  /** A sender report came. */
  get synchronised(): boolean {
    return this.line !== undefined;
  }

  report({ ntpMs, rtpTimestamp, receivedAtMs }: SenderReport): void {
    if (!(ntpMs > 0)) return; // a sender without a clock (RFC 3550, 6.4.1)
    const mediaMs = this.extend(rtpTimestamp) * this.msPerTick;
    const last = this.lastReport;
    if (last) {
      const foretold = last.steadyMs + (mediaMs - last.mediaMs);
      const error = this.student.steady(ntpMs) - foretold;
      const offsetMs = receivedAtMs - this.student.steady(ntpMs);
      // The student's clock was set: the report's time jumps, and the way here seems shorter or longer by just that.
      if (Math.abs(error) > JUMP_MS && Math.abs(offsetMs - last.offsetMs + error) < Math.abs(error) / 2)
        this.student.step(error);
    }
    const steadyMs = this.student.observe(ntpMs, receivedAtMs);
    this.lastReport = { mediaMs, steadyMs, offsetMs: receivedAtMs - steadyMs };
    const line = steadyMs - mediaMs;
    const error = this.line === undefined ? Infinity : line - this.line;
    this.line = Math.abs(error) > JUMP_MS ? line : (this.line ?? 0) + error * SMOOTHING;
  }

  /**
   * A frame came that has to wait for its time. Packets come in batches: of all that wait, the one that was under way for the
   * shortest time says best what a timestamp means, as long as no report does.
   */
  arrived(rtpTimestamp: number, arrivedMs: number): void {
    this.arrival = Math.min(this.arrival, arrivedMs - this.extend(rtpTimestamp) * this.msPerTick);
  }

  /**
   * Server wall clock, ms, of a frame: whatever the sender says, near the frame's arrival. Frames come in order.
   * @param arrivedMs when its last packet came, server wall clock.
   */
  toServer(rtpTimestamp: number, arrivedMs: number): number {
    this.arrived(rtpTimestamp, arrivedMs);
    const mediaMs = this.extend(rtpTimestamp) * this.msPerTick;
    const target = this.line === undefined ? this.arrival : this.student.toServer(this.line);
    if (this.base === undefined) this.base = target;
    else {
      const error = target - this.base;
      const most = (mediaMs - this.basedAtMs) * (error < -JUMP_MS ? SLEW_BACK : SLEW);
      this.base += error > JUMP_MS ? error : Math.max(-most, Math.min(most, error));
    }
    this.basedAtMs = mediaMs;
    const aheadMs = this.base + mediaMs - arrivedMs;
    if (aheadMs > AHEAD_MS || aheadMs < -BEHIND_MS) this.startOver(arrivedMs - mediaMs);
    return this.base + mediaMs;
  }

  /** Forgets what reports said; the time of arrival stands in until the next. */
  private startOver(base: number): void {
    this.line = undefined;
    this.lastReport = undefined;
    this.base = this.arrival = base;
  }

  /** Ms of media time between two RTP timestamps as they stand in packets. */
  between(earlier: number, later: number): number {
    return ((later - earlier) | 0) * this.msPerTick;
  }

  private extend(rtpTimestamp: number): number {
    this.lastTimestamp =
      this.lastTimestamp === undefined ? rtpTimestamp + 0x1_0000_0000 : extendTimestamp(this.lastTimestamp, rtpTimestamp);
    return this.lastTimestamp;
  }
}
