import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { checksPassed, finishExam, waitRecorded } from '../dist/main-job/record.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

/** Files under a folder in whose name or content a text is. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (path.includes(text) || (entry.isFile() && (await readFile(path)).includes(text))) found.push(path);
  }
  return found;
}

const recordingsIn = async (data: string): Promise<string[]> => readdir(join(data, 'practice')).catch(() => []);

/** What the browser keeps of recordings in this page's origin. */
const keptHere = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const files: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const [name, handle] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>) {
        if (handle.kind === 'file') files.push(name);
        else await walk(handle as FileSystemDirectoryHandle);
      }
    };
    await walk(await navigator.storage.getDirectory());
    return files;
  });

/** Plays what is shown, until it has come so far; the pictures must move, and where there is sound it must be heard. */
async function expectPlays(page: Page, untilMs: number): Promise<void> {
  await page.getByTestId('practice-play').click();
  await expect
    .poll(async () => Number(await page.getByTestId('practice-position').getAttribute('data-ms')), { timeout: 40_000 })
    .toBeGreaterThan(untilMs);
  for (const track of ['webcam', 'screen']) {
    const seen = await page.locator(`[data-testid=practice-${track}] video`).evaluate((video: HTMLVideoElement) => ({
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      width: video.videoWidth,
      sound: (video as HTMLVideoElement & { webkitAudioDecodedByteCount: number }).webkitAudioDecodedByteCount,
    }));
    expect(seen.frames, `frames of ${track}`).toBeGreaterThan(track === 'webcam' ? 20 : 1);
    expect(seen.width).toBeGreaterThan(0);
    if (track === 'webcam') expect(seen.sound, 'sound').toBeGreaterThan(1_000);
  }
}

test('a student practises, looks at it, deletes it, and takes the exam', async ({ page, api, product }) => {
  const { attempt, link } = await api.newAttempt('Student who practises');
  await checksPassed(page, link);
  await page.getByTestId('continue').click();
  await expect(page.getByTestId('practice-offer')).toBeVisible();
  await expectAccessible(page);
  await picture(page, 'student-practice-offer');

  await page.getByTestId('practise').click();
  await waitRecorded(page);
  await expect(page.getByTestId('practice-mark')).toBeVisible();
  await expect(page).toHaveTitle(/^Practice/);
  await expect(page.getByTestId('practice-left')).toHaveText(/^0:[0-5]\d$/);
  await expectAccessible(page);
  await picture(page, 'student-practice');
  const [practice] = await recordingsIn(product.data);
  expect(practice).toMatch(/^[0-9a-f]{24}$/);

  // The whole minute: it ends by itself.
  await expect(page.getByTestId('practice')).toHaveAttribute('data-phase', 'watching', { timeout: 90_000 });
  await expectAccessible(page);
  await expectPlays(page, 12_000);
  await picture(page, 'student-practice-watch');
  expect(await keptHere(page)).toEqual([]);
  expect(product.log()).not.toMatch(/"level":50/);
  const { attempts } = await api.exam();
  expect(attempts.map(({ id }) => id)).not.toContain(practice);
  await expect(api.timeline(practice!)).rejects.toThrow(/404/);

  await page.getByTestId('practice-delete').click();
  await expect(page.getByTestId('start-exam')).toBeVisible();
  expect(await filesWith(product.data, practice!)).toEqual([]);

  await page.getByTestId('start-exam').click();
  await waitRecorded(page);
  await finishExam(page);
  const { history, tracks } = await api.timeline(attempt);
  expect(history.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['started', 'submitted']));
  expect(history.map(({ kind }) => kind)).not.toContain('taken-over');
  expect(tracks.every(({ segments }) => segments.length > 0)).toBe(true);
  expect(JSON.stringify(await api.timeline(attempt))).not.toContain(practice);
});

test('from the practice a student can go back to the checks; the exam’s own devices went on', async ({ page, link, product, errors }) => {
  await checksPassed(page, link);
  await page.getByTestId('continue').click();
  await page.getByTestId('practise').click();
  await waitRecorded(page);
  await page.getByTestId('finish').click();
  await expect(page.getByTestId('practice')).toHaveAttribute('data-phase', 'watching', { timeout: 30_000 });
  // The server is told nothing of it: it deletes by itself.
  errors.allow(/ERR_FAILED/);
  await page.route('**/api/student/practice', (route) => (route.request().method() === 'DELETE' ? route.abort() : route.continue()));
  await page.getByTestId('practice-checks').click();
  await expect(page.getByTestId('refusal')).toContainText('in about ten minutes');
  for (const check of ['camera', 'microphone', 'screen']) await expect(page.getByTestId(`check-${check}`)).toHaveAttribute('data-state', 'passed');
  const [left] = await recordingsIn(product.data);
  await product.change('attempts', { _id: left }, { 'practice.deleteAt': new Date(0) });
  await expect.poll(() => recordingsIn(product.data), { timeout: 60_000 }).toEqual([]);
  expect(await filesWith(product.data, left!)).toEqual([]);
  await page.getByTestId('continue').click();
  await page.getByTestId('start-exam').click();
  await waitRecorded(page);
});

test('before the exam is open a student can practise, and again; the one before is gone', async ({ page, api, product }) => {
  const { id } = await api.exam();
  await product.change('exams', { _id: id }, { opensAt: new Date(Date.now() + 3_600_000) });
  try {
    const { link } = await api.newAttempt('Student who is early');
    await page.addInitScript(() => {
      const tracks: MediaStreamTrack[] = [];
      Object.assign(globalThis, { tracks });
      for (const name of ['getUserMedia', 'getDisplayMedia'] as const) {
        const open = navigator.mediaDevices[name].bind(navigator.mediaDevices);
        navigator.mediaDevices[name] = async (options) => {
          const stream = await open(options);
          tracks.push(...stream.getTracks());
          return stream;
        };
      }
    });
    await page.goto(link);
    await page.getByTestId('agree').click();
    await expect(page.getByTestId('not-open')).toBeVisible();
    await expectAccessible(page);
    await page.getByTestId('practise').click();
    await checksPassed(page);
    await page.getByTestId('continue').click();
    await waitRecorded(page);
    const [first] = await recordingsIn(product.data);
    await page.getByTestId('finish').click();
    await expect(page.getByTestId('practice')).toHaveAttribute('data-phase', 'watching', { timeout: 30_000 });
    await page.getByTestId('practice-again').click();
    await waitRecorded(page);
    expect(await filesWith(product.data, first!)).toEqual([]);
    await page.getByTestId('finish').click();
    await expect(page.getByTestId('practice')).toHaveAttribute('data-phase', 'watching', { timeout: 30_000 });
    await page.getByTestId('practice-delete').click();
    await expect(page.getByTestId('not-open')).toBeVisible();
    expect(await recordingsIn(product.data)).toEqual([]);
    // Nothing is filmed any more.
    expect(await page.evaluate(() => (globalThis as unknown as { tracks: MediaStreamTrack[] }).tracks.map(({ readyState }) => readyState))).toEqual(['ended', 'ended', 'ended']);
  } finally {
    await product.change('exams', { _id: id }, { opensAt: new Date(0) });
  }
});
