import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GapCause, Sidecar, Source } from '@vigil/protocol';
import type { AttemptRecorderOptions, SourceFormat, SourceInput } from '../api.js';
import { AttemptCapture, TICK_MS } from '../attempt-recorder.js';
import type { SentPacket } from './packetizer.js';

/** The attempt of every test. */
export const ATTEMPT = '0123456789abcdef01234567';
/** Server wall clock at which every test begins. */
export const BEGIN_MS = Date.UTC(2030, 0, 1, 9);

/** A thing that happens at a time of the server's clock, ms from the beginning. */
interface Happening {
  atMs: number;
  act: () => void;
}

/** How a source's packets get here. */
export interface Way {
  /** Ms from the server's beginning to the clip's. */
  startMs?: number;
  /** Ms under way, by packet; undefined: lost. */
  delay?: (index: number) => number | undefined;
  /** The student's NTP clock at the clip's time, ms since 1970. */
  ntp?: (sentMs: number) => number;
  /** Ms between sender reports; 0: none. */
  reportEveryMs?: number;
  /** Reports go on until then, ms, where the last packet is earlier. */
  alsoReportToMs?: number;
  muted?: { fromMs: number; toMs: number };
}

/** What browsers negotiate. */
export const formats: Record<SourceFormat['codec'], SourceFormat> = {
  vp8: { codec: 'vp8', payloadType: 96, clockRate: 90_000 },
  vp9: { codec: 'vp9', payloadType: 98, clockRate: 90_000 },
  opus: { codec: 'opus', payloadType: 111, clockRate: 48_000 },
};

/** A recorder in a folder of its own, on a clock that the test moves. */
export class TestExam {
  readonly folder: string;
  nowMs = BEGIN_MS;
  readonly segments: Sidecar[] = [];
  readonly states: string[] = [];
  readonly asked: { source: Source; atMs: number }[] = [];
  readonly disk: string[] = [];
  readonly failures: Error[] = [];
  readonly capture: AttemptCapture;
  private readonly happenings: Happening[] = [];
  private nextTickMs = BEGIN_MS;

  constructor(options: Partial<AttemptRecorderOptions> = {}) {
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'vigil-capture-'));
    this.capture = new AttemptCapture({
      folder: this.folder,
      attempt: ATTEMPT,
      now: () => this.nowMs,
      expected: ['webcam', 'microphone', 'screen'],
      segmentMs: { webcam: 4_000, screen: 6_000 },
      onSegment: (sidecar) => this.segments.push(sidecar),
      onKeyFrameNeeded: (source) => this.asked.push({ source, atMs: this.nowMs - BEGIN_MS }),
      onState: (source, state, cause) => this.states.push(`${source} ${state}${cause ? ` ${cause}` : ''}`),
      onDisk: (state) => this.disk.push(state),
      onFailure: (error) => this.failures.push(error),
      ...options,
    });
  }

  /** Something that happens at `atMs` from the beginning. */
  at(atMs: number, act: () => void): void {
    this.happenings.push({ atMs, act });
  }

  /** Plans a source's packets and sender reports. The input is opened at the clip's beginning and closed by whoever wants to. */
  send(source: Source, codec: SourceFormat['codec'], packets: readonly SentPacket[], way: Way = {}): { input?: SourceInput } {
    const { startMs = 0, delay = () => 30, ntp = (ms: number) => BEGIN_MS + startMs + ms, reportEveryMs = 1_000 } = way;
    const held: { input?: SourceInput } = {};
    const format = formats[codec];
    this.at(startMs, () => (held.input = this.capture.addSource(source, format)));
    packets.forEach(({ sentMs, packet }, index) => {
      const delayMs = delay(index);
      if (delayMs !== undefined) this.at(startMs + sentMs + delayMs, () => held.input?.rtp(packet));
    });
    const first = packets[0];
    const last = packets.at(-1);
    if (!first || !last) throw new Error('Nothing to send.');
    const lastMs = Math.max(last.sentMs, way.alsoReportToMs ?? 0);
    for (let ms = reportEveryMs / 2; reportEveryMs > 0 && ms <= lastMs; ms += reportEveryMs)
      this.at(startMs + ms + 30, () =>
        held.input?.senderReport({
          ntpMs: ntp(ms),
          rtpTimestamp:
            (first.packet.readUInt32BE(4) + Math.round(((ms - first.sentMs) * format.clockRate) / 1_000)) % 0x1_0000_0000,
        }),
      );
    if (way.muted) {
      this.at(startMs + way.muted.fromMs, () => held.input?.setMuted('muted'));
      this.at(startMs + way.muted.toMs, () => held.input?.setMuted(undefined));
    }
    return held;
  }

  /** Everything that is planned, in order, one call each; the clock moves with the calls. */
  take(): (() => void)[] {
    return this.happenings
      .splice(0)
      .sort((a, b) => a.atMs - b.atMs)
      .map(({ atMs, act }) => () => {
        this.moveTo(BEGIN_MS + atMs);
        act();
      });
  }

  /** Lets everything that is planned happen, in order, with ticks between; then the clock stands `restMs` after the last. */
  run(restMs = 0): void {
    for (const call of this.take()) call();
    this.moveTo(this.nowMs + restMs);
  }

  async end(cause: GapCause = 'not-published'): Promise<Sidecar[]> {
    await this.capture.close(cause);
    return this.segments;
  }

  of(track: Sidecar['track']): Sidecar[] {
    return this.segments.filter((segment) => segment.track === track);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private moveTo(timeMs: number): void {
    for (; this.nextTickMs <= timeMs; this.nextTickMs += TICK_MS) {
      this.nowMs = this.nextTickMs;
      this.capture.tick();
    }
    this.nowMs = Math.max(this.nowMs, timeMs);
  }
}
