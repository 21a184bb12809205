import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { mimeTypeOf, type Sidecar } from '@vigil/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { segmentFile } from '../src/capture/segment-path.js';
import { opusClip, videoClip } from '../src/capture/testing/clips.js';
import { TestExam } from '../src/capture/testing/exam.js';
import { packetizeOpus, packetizeVideo } from '../src/capture/testing/packetizer.js';

/** What a player in Chromium made of segments that were appended one after the other. */
interface Played {
  buffered: [number, number][];
  endedAt: number;
  pictures: number;
  /** Positions, s, at which the player ran dry. */
  stalledAt: number[];
  error: string;
}

/** Gives up on a player that stands still, ms. */
const PATIENCE_MS = 20_000;

/** Set-up names one that tests can drive, if there is any. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);

let browser: Browser;
let exam: TestExam;

async function play(segments: readonly Sidecar[]): Promise<Played> {
  const page = await browser.newPage();
  const first = segments[0]!;
  const parts = segments.map((sidecar) => ({
    base64: readFileSync(segmentFile(exam.folder, sidecar)).toString('base64'),
    offset: (sidecar.startMs - first.startMs) / 1_000,
  }));
  try {
    return await page.evaluate(
      async ({ parts, mime, patience }) => {
        const video = document.createElement('video');
        video.muted = true;
        document.body.append(video);
        const source = new MediaSource();
        video.src = URL.createObjectURL(source);
        const event = (target: EventTarget, name: string): Promise<unknown> =>
          new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));
        await event(source, 'sourceopen');
        const buffer = source.addSourceBuffer(mime);
        for (const { base64, offset } of parts) {
          buffer.timestampOffset = offset;
          buffer.appendBuffer(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
          await event(buffer, 'updateend');
          if (video.error) return { buffered: [], endedAt: 0, pictures: 0, stalledAt: [], error: video.error.message };
        }
        const buffered: [number, number][] = [];
        for (let index = 0; index < buffer.buffered.length; index++)
          buffered.push([buffer.buffered.start(index), buffer.buffered.end(index)]);
        source.endOfStream();
        const stalledAt: number[] = [];
        video.playbackRate = 4;
        await video.play();
        video.addEventListener('waiting', () => stalledAt.push(video.currentTime));
        await Promise.race([event(video, 'ended'), new Promise((resolve) => setTimeout(resolve, patience))]);
        return {
          buffered,
          endedAt: video.ended ? video.currentTime : -video.currentTime,
          pictures: video.getVideoPlaybackQuality().totalVideoFrames,
          stalledAt,
          error: video.error?.message ?? '',
        };
      },
      { parts, mime: mimeTypeOf(first), patience: PATIENCE_MS },
    );
  } finally {
    await page.close();
  }
}

describe.skipIf(missing)(`segments in Chromium${missing ? ` (skipped: no ${executablePath}; set CHROMIUM)` : ''}`, () => {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'] });
  });
  afterEach(() => exam.remove());
  afterAll(() => browser.close());

  it('plays a webcam and a microphone with a hole of 3 s in its sound across borders of segments', async () => {
    exam = new TestExam({ expected: ['webcam', 'microphone'] });
    const webcam = videoClip({ codec: 'vp8', seconds: 12, fps: 10, size: '320x240', keyEvery: 20 });
    // Opus DTX sends nothing in silence: the sequence goes on, the timestamp jumps.
    const tone = opusClip(12).filter((_, index) => index < 175 || index >= 325);
    exam.send('webcam', 'vp8', packetizeVideo('vp8', webcam));
    exam.send('microphone', 'opus', packetizeOpus(tone));
    exam.run();
    await exam.end();
    const segments = exam.of('webcam');
    expect(segments.length).toBeGreaterThanOrEqual(3);
    const played = await play(segments);
    expect(played).toMatchObject({ error: '', stalledAt: [] });
    expect(played.buffered).toHaveLength(1);
    expect(played.buffered[0]![0]).toBeLessThan(0.05);
    expect(Math.abs(played.buffered[0]![1] - 12)).toBeLessThan(0.15);
    expect(played.endedAt).toBeGreaterThan(11.8);
    expect(await play(segments.slice(1, 2))).toMatchObject({ error: '', stalledAt: [] });
  });

  it.each(['vp8', 'vp9'] as const)('plays a still screen in %s without holes', async (codec) => {
    exam = new TestExam({ expected: ['screen'], segmentMs: { webcam: 4_000, screen: 8_000 } });
    const frames = videoClip({ codec, seconds: 20, fps: 1, size: '640x360', keyEvery: 8 });
    const still = frames.map((frame, index) => ({ ...frame, ticks: frame.ticks + (index >= 5 ? 6 * 90_000 : 0) }));
    exam.send('screen', codec, packetizeVideo(codec, still));
    exam.run();
    await exam.end();
    const segments = exam.of('screen');
    expect(segments.length).toBeGreaterThanOrEqual(2);
    expect(segments.flatMap(({ gaps }) => gaps)).toEqual([]);
    const played = await play(segments);
    expect(played).toMatchObject({ error: '', stalledAt: [] });
    expect(played.buffered).toHaveLength(1);
    expect(played.buffered[0]![1]).toBeGreaterThan(25);
    expect(played.endedAt).toBeGreaterThan(25);
  });
});
