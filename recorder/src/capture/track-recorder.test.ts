import { afterEach, describe, expect, it } from 'vitest';
import type { Sidecar } from '@vigil/protocol';
import { readFileSync } from 'node:fs';
import { segmentFile } from './segment-path.js';
import { drawn, every, tone } from './testing/drawn.js';
import { BEGIN_MS, TestExam } from './testing/exam.js';
import { packetizeOpus, packetizeVideo } from './testing/packetizer.js';
import { readWebm } from './webm-reader.js';

const since = (gaps: Sidecar['gaps']) => gaps.map((gap) => ({ ...gap, startMs: gap.startMs - BEGIN_MS, endMs: gap.endMs - BEGIN_MS }));
/** Sidecars in a few words: epoch's place, sequence, tracks, start, duration. */
function summary(segments: readonly Sidecar[]): string[] {
  const epochs = [...new Set(segments.map(({ epoch }) => epoch))].sort();
  return segments.map(({ epoch, sequence, startMs, durationMs, video, audio, closedBy }) =>
    [
      `${epochs.indexOf(epoch)}.${sequence}`,
      [video && 'video', audio && 'audio'].filter(Boolean).join('+'),
      `${startMs - BEGIN_MS}–${startMs - BEGIN_MS + durationMs}`,
      closedBy,
    ].join(' '),
  );
}

let exam: TestExam;
afterEach(() => exam.remove());

describe('cutting', () => {
  it('asks for a key frame near the length, at most once a second, and cuts when it comes', async () => {
    exam = new TestExam({ expected: ['webcam'] });
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(14, 10, (index) => index === 0 || index === 60 || index === 62)));
    exam.run();
    await exam.end();
    expect(summary(exam.segments)).toEqual(['0.0 video 30–6030 deadline', '0.1 video 6030–14030 end']);
    const asked = exam.asked.map(({ atMs }) => atMs).filter((ms) => ms > 3_000);
    expect(asked.slice(0, 3)).toEqual([4_000, 5_000, 6_000]);
    asked.slice(1).forEach((ms, index) => expect(ms - asked[index]!).toBeGreaterThanOrEqual(1_000));
  });

  it('takes a key frame that comes anyway near the end of the length', async () => {
    exam = new TestExam({ expected: ['webcam'] });
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(8, 10, (index) => index === 0 || index === 35)));
    exam.run();
    await exam.end();
    expect(summary(exam.segments)).toEqual(['0.0 video 30–3530 deadline', '0.1 video 3530–8030 end']);
  });

  it('cuts sound alone by time', async () => {
    exam = new TestExam({ expected: ['microphone'] });
    exam.send('microphone', 'opus', packetizeOpus(tone(9)));
    exam.run();
    await exam.end();
    expect(summary(exam.segments)).toEqual(['0.0 audio 30–4030 deadline', '0.1 audio 4030–8030 deadline', '0.2 audio 8030–9030 end']);
  });

  it('lets a still screen’s last picture stand as long as its sender lives', async () => {
    exam = new TestExam({ expected: ['screen'] });
    const held = exam.send('screen', 'vp8', packetizeVideo('vp8', drawn(3, 1, every(100))), { alsoReportToMs: 20_000 });
    exam.at(20_000, () => held.input?.close('not-published'));
    exam.run();
    await exam.end();
    expect(exam.segments).toHaveLength(1);
    expect(exam.segments[0]!.durationMs).toBeGreaterThan(19_000);
    expect(exam.segments[0]!.gaps).toEqual([]);
    expect(exam.states).toEqual(['screen recorded', 'screen not-recorded not-published']);
  });
});

describe('sound', () => {
  it('fills what DTX left out with silence, frame by frame, and notes no gap', async () => {
    exam = new TestExam({ expected: ['webcam', 'microphone'], segmentMs: { webcam: 60_000, screen: 60_000 } });
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(8, 10, every(20))));
    exam.send('microphone', 'opus', packetizeOpus(tone(8).filter((_, index) => index < 100 || index > 250 || index % 20 === 0)));
    exam.run();
    await exam.end();
    expect(exam.segments.map(({ audio, gaps }) => [audio!.frames, gaps])).toEqual([[400, []]]);
  });

  it('notes a mute, and goes on with silence beside the picture', async () => {
    exam = new TestExam({ expected: ['webcam', 'microphone'], segmentMs: { webcam: 60_000, screen: 60_000 } });
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(10, 10, every(20))));
    const sound = tone(10).filter((_, index) => index < 150 || index >= 350);
    exam.send('microphone', 'opus', packetizeOpus(sound), { muted: { fromMs: 3_030, toMs: 6_990 } });
    exam.run();
    await exam.end();
    expect(exam.segments).toHaveLength(1);
    expect(since(exam.segments[0]!.gaps)).toEqual([{ source: 'microphone', cause: 'muted', startMs: 3_030, endMs: 7_030 }]);
    expect(exam.segments[0]!.audio!.frames).toBe(500);
    expect(exam.states).toEqual([
      'webcam recorded',
      'microphone recorded',
      'microphone not-recorded muted',
      'microphone recorded',
      'webcam not-recorded not-published',
      'microphone not-recorded not-published',
    ]);
  });
});

describe('epochs', () => {
  it('goes on with sound alone when the camera is gone, and with both when it is back', async () => {
    exam = new TestExam({ expected: ['webcam', 'microphone'], segmentMs: { webcam: 60_000, screen: 60_000 } });
    const held = exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(4, 10, every(20))));
    exam.at(4_050, () => held.input?.close('not-published'));
    exam.send('microphone', 'opus', packetizeOpus(tone(16)));
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(4, 10, every(20))), { startMs: 12_000 });
    exam.run();
    await exam.end();
    expect(summary(exam.segments)).toEqual([
      '0.0 video+audio 30–6950 change',
      '1.0 audio 6950–12030 change',
      '2.0 video+audio 12030–16030 end',
    ]);
    expect(since(exam.segments.flatMap(({ gaps }) => gaps))).toEqual([
      { source: 'webcam', cause: 'not-published', startMs: 3_930, endMs: 6_950 },
      { source: 'webcam', cause: 'not-published', startMs: 6_950, endMs: 12_030 },
    ]);
  });

  it('begins anew after a lost connection, and says why there is a hole', async () => {
    exam = new TestExam({ expected: ['webcam', 'microphone'] });
    for (const startMs of [0, 8_000]) {
      const webcam = exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(3, 10, every(10))), { startMs });
      const microphone = exam.send('microphone', 'opus', packetizeOpus(tone(3)), { startMs });
      exam.at(startMs + 3_040, () => {
        webcam.input?.close('connection');
        microphone.input?.close('connection');
      });
    }
    exam.run();
    await exam.end();
    expect(summary(exam.segments)).toEqual(['0.0 video+audio 30–3030 end', '1.0 video+audio 8030–11030 end']);
    expect(exam.segments[0]!.gaps).toEqual([]);
    const gaps = since(exam.segments[1]!.gaps);
    expect(gaps.map(({ source, cause, endMs }) => `${source} ${cause} ${endMs}`)).toEqual([
      'webcam connection 8030',
      'microphone connection 8030',
    ]);
  });

  it('does not wait longer than 3 s for a microphone that never comes', async () => {
    exam = new TestExam({ expected: ['webcam', 'microphone'] });
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(6, 10, every(20))));
    exam.run();
    expect(exam.states[0]).toBe('webcam recorded');
    await exam.end();
    expect(exam.segments.every(({ audio }) => audio !== undefined)).toBe(true);
    const gaps = since(exam.segments.flatMap(({ gaps }) => gaps));
    expect(gaps[0]).toMatchObject({ source: 'microphone', cause: 'not-published', startMs: 30 });
    expect(gaps.at(-1)!.endMs).toBe(6_030);
  });

  it('says what a stall does to the state', () => {
    exam = new TestExam({ expected: ['webcam'] });
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(4, 10, every(20))));
    exam.run(6_000);
    expect(exam.states).toEqual(['webcam recorded', 'webcam not-recorded unknown']);
  });

  it('survives what is no RTP', () => {
    exam = new TestExam({ expected: ['webcam'] });
    const input = exam.capture.addSource('webcam', { codec: 'vp9', payloadType: 98, clockRate: 90_000 });
    let seed = 7;
    for (let round = 0; round < 5_000; round++) {
      const packet = Buffer.alloc(round % 60);
      for (let at = 0; at < packet.length; at++) packet[at] = (seed = (seed * 16_807) % 2_147_483_647) & 0xff;
      if (packet.length > 0) packet[0] = 0x80 | (packet[0]! & 0x3f);
      input.rtp(packet);
    }
    input.close('unknown');
    expect(exam.states.at(-1)).toBe('webcam not-recorded unknown');
  });
});

it('writes every file so that its own reader finds all of it', async () => {
  exam = new TestExam({ expected: ['webcam', 'microphone'] });
  exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(9, 10, every(20))));
  exam.send('microphone', 'opus', packetizeOpus(tone(9)));
  exam.run();
  await exam.end();
  for (const sidecar of exam.segments) {
    const content = readWebm(readFileSync(segmentFile(exam.folder, sidecar)))!;
    expect(content).toMatchObject({ startMs: sidecar.startMs, bytes: sidecar.bytes, video: sidecar.video, audio: sidecar.audio });
    expect(Math.abs(content.durationMs - sidecar.durationMs)).toBeLessThanOrEqual(20);
  }
});
