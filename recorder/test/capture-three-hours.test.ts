import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Sidecar, Source } from '@vigil/protocol';
import { expect, it } from 'vitest';
import { framesOfWebm } from '../src/backfill/webm-frames.js';
import type { SourceInput } from '../src/capture/api.js';
import { AttemptCapture, TICK_MS } from '../src/capture/attempt-recorder.js';
import { segmentFile } from '../src/capture/segment-path.js';
import { rtpPacket } from '../src/capture/testing/packetizer.js';

const attempt = '0123456789abcdef01234567';
const beginMs = Date.UTC(2030, 0, 1, 9);
const hourMs = 3_600_000;

/** A browser's source: how it counts, and by how much its device's clock is wrong. */
interface Sender {
  source: Source;
  codec: 'vp8' | 'opus';
  everyMs: number;
  /** Of its RTP clock against real time, parts of a million. */
  driftPpm: number;
  keyEvery: number;
  input: SourceInput;
  sent: number;
}
/** The student's own clock: a day ahead, and running fast, parts of a million. */
const studentPpm = 40;
const ntpOf = (realMs: number): number => beginMs + 86_400_000 + realMs * (1 + studentPpm / 1e6);

/** Way of a packet, ms: mostly short, at times a second. */
const delayOf = (index: number): number => 20 + ((index * 7919) % 97) + (index % 5_003 === 0 ? 900 : 0);

/** A picture or sound that tells its number; no decoder is asked. */
function payload({ codec, keyEvery }: Sender, index: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(index);
  if (codec === 'opus') return Buffer.concat([Buffer.from([0xf8]), number]);
  const key = index % keyEvery === 0;
  // Descriptor with a picture id (RFC 7741, 4.2), then the frame's header, with a size in key frames (RFC 6386, 9.1).
  return Buffer.concat([Buffer.from(`90808000${key ? '1002009d012a4001f000' : '110200'}`, 'hex'), number]);
}

const collect = (): number => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
};

it('three hours: webcam, microphone and screen stay within 100 ms, and the memory does not grow', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-hours-'));
  let nowMs = beginMs;
  const segments: Sidecar[] = [];
  const capture = new AttemptCapture({
    folder,
    attempt,
    now: () => nowMs,
    expected: ['webcam', 'microphone', 'screen'],
    segmentMs: { webcam: 20_000, screen: 60_000 },
    onSegment: (sidecar) => segments.push(sidecar),
    onKeyFrameNeeded: () => undefined,
    onState: () => undefined,
    onDisk: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  const sender = (source: Source, codec: Sender['codec'], everyMs: number, driftPpm: number, keyEvery: number): Sender => ({
    source, codec, everyMs, driftPpm, keyEvery, sent: 0,
    input: capture.addSource(source, { codec, payloadType: 96, clockRate: codec === 'opus' ? 48_000 : 90_000 }),
  }); // prettier-ignore
  // A sound card is not a computer's clock: 60 parts of a million are 650 ms in three hours.
  const senders = [sender('webcam', 'vp8', 100, studentPpm, 100), sender('microphone', 'opus', 20, -60, 1), sender('screen', 'vp8', 1_000, studentPpm, 30)];
  const rate = ({ codec }: Sender): number => (codec === 'opus' ? 48 : 90);
  const timestampOf = (one: Sender, realMs: number): number => Math.round(realMs * (1 + one.driftPpm / 1e6) * rate(one)) % 0x1_0000_0000;
  const arriving: { atMs: number; input: SourceInput; packet: Buffer }[] = [];
  const heap: number[] = [];
  try {
    for (let realMs = 0; realMs < 3 * hourMs; realMs += 20) {
      for (const one of senders) {
        if (realMs % one.everyMs !== 0) continue;
        const packet = rtpPacket(one.sent, timestampOf(one, realMs), true, payload(one, one.sent));
        arriving.push({ atMs: beginMs + realMs + delayOf(one.sent), input: one.input, packet });
        one.sent += 1;
      }
      nowMs = beginMs + realMs;
      for (let i = 0; i < arriving.length; ) {
        const { atMs, input, packet } = arriving[i]!;
        if (atMs > nowMs) i += 1;
        else {
          input.rtp(packet);
          arriving.splice(i, 1);
        }
      }
      if (realMs % 2_000 === 1_000) for (const one of senders) one.input.senderReport({ ntpMs: ntpOf(realMs - 25), rtpTimestamp: timestampOf(one, realMs - 25) });
      if (realMs % TICK_MS === 0) capture.tick();
      if (realMs % 5_000 === 0) await breathe();
      if (realMs % 60_000 === 0) await capture.settled();
      if (realMs > 0 && realMs % hourMs === 0) heap.push(collect());
    }
    await capture.close('not-published');
    heap.push(collect());

    const offsets = new Map<Source, { atMs: number; offMs: number }[]>();
    for (const sidecar of segments) {
      const { frames } = framesOfWebm(await readFile(segmentFile(folder, sidecar)));
      for (const { kind, timeMs, data } of frames) {
        // Silence that fills a hole tells no number.
        if (data.length < 5) continue;
        const source = kind === 'sound' ? 'microphone' : sidecar.track;
        const one = senders.find((each) => each.source === source)!;
        const realMs = data.readUInt32BE(data.length - 4) * one.everyMs;
        const list = offsets.get(source) ?? [];
        list.push({ atMs: realMs, offMs: sidecar.startMs + timeMs - beginMs - realMs });
        offsets.set(source, list);
      }
    }
    const worst = [];
    for (let minute = 0; minute < 180; minute += 1) {
      const medians = senders.map(({ source }) => {
        const inside = offsets.get(source)!.filter(({ atMs }) => Math.floor(atMs / 60_000) === minute).map(({ offMs }) => offMs).sort((a, b) => a - b);
        expect(inside.length, `${source} in minute ${minute}`).toBeGreaterThan(40);
        return inside[Math.floor(inside.length / 2)]!;
      });
      worst.push(Math.max(...medians) - Math.min(...medians));
    }
    expect(Math.max(...worst)).toBeLessThan(100);
    expect(offsets.get('webcam')!.length).toBeGreaterThan(senders[0]!.sent * 0.999);
    expect(offsets.get('microphone')!.length).toBeGreaterThan(senders[1]!.sent * 0.999);
    // What is kept of segments here is the test's own; the recorder's share must not grow with time.
    expect((heap.at(-1)! - heap[0]!) / 1e6).toBeLessThan(6);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
