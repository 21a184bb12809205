import { randomInt } from 'node:crypto';
import type { Source } from '@vigil/protocol';
import {
  GenericNack,
  PictureLossIndication,
  RtcpPayloadSpecificFeedback,
  RtcpRrPacket,
  RtcpSenderInfo,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
  type RtcpPacket,
  RtpHeader,
} from 'werift';
import type { Clip } from './clips.js';
import type { Uplink } from './uplink.js';

/** Counted since the start of a source. */
export interface Sent {
  frames: number;
  /** When the first and the last frame went out, ms since 1970. */
  firstAtMs: number;
  lastAtMs: number;
  packets: number;
  bytes: number;
  /** Sent again because the server asked. */
  again: number;
  keyFramesAsked: number;
  /** Receiver reports heard, and packets lost by the last of them. */
  reports: number;
  lost: number;
}

/** Ids of the RTP header extensions that a browser sends. */
export const extensionIds = { mid: 1, transportSequence: 3 } as const;

const payloadBytes = 1_150;
const reportMs = 1_000;
/** Packets kept for sending again: some seconds of any source. */
const kept = 512;
/** Seconds from 1900, the epoch of NTP, to 1970. */
const ntpEpochSeconds = 2_208_988_800;

/** Plays one source's clip in real time as RTP, in a loop; reports as a sender, and answers what the server asks. */
export class SourceSender {
  readonly ssrc = randomInt(1, 0xffff_ffff);
  readonly sent: Sent = { frames: 0, firstAtMs: 0, lastAtMs: 0, packets: 0, bytes: 0, again: 0, keyFramesAsked: 0, reports: 0, lost: 0 };
  private sequence = randomInt(0x8000);
  private readonly firstTimestamp = randomInt(0xffff_ffff);
  private pictureId = randomInt(0x8000);
  private readonly ring = new Map<number, Buffer>();
  private position = 0;
  private startedAt = 0;
  private ticksSent = 0;
  private nextReportAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly source: Source,
    readonly mid: string,
    readonly payloadType: number,
    private readonly clip: Clip,
    private readonly uplink: Uplink,
  ) {}

  /** @param delayMs before the first frame: students do not send in step. */
  start(delayMs: number): void {
    this.startedAt = performance.now() + delayMs;
    this.nextReportAt = this.startedAt;
    this.timer = setTimeout(this.play, delayMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Takes what the server says of this source. */
  rtcp(packet: RtcpPacket): void {
    if (packet instanceof RtcpPayloadSpecificFeedback) {
      const { feedback } = packet;
      const asks =
        (feedback instanceof PictureLossIndication && feedback.mediaSsrc === this.ssrc) ||
        ('fir' in feedback && feedback.fir.some(({ ssrc }) => ssrc === this.ssrc));
      if (!asks) return;
      this.sent.keyFramesAsked += 1;
      this.position = 0;
    } else if (packet instanceof RtcpTransportLayerFeedback) {
      const { feedback } = packet;
      if (!(feedback instanceof GenericNack) || feedback.mediaSourceSsrc !== this.ssrc) return;
      for (const sequence of feedback.lost) {
        const missing = this.ring.get(sequence & (kept - 1));
        if (missing?.readUInt16BE(2) !== sequence) continue;
        this.sent.again += 1;
        this.uplink.sendAgain(missing);
      }
    } else if (packet instanceof RtcpRrPacket || packet instanceof RtcpSrPacket)
      for (const { ssrc, packetsLost } of packet.reports) {
        if (ssrc !== this.ssrc) continue;
        this.sent.reports += 1;
        this.sent.lost = packetsLost;
      }
  }

  /** Sends what is due; a process that was late catches up. */
  private readonly play = (): void => {
    const { clip, startedAt } = this;
    const frameMs = (clip.ticks / clip.clockRate) * 1_000;
    let now = performance.now();
    for (; this.dueAt(frameMs) <= now; now = performance.now()) {
      this.sendFrame(clip.frames[this.position % clip.frames.length]!);
      this.position += 1;
      this.ticksSent += clip.ticks;
    }
    if (now >= this.nextReportAt) {
      this.report(now - startedAt);
      this.nextReportAt += reportMs;
    }
    this.timer = setTimeout(this.play, Math.max(0, this.dueAt(frameMs) - performance.now()));
  };

  private dueAt(frameMs: number): number {
    return this.startedAt + (this.ticksSent / this.clip.ticks) * frameMs;
  }

  private sendFrame(frame: Buffer): void {
    this.sent.lastAtMs = Date.now();
    this.sent.firstAtMs ||= this.sent.lastAtMs;
    this.sent.frames += 1;
    if (this.clip.clockRate === 48_000) {
      this.sendPacket(frame, this.sent.frames === 1);
      return;
    }
    this.pictureId = (this.pictureId + 1) & 0x7fff;
    const parts = Math.ceil(frame.length / payloadBytes);
    const size = Math.ceil(frame.length / parts);
    for (let part = 0; part < parts; part += 1) {
      // RFC 7741, 4.2: extended, start of the partition, then a picture id of 15 bits.
      const descriptor = Buffer.from([part === 0 ? 0x90 : 0x80, 0x80, 0x80 | (this.pictureId >> 8), this.pictureId & 0xff]);
      const payload = Buffer.concat([descriptor, frame.subarray(part * size, (part + 1) * size)]);
      this.sendPacket(payload, part === parts - 1);
    }
  }

  private sendPacket(payload: Buffer, marker: boolean): void {
    this.sequence = (this.sequence + 1) & 0xffff;
    const transportSequence = Buffer.alloc(2);
    transportSequence.writeUInt16BE(this.uplink.nextTransportSequence());
    const header = new RtpHeader({
      payloadType: this.payloadType,
      sequenceNumber: this.sequence,
      timestamp: this.timestampAt(this.ticksSent),
      ssrc: this.ssrc,
      marker,
      extension: true,
      extensions: [
        { id: extensionIds.mid, payload: Buffer.from(this.mid) },
        { id: extensionIds.transportSequence, payload: transportSequence },
      ],
    });
    this.ring.set(this.sequence & (kept - 1), this.uplink.send(header, payload));
    this.sent.packets += 1;
    this.sent.bytes += payload.length;
  }

  private timestampAt(ticks: number): number {
    return (this.firstTimestamp + Math.round(ticks)) % 0x1_0000_0000;
  }

  private report(elapsedMs: number): void {
    const wallMs = performance.timeOrigin + this.startedAt + elapsedMs;
    const seconds = Math.floor(wallMs / 1_000);
    const fraction = Math.floor(((wallMs % 1_000) / 1_000) * 2 ** 32);
    const senderInfo = new RtcpSenderInfo({
      ntpTimestamp: (BigInt(seconds + ntpEpochSeconds) << 32n) | BigInt(fraction),
      rtpTimestamp: this.timestampAt((elapsedMs / 1_000) * this.clip.clockRate),
      packetCount: this.sent.packets,
      octetCount: this.sent.bytes,
    });
    this.uplink.sendRtcp(new RtcpSrPacket({ ssrc: this.ssrc, senderInfo, reports: [] }));
  }
}
