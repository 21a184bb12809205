import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from '@playwright/test';
import { makeCameraClip } from '../dist/clock/camera-clip.js';
import { makeSoundClip } from '../dist/clock/sound-clip.js';
import { readPicture } from '../dist/clock/picture-code.js';
import { decodeSound, soundRate } from '../dist/clock/decode.js';
import { readBursts } from '../dist/clock/sound-code.js';
import { decodeRecording, soundOf } from '../dist/main-job/recording.js';
import { finishExam, joinExam, lasting, waitRecorded } from '../dist/main-job/record.js';
import { fakeDevices } from '../dist/support/browser.js';
import { apart, clipStreams, framesOf, openExport, probeClip } from '../dist/review/clip.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

/** Every address that a browser asks for that is not the product's. */
function foreignRequests(context: BrowserContext, own: string): string[] {
  const found: string[] = [];
  context.on('request', (request) => {
    const url = request.url();
    if (/^(https?|wss?):/.test(url) && new URL(url).origin !== new URL(own).origin) found.push(url);
  });
  return found;
}

test('an instructor exports a clip: what it shows is what was recorded, in step; nothing but the file leaves the browser', async ({ page, context, product, api, pageWith, errors }) => {
  test.setTimeout(600_000);
  errors.allow(/status of 401/);
  const folder = await mkdtemp(join(tmpdir(), 'vigil-export-'));
  const [camera, microphone] = [join(folder, 'camera.mjpeg'), join(folder, 'microphone.wav')];
  await makeCameraClip(camera, [{ seconds: 32, picture: 'drawing' }]);
  await makeSoundClip(microphone, 32, []);
  const { attempt, link } = await api.newAttempt('Ada Łukasiewicz-Example 李');
  const student = await pageWith([...fakeDevices, `--use-file-for-fake-video-capture=${camera}`, `--use-file-for-fake-audio-capture=${microphone}`]);
  await joinExam(student, link);
  await waitRecorded(student);
  await lasting(26_000);
  await finishExam(student);
  await student.close();
  await expect.poll(async () => (await api.timeline(attempt)).progress).toBe('submitted');
  const { startMs } = await api.timeline(attempt);

  await page.goto(product.instructor.url);
  await page.getByTestId('sign-in-email').fill(product.instructor.email);
  await page.getByTestId('sign-in-password').fill(product.instructor.password);
  await page.getByTestId('sign-in').click();
  await expect(page.getByTestId('exam-row')).toBeVisible();
  const foreign = foreignRequests(context, product.url);
  const core: string[] = [];
  context.on('request', (request) => request.url().includes('ffmpeg-core') && core.push(request.url()));
  await page.goto(`${product.url}/review/attempts/${attempt}`);
  await expect(page.getByTestId('pane-webcam')).toHaveAttribute('data-state', 'paused');

  // What is no clip is said so, and cannot be started.
  await openExport(page, '0:20', '0:04');
  await expect(page.getByTestId('export-says')).toContainText('at least a second');
  await expect(page.getByTestId('export-start')).toBeDisabled();
  await page.getByTestId('export-from').fill('four');
  await expect(page.getByTestId('export-says')).toContainText('4:07');
  await page.getByTestId('export-from').fill('0:04');
  await page.getByTestId('export-to').fill('0:20');
  await expect(page.getByTestId('export-says')).toContainText('16 s of footage');
  await page.getByTestId('export-reason').fill('For the board');
  await expectAccessible(page);
  await picture(page, 'export');

  // In the middle it is stopped: the worker goes.
  expect(core).toEqual([]);
  await page.getByTestId('export-start').click();
  await expect(page.getByTestId('export-progress')).toBeFocused();
  await expect.poll(() => page.workers().length, { timeout: 60_000 }).toBe(1);
  await expect.poll(async () => Number(await page.getByTestId('export-progress').getAttribute('aria-valuenow')), { timeout: 60_000 }).toBeGreaterThan(5);
  await expectAccessible(page);
  await picture(page, 'export-progress');
  await page.getByTestId('export-cancel').click();
  await expect(page.getByTestId('export-start')).toBeVisible();
  await expect.poll(() => page.workers().length).toBe(0);

  const saved = page.waitForEvent('download', { timeout: 200_000 });
  const beganMs = Date.now();
  await page.getByTestId('export-start').click();
  const download = await saved;
  console.log(`16 s of footage took ${Date.now() - beganMs} ms`);
  const file = join(folder, 'clip.mp4');
  await download.saveAs(file);
  expect(download.suggestedFilename()).toBe('Ada Łukasiewicz-Example 李 0.04-0.20.mp4');
  await expect(page.getByTestId('export-done')).toBeVisible();
  await expectAccessible(page);
  await picture(page, 'export-done');
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByTestId('export')).toBeFocused();
  // The exam's own entries stand before those of the clips.
  const entries = page.getByTestId('audit-entry').filter({ hasText: 'Clip exported: 0:04 to 0:20' });
  await expect(entries).toHaveCount(2);
  await expect(entries.first()).toContainText('For the board');
  expect(foreign).toEqual([]);
  expect(new Set(core).size).toBe(2);

  const { streams, offS } = await probeClip(file, 16);
  expect(streams).toEqual(clipStreams);
  expect(offS).toBeLessThan(0.2);

  const recording = await decodeRecording(product.data, attempt);
  const recorded = recording.webcam.flatMap(({ frames }) => frames);
  const shown = (await framesOf(file, 'crop=320:240:1280:0,', 320, 240)).map((frame, i) => ({ atMs: startMs + 4_000 + i * 100, code: readPicture(frame, 320, 240) }));
  expect(shown).toHaveLength(160);
  const read = shown.filter(({ code }) => code !== null);
  expect(read.length).toBeGreaterThan(120);
  // Each picture is one that stood in the record at that moment, to a tenth of a second.
  for (const { atMs, code } of read) {
    const standing = recorded.filter((frame, i) => frame.atMs <= atMs + 100 && (recorded[i + 1]?.atMs ?? Infinity) >= atMs - 100);
    expect(standing.map((frame) => frame.code), `at ${atMs - startMs} ms`).toContain(code);
  }
  const bursts = readBursts(await decodeSound(file), soundRate);
  const { bursts: captured } = soundOf(recording.webcam);
  expect(bursts.length).toBeGreaterThan(10);
  const late = bursts.map(({ atMs, symbol }) => Math.min(...captured.filter(({ code }) => code === symbol).map((one) => Math.abs(one.atMs - startMs - 4_000 - atMs))));
  expect(late.sort((a, b) => a - b).at(Math.floor(late.length * 0.9))).toBeLessThan(100);

  // The screen in its own size, beside a clock that moves.
  const screen = await framesOf(file, 'crop=1280:720:0:0,', 160, 90);
  const [segment] = recording.screen;
  const source = await framesOf(join(product.data, 'segments', attempt, 'screen', `${segment!.sidecar.epoch}-${segment!.sidecar.sequence}.webm`), '', 160, 90).catch(() => undefined);
  if (source) expect(Math.min(...source.map((frame) => apart(frame, screen[80]!)))).toBeLessThan(6);
  const clock = await framesOf(file, 'crop=320:120:1280:600,', 160, 60);
  expect(Math.max(...clock[0]!)).toBeGreaterThan(200);
  const turns = clock.filter((frame, i) => i > 0 && apart(frame, clock[i - 1]!) > 0.5).length;
  expect(turns).toBeGreaterThanOrEqual(15);
  expect(turns).toBeLessThanOrEqual(17);

  await page.setViewportSize({ width: 360, height: 780 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByTestId('export').click();
  await expectAccessible(page);
  await picture(page, 'export-phone');
  await rm(folder, { recursive: true, force: true });
});
