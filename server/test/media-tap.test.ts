import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createWorker } from 'mediasoup';
import { expect, it, vi } from 'vitest';
import { mediaCodecs } from '../src/sfu/codecs.js';
import { openTap } from '../src/sfu/tap.js';

it('the tap hands on every packet as it was sent, and in order, from the worker that runs here', async () => {
  const workerBin = process.env.MEDIASOUP_WORKER_BIN;
  const worker = await createWorker({ ...(workerBin && { workerBin }) });
  const socket = createSocket('udp4');
  try {
    const router = await worker.createRouter({ mediaCodecs });
    const plain = await router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' }, comedia: true });
    const direct = await router.createDirectTransport();
    const producer = await plain.produce({
      kind: 'video',
      rtpParameters: { codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 }], encodings: [{ ssrc: 7 }] },
    });
    const payloads: string[] = [];
    const tap = await openTap({
      router, direct, producer,
      accepts: () => true,
      open: () => ({
        rtp: (packet) => {
          // The worker adds a header extension (RFC 8285) of its own.
          const extension = (packet[0] ?? 0) & 0x10 ? 4 + 4 * packet.readUInt16BE(14) : 0;
          payloads.push(packet.toString('latin1', 12 + extension));
        },
        senderReport: () => undefined,
        setMuted: () => undefined,
        close: () => undefined,
      }),
    });

    // Notifications of the producer do not wait with the packets: the worker has taken what it tells of.
    let taken = 0;
    producer.on('trace', ({ type }) => (taken += Number(type === 'rtp')));
    await producer.enableTraceEvent(['rtp']);

    /** One key frame, a packet of each size that a frame has at its borders: RFC 7741's descriptor (S in the first), then anything. */
    const sizes = [20, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1_023, 1_024, 1_200];
    const sent = sizes.map((size, i) => Buffer.concat([Buffer.from(i ? [0] : [0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0]), Buffer.alloc(size, i + 1)]));
    sent.forEach((payload, i) => {
      const header = Buffer.from([0x80, 96, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7]);
      if (i === sent.length - 1) header[1] = 0x80 | 96;
      header.writeUInt16BE(i + 1, 2);
      socket.send(Buffer.concat([header, payload]), plain.tuple.localPort, '127.0.0.1');
    });
    await vi.waitFor(() => expect(taken).toBe(sent.length));
    expect(payloads.length).toBeLessThan(sent.length);
    await tap.drain();
    expect(payloads).toEqual(sent.map((payload) => payload.toString('latin1')));
  } finally {
    socket.close();
    worker.close();
    await once(worker, 'subprocessclose');
  }
});
