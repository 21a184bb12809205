import { afterEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { segmentFile } from '../src/capture/segment-path.js';
import { opusClip, videoClip } from '../src/capture/testing/clips.js';
import { BEGIN_MS, TestExam } from '../src/capture/testing/exam.js';
import { packetizeOpus, packetizeVideo } from '../src/capture/testing/packetizer.js';
import { decode, probe } from '../src/capture/testing/probe.js';

const webcam = videoClip({ codec: 'vp8', seconds: 12, fps: 10, size: '320x240', keyEvery: 20 });
const screen = videoClip({ codec: 'vp9', seconds: 12, fps: 5, size: '640x360', keyEvery: 15 });
const tone = opusClip(12);

let exam: TestExam;
afterEach(() => exam.remove());

describe('real material', () => {
  it('records a webcam, a microphone and a screen: every frame, at its time, in segments that follow on each other', async () => {
    exam = new TestExam();
    exam.send('webcam', 'vp8', packetizeVideo('vp8', webcam), { delay: (index) => 30 + ((index * 7) % 40) });
    exam.send('microphone', 'opus', packetizeOpus(tone), { delay: (index) => 30 + ((index * 13) % 60) });
    exam.send('screen', 'vp9', packetizeVideo('vp9', screen), { delay: (index) => 30 + ((index * 5) % 50) });
    exam.run();
    await exam.end();

    for (const track of ['webcam', 'screen'] as const) {
      const segments = exam.of(track);
      expect(segments.length).toBeGreaterThan(1);
      let pictures = 0;
      segments.forEach((sidecar, index) => {
        const file = segmentFile(exam.folder, sidecar);
        const bytes = readFileSync(file);
        expect(sidecar.bytes).toBe(bytes.length);
        expect(sidecar.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
        expect(sidecar.gaps).toEqual([]);
        const packets = probe(file);
        const video = packets.filter(({ type }) => type === 'video');
        expect(video[0]).toMatchObject({ timeMs: 0, key: true });
        expect(video).toHaveLength(sidecar.video!.frames);
        const { complaints, pictures: decoded } = decode(file);
        expect(complaints).toBe('');
        expect(decoded).toBe(video.length);
        pictures += decoded;
        const next = segments[index + 1];
        if (next) {
          expect(next.startMs).toBe(sidecar.startMs + sidecar.durationMs);
          expect(next).toMatchObject({ epoch: sidecar.epoch, sequence: sidecar.sequence + 1 });
        }
        const last = video.at(-1)!;
        expect(last.timeMs + last.durationMs!).toBe(sidecar.durationMs);
      });
      expect(pictures).toBe(track === 'webcam' ? 120 : 60);
      expect(Math.abs(segments[0]!.startMs - (BEGIN_MS + 30))).toBeLessThan(20);
    }
    const sound = exam.of('webcam').flatMap((sidecar) =>
      probe(segmentFile(exam.folder, sidecar))
        .filter(({ type }) => type === 'audio')
        .map(({ timeMs }) => sidecar.startMs + timeMs),
    );
    expect(sound.length).toBeGreaterThanOrEqual(600);
    for (let index = 1; index < sound.length; index++)
      expect(Math.abs(sound[index]! - sound[index - 1]! - 20)).toBeLessThanOrEqual(2);
    expect(exam.states.slice(0, 3).sort()).toEqual(['microphone recorded', 'screen recorded', 'webcam recorded']);
  });

  it('leaves out what loss made undecodable, asks for a key frame and notes the gap', async () => {
    exam = new TestExam({ expected: ['webcam', 'microphone'] });
    const packets = packetizeVideo('vp8', webcam);
    const atSecond = (seconds: number): number => packets.findIndex(({ sentMs }) => sentMs >= seconds * 1_000);
    const lost = atSecond(4.5);
    exam.send('webcam', 'vp8', packets, { delay: (index) => (index === lost ? undefined : 30) });
    exam.send('microphone', 'opus', packetizeOpus(tone), { delay: (index) => (index >= 300 && index < 310 ? undefined : 30) });
    exam.run();
    await exam.end();
    const gaps = exam.of('webcam').flatMap((segment) => segment.gaps);
    expect(gaps).toEqual([
      { source: 'webcam', cause: 'packet-loss', startMs: BEGIN_MS + 4_430, endMs: BEGIN_MS + 6_030 },
      { source: 'microphone', cause: 'packet-loss', startMs: BEGIN_MS + 6_030, endMs: BEGIN_MS + 6_230 },
    ]);
    const asked = exam.asked.filter(({ source, atMs }) => source === 'webcam' && atMs > 4_500 && atMs < 8_000);
    expect(asked[0]!.atMs).toBeGreaterThan(6_000);
    for (const sidecar of exam.of('webcam')) {
      const { complaints, pictures } = decode(segmentFile(exam.folder, sidecar));
      expect(complaints).toBe('');
      expect(pictures).toBe(sidecar.video!.frames);
    }
    expect(exam.of('webcam').reduce((sum, { video }) => sum + video!.frames, 0)).toBe(120 - 15);
  });

  it('takes repairs that come a second late, and drops duplicates', async () => {
    exam = new TestExam({ expected: ['webcam'] });
    const packets = packetizeVideo('vp8', webcam);
    exam.send('webcam', 'vp8', packets.flatMap((packet) => [packet, packet]), {
      delay: (index) => (index % 40 === 10 || index % 40 === 11 ? 1_000 : 30),
    });
    exam.run();
    await exam.end();
    expect(exam.of('webcam').flatMap(({ gaps }) => gaps)).toEqual([]);
    expect(exam.of('webcam').reduce((sum, { video }) => sum + video!.frames, 0)).toBe(120);
  });

  it('plays on through a change of size in one epoch, and begins another for another codec', async () => {
    exam = new TestExam({ expected: ['webcam'] });
    const small = videoClip({ codec: 'vp8', seconds: 3, fps: 10, size: '160x120', keyEvery: 10 });
    const nine = videoClip({ codec: 'vp9', seconds: 3, fps: 10, size: '320x240', keyEvery: 10 });
    const packets = packetizeVideo('vp8', [
      ...webcam.slice(0, 20),
      ...small.map(({ ticks, data }) => ({ ticks: ticks + 180_000, data })),
    ]);
    exam.send('webcam', 'vp8', packets);
    exam.send('microphone', 'opus', packetizeOpus(tone));
    exam.send('webcam', 'vp9', packetizeVideo('vp9', nine), { startMs: 5_200 });
    exam.run();
    await exam.end();
    const [first, second, third, sound, ...rest] = exam.of('webcam');
    for (const sidecar of exam.of('webcam'))
      expect(decode(segmentFile(exam.folder, sidecar)).complaints.replace(/.*[Cc]hanging video frame.*\n?/g, '')).toBe('');
    expect(first!.video).toMatchObject({ codec: 'vp8', width: 320, height: 240, frames: 40 });
    expect(second!.video).toMatchObject({ codec: 'vp8', width: 160, height: 120, frames: 10 });
    expect(second).toMatchObject({ epoch: first!.epoch, sequence: 1, startMs: first!.startMs + first!.durationMs });
    expect(third!.video).toMatchObject({ codec: 'vp9', width: 320, height: 240, frames: 30 });
    expect(third!.epoch).toBeGreaterThan(second!.epoch);
    expect(third!.sequence).toBe(0);
    // The camera is gone, sound goes on.
    expect(sound!.video).toBeUndefined();
    expect(rest).toEqual([]);
  });

  it.each([1_500, 2_800, 6_000])('leaves no hole in a file where the camera pauses for %d ms and sound goes on', async (pauseMs) => {
    exam = new TestExam({ expected: ['webcam', 'microphone'], segmentMs: { webcam: 60_000, screen: 60_000 } });
    const pictures = webcam.filter(({ ticks }) => ticks < 3 * 90_000 || ticks >= 4 * 90_000);
    const paused = pictures.map(({ ticks, data }) => ({ data, ticks: ticks < 3 * 90_000 ? ticks : ticks + (pauseMs - 1_000) * 90 }));
    exam.send('webcam', 'vp8', packetizeVideo('vp8', paused), { muted: { fromMs: 3_000, toMs: 2_950 + pauseMs } });
    exam.send('microphone', 'opus', packetizeOpus(opusClip(12 + pauseMs / 1_000)));
    exam.run();
    await exam.end();
    expect(exam.segments.length).toBe(pauseMs < 3_000 ? 1 : 3);
    for (const sidecar of exam.segments) {
      const packets = probe(segmentFile(exam.folder, sidecar));
      for (const type of ['video', 'audio'] as const) {
        let endMs = 0;
        for (const { timeMs, durationMs = 20 } of packets.filter((packet) => packet.type === type)) {
          expect(timeMs - endMs).toBeLessThanOrEqual(2);
          endMs = timeMs + durationMs;
        }
        if (type === 'audio' || sidecar.video) expect(Math.abs(endMs - sidecar.durationMs)).toBeLessThanOrEqual(20);
      }
    }
  });
});
