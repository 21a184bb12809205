import { setImmediate } from 'node:timers/promises';
import type { SourceFormat, SourceInput } from '@vigil/recorder/capture';
import { VigilError } from '@vigil/protocol';
import type { types } from 'mediasoup';
import { z } from 'zod';
import { withTimeout } from '../attempts/retry-queue.js';
import { tapCapabilities } from './codecs.js';

/** Seconds from 1900, the epoch of NTP, to 1970 (RFC 5905, figure 4). */
const ntpEpochSeconds = 2_208_988_800;

const SenderReport = z.object({ ntpSec: z.number(), ntpFrac: z.number(), rtpTs: z.number() });

/** A worker that is there answers at once, ms. */
const drainMs = 500;

/** NTP time of a sender report (RFC 3550, section 6.4.1) in ms since 1970, by the sender's clock. */
export const ntpToMs = (seconds: number, fraction: number): number =>
  (seconds - ntpEpochSeconds) * 1_000 + (fraction / 2 ** 32) * 1_000;

/**
 * The RTP packets of one notification: a single one, as mediasoup's own worker sends it, or frames of RFC 4571, as the worker that
 * set-up builds does (docker/mediasoup-worker/shim/packet-batch.h). A packet begins with RTP's version, 2; a frame with its length,
 * which is never that large.
 */
export function packetsOf(data: Buffer): Buffer[] {
  if (((data[0] ?? 0) >> 6) === 2) return [data];
  const packets: Buffer[] = [];
  for (let at = 0; at + 2 <= data.length; ) {
    const end = at + 2 + data.readUInt16BE(at);
    packets.push(data.subarray(at + 2, end));
    at = end;
  }
  return packets;
}

/** One producer's packets on their way to the recorder. */
export interface Tap {
  requestKeyFrame(): void;
  /** Takes nothing new, and resolves when all packets that the worker has taken are with the recorder, or it does not answer. */
  drain(): Promise<void>;
  /** Stops the packets; the recorder's input is the caller's to close. Idempotent. */
  close(): void;
}

/** What a tap connects. */
export interface TapOptions {
  router: types.Router;
  direct: types.DirectTransport;
  producer: types.Producer;
  /** Called once, before the first packet. */
  open: (format: SourceFormat) => SourceInput;
  /** Whether the record takes so many more bytes now. A packet that it does not take is lost to it, as on the network. */
  accepts: (bytes: number) => boolean;
}

/**
 * Leads a producer's decrypted RTP and its sender reports to the recorder, through a consumer on a DirectTransport: the only
 * consumer there is in Vigil, and it ends inside this process.
 */
export async function openTap({ router, direct, producer, open, accepts }: TapOptions): Promise<Tap> {
  // Paused until the listener is there, so that no packet passes unseen.
  const consumer = await direct.consume({
    producerId: producer.id,
    rtpCapabilities: tapCapabilities(router.rtpCapabilities),
    enableRtx: false,
    paused: true,
  });
  const input = open(formatOf(consumer));
  consumer.on('rtp', (data) => {
    for (const packet of packetsOf(data)) if (accepts(packet.length)) input.rtp(packet);
  });
  producer.on('trace', ({ type, info }) => {
    if (type !== 'sr' || consumer.closed) return;
    const report = SenderReport.safeParse(info);
    // A sender without a wall clock says 0 (RFC 3550).
    if (!report.success || report.data.ntpSec === 0) return;
    const { ntpSec, ntpFrac, rtpTs } = report.data;
    input.senderReport({ ntpMs: ntpToMs(ntpSec, ntpFrac), rtpTimestamp: rtpTs });
  });
  await producer.enableTraceEvent(['sr']);
  await consumer.resume();
  return {
    requestKeyFrame: () => {
      // The worker may die or the producer close at this moment: then there is nothing to ask.
      if (!consumer.closed) consumer.requestKeyFrame().catch(() => undefined);
    },
    drain: async () => {
      if (consumer.closed) return;
      await withTimeout(consumer.pause().catch(() => undefined), drainMs);
      // mediasoup hands on notifications, other than answers, in the next turn of the loop.
      await setImmediate();
    },
    close: () => {
      producer.removeAllListeners('trace');
      consumer.close();
    },
  };
}

const codecs = new Map<string, SourceFormat['codec']>([
  ['video/vp8', 'vp8'],
  ['video/vp9', 'vp9'],
  ['audio/opus', 'opus'],
]);

function formatOf({ rtpParameters }: types.Consumer): SourceFormat {
  const { mimeType, payloadType, clockRate } = rtpParameters.codecs[0] ?? {};
  const codec = codecs.get(mimeType?.toLowerCase() ?? '');
  if (!codec || payloadType === undefined || clockRate === undefined)
    throw new VigilError('badInput', `${mimeType ?? 'no codec'} cannot be recorded.`);
  return { codec, payloadType, clockRate };
}
