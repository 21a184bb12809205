import type { Source } from '@vigil/protocol';
import { ReorderBuffer } from '../reorder.js';
import { parseRtp, rtpView } from '../rtp.js';
import type { SourceFormat } from '../api.js';
import { VideoAssembler } from '../video-assembler.js';
import { opusClip, videoClip, type ClipFrame } from './clips.js';
import { TestExam } from './exam.js';
import { packetizeOpus, packetizeVideo, type SentPacket } from './packetizer.js';

/**
 * CPU of the pipeline by stage, in µs a packet: `node recorder/dist/capture/testing/bench.js`.
 * One student: webcam 640×480 at 15 a second and screen 1280×720 at 5, 250 kbps each, microphone; ten minutes of media, or as many seconds as the argument says (a multiple of 20).
 */
const SECONDS = Number(process.argv[2] ?? 600);

const repeat = (frames: ClipFrame[], seconds: number, rate: number): ClipFrame[] =>
  Array.from({ length: SECONDS / seconds }, (_, round) =>
    frames.map(({ ticks, data }) => ({ ticks: ticks + round * seconds * rate, data })),
  ).flat();

const plan: [Source, SourceFormat['codec'], SentPacket[]][] = [
  ['webcam', 'vp8', packetizeVideo('vp8', repeat(videoClip({ codec: 'vp8', seconds: 20, fps: 15, size: '640x480', keyEvery: 300 }), 20, 90_000))],
  ['microphone', 'opus', packetizeOpus(repeat(opusClip(20), 20, 48_000).filter((_, index) => index < SECONDS * 50))],
  ['screen', 'vp8', packetizeVideo('vp8', repeat(videoClip({ codec: 'vp8', seconds: 20, fps: 5, size: '1280x720', keyEvery: 100 }), 20, 90_000))],
];
const total = plan.reduce((sum, [, , packets]) => sum + packets.length, 0);

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
const perPacket = (ms: number): string => ((ms * 1_000) / total).toFixed(2);

for (let round = 0; round < 3; round++) {
  const view = rtpView();
  const parse = cpuMs(() => plan.forEach(([, , packets]) => packets.forEach(({ packet }) => parseRtp(packet, view))));
  const reorder = cpuMs(() =>
    plan.forEach(([, , packets]) => {
      let count = 0;
      const buffer = new ReorderBuffer(() => count++);
      packets.forEach(({ packet, sentMs }) => parseRtp(packet, view) && buffer.push(packet, view.sequence, sentMs));
    }),
  );
  const frames = cpuMs(() =>
    plan.forEach(([, codec, packets]) => {
      if (codec === 'opus') return;
      const assembler = new VideoAssembler(codec);
      packets.forEach(({ packet }) => parseRtp(packet, view) && assembler.push(packet, view, false));
    }),
  );
  const exam = new TestExam({ segmentMs: { webcam: 20_000, screen: 60_000 } });
  plan.forEach(([source, codec, packets]) => exam.send(source, codec, packets));
  const calls = exam.take();
  const before = process.cpuUsage();
  for (const [index, call] of calls.entries()) {
    call();
    if (index % 20 === 0) await new Promise(setImmediate); // lets writes go on, as in a server
  }
  const fed = process.cpuUsage(before);
  await exam.end();
  const all = process.cpuUsage(before);
  console.log(
    [
      `${total} packets, ${exam.segments.length} segments, µs a packet:`,
      `parse ${perPacket(parse)}`,
      `parse+reorder ${perPacket(reorder)}`,
      `parse+assemble ${perPacket(frames)}`,
      `whole pipeline with writes and fsync ${perPacket((all.user + all.system) / 1_000)} (before the end ${perPacket((fed.user + fed.system) / 1_000)})`,
      `= ${((all.user + all.system) / 10_000 / SECONDS).toFixed(3)} % of a core per student`,
    ].join('\n  '),
  );
  exam.remove();
}
