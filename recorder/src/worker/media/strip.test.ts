import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Hearing } from '../detectors/hearing.js';
import type { Frame } from './frame.js';
import { peaksOf, StripMaker } from './strip.js';

const sha256 = 'a'.repeat(64);
const plain = (timeMs: number, grey: number, width = 640, height = 480): Frame => ({ timeMs, width, height, data: new Uint8Array(width * height * 3).fill(grey) });

/** The strip of these frames; the times of all that were handed on. */
async function stripOf(...frames: readonly Frame[]) {
  // eslint-disable-next-line @typescript-eslint/require-await -- as frames come
  async function* come() {
    yield* frames;
  }
  const maker = new StripMaker();
  const seen: number[] = [];
  for await (const { timeMs } of maker.pass(come())) seen.push(timeMs);
  return { ...(await maker.finish(sha256)), seen };
}

describe('thumbnails', () => {
  it('are of the first frame of each ten seconds; every frame is handed on', async () => {
    const made = await stripOf(plain(40, 0), plain(5_000, 99), plain(10_200, 128), plain(19_900, 99), plain(20_000, 255));
    expect(made.seen).toEqual([40, 5_000, 10_200, 19_900, 20_000]);
    expect(made.strip).toEqual({ version: 1, sha256, pictures: { width: 120, height: 90, timesMs: [40, 10_200, 20_000] } });
    const { data, info } = await sharp(made.pictures).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([120, 270]);
    const middleOf = (tile: number): number => data[((tile * 90 + 45) * 120 + 60) * info.channels]!;
    expect([0, 1, 2].map(middleOf).map((grey) => Math.round(grey / 8))).toEqual([0, 16, 32]);
    expect(made.pictures!.length).toBeLessThan(3_000);
  });

  it('fit into their box, and are not enlarged', async () => {
    expect((await stripOf(plain(0, 9, 320, 180))).strip.pictures).toMatchObject({ width: 160, height: 90 });
    expect((await stripOf(plain(0, 9, 40, 30))).strip.pictures).toMatchObject({ width: 40, height: 30 });
  });

  it('are not there where there is no picture', async () => {
    expect(await stripOf()).toEqual({ strip: { version: 1, sha256 }, seen: [] });
  });
});

describe('a waveform', () => {
  it('has the root of the loudest sample of each 200 ms', () => {
    const samples = new Float32Array(16_000 * 0.5);
    samples[100] = -0.25;
    samples[101] = 0.1;
    samples[3_200] = 1;
    samples[7_999] = 0.04;
    expect([...peaksOf(samples)]).toEqual([128, 255, 51]);
    expect([...peaksOf(Float32Array.of(3))]).toEqual([255]);
    expect([...peaksOf(new Float32Array(0))]).toEqual([]);
  });

  it('comes with where somebody speaks, and is not there without sound', async () => {
    // 32 ms each: half a second of speech, and 64 ms of a click.
    const speech = Float32Array.from({ length: 100 }, (_, step) => ((step >= 10 && step < 26) || (step >= 80 && step < 82) ? 0.9 : 0));
    const maker = new StripMaker();
    await maker.hear(new Hearing(new Float32Array(3_200), () => Promise.resolve(speech)));
    expect((await maker.finish(sha256)).strip.sound).toEqual({ peaks: Buffer.of(0).toString('base64'), speech: [[320, 832]] });
    const silent = new StripMaker();
    await silent.hear(new Hearing(new Float32Array(0), () => Promise.reject(new Error('is not asked'))));
    expect((await silent.finish(sha256)).strip.sound).toBeUndefined();
  });
});
