import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLIP_HZ, clipCommand, names, partCommand } from './clip-command.js';
import type { Layout, Part } from './clip-plan.js';

// The same command runs in a browser in ffmpeg.wasm 5.1; here in the ffmpeg of this machine, which takes a tenth of the time.
let folder: string;
function ffmpeg(...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-nostdin', '-v', 'error', ...args], { cwd: folder, maxBuffer: 1e9 });
  expect(status, stderr.toString()).toBe(0);
  return stdout;
}
const vp8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '200k'];
/** A film whose brightness tells its second: 40, 80, 120 … */
const film = (file: string, size: string, seconds: number, sound = true): Buffer =>
  ffmpeg(
    ...['-f', 'lavfi', '-i', `color=black:s=${size}:r=10:d=${seconds},format=yuv420p,geq=lum='40+40*floor(T+0.01)':cb=128:cr=128`],
    ...(sound ? ['-f', 'lavfi', '-t', `${seconds}`, '-i', 'sine=500:r=48000', '-c:a', 'libopus', '-ac', '1'] : []),
    ...vp8, '-y', file,
  ); // prettier-ignore

const layout: Layout = {
  width: 480,
  height: 180,
  panes: { screen: { x: 0, y: 0, width: 320, height: 180 }, webcam: { x: 320, y: 0, width: 160, height: 120 } },
  panel: { x: 320, y: 120, width: 160, height: 30 },
  clock: { x: 320, y: 150, width: 160, height: 30 },
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-clip-'));
  film('a.webm', '160x120', 5);
  film('b1.webm', '160x120', 2, false);
  film('b2.webm', '120x90', 3, false);
  writeFileSync(join(folder, 'list'), "file 'b1.webm'\nfile 'b2.webm'\n");
  // The browser sends a smaller picture on a thin line: the size changes within a file.
  ffmpeg('-f', 'concat', '-i', 'list', '-f', 'lavfi', '-t', '5', '-i', 'sine=500:r=48000', '-map', '0:v', '-map', '1:a', '-c:v', 'copy', '-c:a', 'libopus', '-ac', '1', '-y', 'b.webm');
  ffmpeg('-f', 'lavfi', '-i', 'color=white:s=1280x720:r=1', '-frames:v', '1', ...vp8, '-y', 'c.webm');
  const grey = (file: string, size: number, ...levels: number[]): void => writeFileSync(join(folder, file), Buffer.concat(levels.map((level) => Buffer.alloc(size, level))));
  grey(names.panel, 160 * 30, 90);
  grey(names.clock, 160 * 30, ...Array.from({ length: 14 }, (_, i) => 30 + i * 15));
  grey(names.missing('webcam'), 160 * 120, 60);
  grey(names.missing('screen'), 320 * 180, 60);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every recording is at its own time; what is missing is said, and moves nothing', { timeout: 60_000 }, () => {
  const a = { url: 'a', zeroMs: -2_000, fromMs: 0, toMs: 3_000 };
  const b = { url: 'b', zeroMs: 7_000, fromMs: 7_000, toMs: 11_000 };
  const part: Part = {
    fromMs: 0,
    frames: 130,
    pictures: { webcam: [a, b], screen: [{ url: 'c', zeroMs: 5_000, fromMs: 5_000, toMs: 13_000 }] },
    missing: { webcam: [{ fromMs: 3_000, toMs: 7_000 }, { fromMs: 11_000, toMs: 13_000 }], screen: [{ fromMs: 0, toMs: 5_000 }] },
    sounds: [a, b],
  };
  ffmpeg(...partCommand(part, layout, (url) => `${url}.webm`, 400));
  const sound = readFileSync(join(folder, names.sound));
  expect(sound.length).toBe(13 * CLIP_HZ * 2);
  const loud = (fromMs: number): boolean => {
    const at = (fromMs * CLIP_HZ) / 1_000;
    return Array.from({ length: 480 }, (_, i) => Math.abs(sound.readInt16LE((at + i) * 2))).some((sample) => sample > 300);
  };
  expect([100, 2_850, 3_150, 6_850, 7_150, 10_850, 11_150, 12_900].map(loud)).toEqual([true, true, false, false, true, true, false, false]);

  // Brightness comes first; grey alone would be stretched to another range.
  const size = (480 * 180 * 3) / 2;
  const pictures = ffmpeg('-framerate', '10', '-f', 'h264', '-i', names.picture, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1');
  expect(pictures.length).toBe(130 * size);
  const level = (ms: number, x: number, y: number): number => pictures[(ms / 100) * size + y * 480 + x]!;
  const near = (found: number[], wanted: number[]): void => {
    for (const [i, value] of found.entries()) expect(Math.abs(value - wanted[i]!), `${i}: ${found.join(' ')}`).toBeLessThan(12);
  };
  // The camera: its third to fifth second, then nothing, then the first to fourth of another file, at once the smaller picture.
  near([100, 900, 1_100, 2_900].map((ms) => level(ms, 400, 60)), [120, 120, 160, 200]);
  near([7_100, 7_900, 8_100, 8_900, 9_100, 9_900, 10_900].map((ms) => level(ms, 400, 60)), [40, 40, 80, 80, 40, 40, 80]);
  const unsaid = level(3_200, 400, 60);
  for (const ms of [3_100, 6_900, 11_100, 12_900]) near([level(ms, 400, 60)], [unsaid]);
  // The screen: one picture, which stands.
  near([4_900].map((ms) => level(ms, 160, 90)), [unsaid]);
  for (const ms of [5_100, 9_000, 12_900]) expect(level(ms, 160, 90)).toBeGreaterThan(200);
  // The clock turns where the wall clock does.
  const clock = (ms: number): number => level(ms, 400, 165);
  expect(clock(500)).toBe(clock(0));
  expect(clock(700) - clock(500)).toBeGreaterThan(8);
  expect(Math.abs(clock(1_500) - clock(700))).toBeLessThan(3);
  expect(clock(1_700) - clock(1_500)).toBeGreaterThan(8);
});

test('between two recordings that follow each other no picture is black, also where the second one’s first picture is late', { timeout: 60_000 }, () => {
  const a = { url: 'a', zeroMs: -2_000, fromMs: 0, toMs: 3_000 };
  const b = { url: 'b', zeroMs: 3_080, fromMs: 3_000, toMs: 5_000 };
  ffmpeg(...partCommand({ fromMs: 0, frames: 50, pictures: { webcam: [a, b] }, missing: {}, sounds: [] }, layout, (url) => `${url}.webm`, 0));
  const size = (480 * 180 * 3) / 2;
  const pictures = ffmpeg('-framerate', '10', '-f', 'h264', '-i', names.picture, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1');
  for (const [ms, wanted] of [[2_900, 200], [3_000, 200], [3_100, 40], [3_900, 40]] as const) expect(Math.abs(pictures[(ms / 100) * size + 60 * 480 + 400]! - wanted), `at ${ms} ms`).toBeLessThan(12);
});

test('where there is nothing at all, a clip is still as long as it should be; the file has both', { timeout: 60_000 }, () => {
  const part: Part = { fromMs: 0, frames: 10, pictures: {}, missing: { webcam: [{ fromMs: 0, toMs: 1_000 }] }, sounds: [] };
  ffmpeg(...partCommand(part, layout, () => '', 0));
  const [picture, sound] = [readFileSync(join(folder, names.picture)), readFileSync(join(folder, names.sound))];
  writeFileSync(join(folder, names.pictures), Buffer.concat([picture, picture]));
  writeFileSync(join(folder, names.sounds), Buffer.concat([sound, sound]));
  ffmpeg(...clipCommand('Ada; "Example"=\\ 李'));
  const { stdout } = spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'format=duration:format_tags=title:stream=codec_name,duration', '-of', 'json', names.clip], { cwd: folder });
  const { format, streams } = JSON.parse(stdout.toString()) as { format: { duration: string; tags: { title: string } }; streams: { codec_name: string; duration: string }[] };
  expect(streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac']);
  expect(format.tags.title).toBe('Ada; "Example"=\\ 李');
  for (const { duration } of streams) expect(Math.abs(Number(duration) - 2)).toBeLessThan(0.1);
});
