import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Track } from '@vigil/protocol';
import { analyseFile, only, showIn } from './worker-analyse.js';
import type { Judged } from '../src/worker/judge.js';
import type { FileToMeasure } from '../src/worker/measure.js';
import { loadDetectors, type Detectors } from '../src/worker/detectors/all.js';
import { decode } from '../src/worker/media/decode.js';
import { startFfmpeg } from '../src/worker/media/ffmpeg.js';
import { probe } from '../src/worker/media/probe.js';
import { makeClip, recordAgain, speak, type ClipOptions } from './worker-clips.js';

let folder: string;
let detectors: Detectors;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-analysis-'));
  // Drawings stand still, and what things look like in them says nothing.
  detectors = only(await loadDetectors(), ['faces', 'camera-picture', 'screen-black', 'screen-frozen', 'speech']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function analyse(name: string, track: Track, clip: ClipOptions, more: Partial<FileToMeasure> = {}): Promise<Judged[]> {
  const file = await makeClip(folder, name, clip);
  return analyseFile({ ...(await probe(file)), file, track, ...more }, detectors);
}

/** Kinds and whole seconds, for short expectations. */
const brief = (found: readonly Judged[]) =>
  found.map(({ kind, startMs, endMs }) => [kind, Math.round(startMs / 1_000), Math.round(endMs / 1_000)]);

describe('webcam', () => {
  it('sees nobody, two people and a black picture where they are, and one person as nothing to find', async () => {
    const file = await makeClip(folder, 'people', { scenes: [['one', 3], ['nobody', 3], ['one', 2], ['two', 3], ['black', 3], ['one', 2]] });
    const source = { ...(await probe(file)), file, track: 'webcam' } as const;
    const found = await analyseFile(source, detectors);
    expect(brief(found)).toEqual([['face-absent', 3, 6], ['faces-several', 8, 11], ['camera-black', 11, 14]]);
    expect(found[0]?.detector).toMatchObject({
      name: 'faces',
      version: '5',
      model: expect.stringMatching(/^blazeface\.onnx [0-9a-f]{12}, facemesh\.onnx [0-9a-f]{12}, nanodet\.onnx [0-9a-f]{12}$/) as string,
      thresholds: { score: 0.5, flag: 0.5, person: 0.2 },
    });
    for (const one of found) {
      expect(one.confidence).toBeGreaterThan(0.5);
      expect(one.confidence).toBeLessThanOrEqual(1);
      expect(await sharp(await showIn(source, one)).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 240 });
    }
    // The evidence shows what is said: the black one is black.
    const { channels } = await sharp(await showIn(source, found[2]!)).stats();
    expect(channels[0]!.mean).toBeLessThan(8);
  });

  it('uses the times of the frames where the rate varies and the first frame is not at 0', async () => {
    // Ten frames a second for 4 s, then one every 0.7 s; all 1.5 s late.
    const file = await makeClip(folder, 'varying', {
      scenes: [['one', 6], ['nobody', 6]],
      filter: "select='lt(t,4)+not(mod(n,7))',setpts=PTS+1.5/TB",
    });
    const source = await probe(file);
    const frames: number[] = [];
    const decoded = decode({ ...source, file, track: 'webcam' });
    for await (const { timeMs } of decoded.frames) frames.push(timeMs);
    await decoded.ended;
    expect(frames.slice(0, 4)).toEqual([1_500, 1_600, 1_800, 2_000]);
    const fifths = frames.map((ms) => Math.floor(ms / 200));
    expect(fifths).toEqual([...new Set(fifths)]);
    const found = await analyseFile({ ...source, file, track: 'webcam' }, detectors);
    expect(found.map(({ kind }) => kind)).toEqual(['face-absent']);
    expect(found[0]!.startMs).toBeGreaterThanOrEqual(7_500);
    expect(found[0]!.startMs).toBeLessThan(8_700);
    expect(found[0]!.endMs).toBeGreaterThan(12_500);
  });

  it('uses the times of what capture writes, whose rate falls in the middle', async () => {
    const clip = await makeClip(folder, 'steady', { scenes: [['one', 3], ['nobody', 3]], rate: 4 });
    const file = await recordAgain(clip, { width: 640, height: 480 }, (index) => (index < 12 ? index * 250 : 3_000 + (index - 12) * 700), 12_000);
    const source = await probe(file);
    expect(source.durationMs).toBe(12_000);
    const [found, ...others] = await analyseFile({ ...source, file, track: 'webcam' }, detectors);
    expect(found).toMatchObject({ kind: 'face-absent', startMs: 3_000, endMs: 12_000 });
    expect(others).toEqual([]);
  });

  it('says nothing of the time in which no frame came', async () => {
    const found = await analyse('hole', 'webcam', {
      scenes: [['nobody', 10]],
      filter: "select='lt(t,3)+gte(t,8)'",
    });
    // The last frame before the hole stands for 2 s at the most.
    expect(brief(found)).toEqual([['face-absent', 0, 5], ['face-absent', 8, 10]]);
  });

  it('keeps faces in shape when the size changes in the middle', async () => {
    const first = await makeClip(folder, 'first-size', { scenes: [['one', 3]] });
    const second = await makeClip(folder, 'second-size', { scenes: [['one', 3]], filter: 'scale=320:240' });
    await writeFile(join(folder, 'list.txt'), `file '${first}'\nfile '${second}'\n`);
    const file = join(folder, 'sizes.webm');
    execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-f', 'concat', '-safe', '0', '-i', join(folder, 'list.txt'), '-c', 'copy', file], { timeout: 30_000 });
    const decoded = decode({ ...(await probe(file)), file, track: 'webcam' });
    let frames = 0;
    for await (const { width, height } of decoded.frames) {
      frames++;
      expect([width, height]).toEqual([640, 480]);
    }
    expect(frames).toBe(30);
    expect(brief(await analyseFile({ ...(await probe(file)), file, track: 'webcam' }, detectors))).toEqual([]);
  });

  it('hears a spoken sentence at its time, in a file with a picture, and shows its waveform', async () => {
    const wav = await speak(folder, 'The answer to the second question is on page forty two.');
    const file = await makeClip(folder, 'spoken', { scenes: [['one', 8]], sound: ['-i', wav] });
    const source = { ...(await probe(file)), file, track: 'webcam' } as const;
    const found = await analyseFile(source, detectors);
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['speech']));
    expect(found[0]!.startMs).toBeGreaterThan(1_700);
    expect(found[0]!.startMs).toBeLessThan(2_700);
    expect(found.at(-1)!.endMs).toBeGreaterThan(4_000);
    expect(await sharp(await showIn(source, found[0]!)).metadata()).toMatchObject({ format: 'png', width: 320, height: 80 });
  });

  it('hears nothing in noise, and keeps the time of sound that begins late', async () => {
    expect(brief(await analyse('noise', 'webcam', { sound: ['-f', 'lavfi', '-i', 'anoisesrc=d=6:a=0.05:c=pink:seed=3'] }))).toEqual([]);
    const wav = await speak(folder, 'A sentence that starts later than the file does.');
    const late = await analyse('late', 'webcam', { scenes: [['one', 10]], sound: ['-itsoffset', '3', '-i', wav] });
    expect(late[0]!.kind).toBe('speech');
    expect(late[0]!.startMs).toBeGreaterThan(4_700);
    expect(late[0]!.startMs).toBeLessThan(5_700);
  });
});

describe('screen', () => {
  it('finds the black stretch', async () => {
    const found = await analyse('black-screen', 'screen', { scenes: [['page', 4], ['darkPage', 4], ['black', 4], ['page', 4]] });
    expect(brief(found)).toEqual([['screen-black', 8, 12]]);
  });

  it('finds a page that stands still, but not one on which only a caret blinks', async () => {
    const still = await analyse('still', 'screen', { scenes: [['page', 40]], rate: 2 });
    expect(brief(still)).toEqual([['screen-frozen', 0, 40]]);
    const caret = "drawbox=x=300:y=214:w=2:h=16:color=black:t=fill:enable='lt(mod(t,1.06),0.53)'";
    expect(brief(await analyse('caret', 'screen', { scenes: [['page', 40]], filter: caret }))).toEqual([]);
  });

  it('reads pictures of half a minute each, as capture writes them', async () => {
    const clip = await makeClip(folder, 'two-pictures', { scenes: [['page', 1], ['black', 1]], rate: 1 });
    const file = await recordAgain(clip, { width: 640, height: 480 }, (index) => index * 30_000, 60_000);
    const found = await analyseFile({ ...(await probe(file)), file, track: 'screen' }, detectors);
    expect(found.map(({ kind, startMs, endMs }) => [kind, startMs, endMs])).toEqual([
      ['screen-frozen', 0, 30_000],
      ['screen-black', 30_000, 60_000],
    ]);
  });

  it('holds a frame until the next one, but not over a gap', async () => {
    const still = { scenes: [['page', 80]], rate: 1, filter: "select='not(mod(n,40))'" } as const;
    expect(brief(await analyse('rare', 'screen', still, { durationMs: 80_000 }))).toEqual([['screen-frozen', 0, 80]]);
    const gaps = [{ startMs: 35_000, endMs: 38_000 }];
    expect(brief(await analyse('rare', 'screen', still, { durationMs: 80_000, gaps }))).toEqual([['screen-frozen', 0, 35], ['screen-frozen', 40, 80]]);
  });
});

describe('broken input', () => {
  const expected = { track: 'webcam', video: { width: 640, height: 480 }, audio: true } as const;

  it('says in a sentence that a file is missing, or is none', async () => {
    await expect(analyseFile({ ...expected, file: join(folder, 'not-there.webm') }, detectors)).rejects.toThrow(/^ffmpeg could not decode the file: .*No such file/);
    const file = join(folder, 'garbage.webm');
    await writeFile(file, 'not a film at all');
    await expect(analyseFile({ ...expected, file }, detectors)).rejects.toThrow(/^ffmpeg could not decode the file/);
  });

  it('reads nothing but the file: a playlist in its place is refused', async () => {
    const other = await makeClip(folder, 'other', { scenes: [['nobody', 3]] });
    const file = join(folder, 'playlist.webm');
    await writeFile(file, `ffconcat version 1.0\nfile '${other}'\n`);
    await expect(analyseFile({ ...expected, audio: false, file }, detectors)).rejects.toThrow(/^ffmpeg could not decode the file/);
  });

  it('analyses what there is of a file that ends in the middle', async () => {
    const whole = await makeClip(folder, 'whole', { scenes: [['nobody', 8]] });
    const bytes = await readFile(whole);
    const file = join(folder, 'cut.webm');
    await writeFile(file, bytes.subarray(0, Math.floor(bytes.length * 0.8)));
    const found = await analyseFile({ ...expected, audio: false, file }, detectors);
    expect(found.map(({ kind }) => kind)).toEqual(['face-absent']);
  });

  it('gets memory for the largest picture, and not much more', async () => {
    const { outputs, ended } = startFfmpeg(['-v', 'error', '-f', 'data', '-i', 'file:/proc/self/limits', '-map', '0:d', '-c', 'copy', '-f', 'data', 'pipe:3'], 1);
    const limits = await text(outputs[0]!);
    await ended;
    expect(Number(/^Max address space +(\d+)/m.exec(limits)?.[1])).toBeLessThanOrEqual(2 ** 31);
    const file = join(folder, 'largest.webm');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=3840x2400:rate=1:duration=3'];
    execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...source, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', file], { timeout: 60_000 });
    const decoded = decode({ ...(await probe(file)), file, track: 'screen' });
    let frames = 0;
    for await (const frame of decoded.frames) frames += Number(frame.width > 0);
    await decoded.ended;
    expect(frames).toBe(3);
  });

  it('stops at once when it is told to', async () => {
    const file = await makeClip(folder, 'stopped', { scenes: [['nobody', 20]] });
    const stop = new AbortController();
    const running = analyseFile({ ...expected, audio: false, file }, detectors, stop.signal);
    stop.abort();
    await expect(running).rejects.toBe(stop.signal.reason);
  });
});
