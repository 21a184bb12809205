import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TimelineIncident } from '@vigil/protocol';
import type { Page } from '@playwright/test';
import { finishExam, joinExam, waitRecorded } from '../dist/main-job/record.js';
import type { InstructorApi } from '../dist/support/instructor-api.js';
import type { Product } from '../dist/support/product.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

/** Another site, as an exam's page is. */
let exam: Server;
let address: string;

test.beforeAll(async ({ product, api }) => {
  exam = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end('<!doctype html><title>The exam</title><label>Answer <textarea>Mine alone</textarea></label>');
  });
  exam.listen(0, '127.0.0.1');
  await once(exam, 'listening');
  address = `http://127.0.0.1:${(exam.address() as AddressInfo).port}/`;
  await product.change('exams', { _id: (await api.exam()).id }, { address, embed: true, 'rules.fullscreen': true });
});
test.afterAll(async ({ product, api }) => {
  await product.change('exams', { _id: (await api.exam()).id }, { address: '', embed: false, 'rules.fullscreen': false, 'rules.screen': 'monitor' });
  exam.close();
});

/** What was noticed of an attempt, once it is analysed. */
async function incidentsOf(api: InstructorApi, attempt: string): Promise<TimelineIncident[]> {
  await expect.poll(async () => (await api.timeline(attempt)).analysis, { timeout: 240_000 }).toBe('done');
  return (await api.timeline(attempt)).incidents.filter(({ detector }) => detector.name === 'browser');
}

/** How many events of the page are not with the server yet. */
const waiting = (page: Page): Promise<number> => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('vigil-event-')).length);

/** The review page of a student's attempt, from the sign-in. */
async function openReview(page: Page, { instructor }: Product, student: string): Promise<void> {
  await page.goto(instructor.url);
  await page.getByTestId('sign-in-email').fill(instructor.email);
  await page.getByTestId('sign-in-password').fill(instructor.password);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('exam-row').getByRole('link').click();
  await page.getByTestId('attempt-row').filter({ hasText: student }).getByRole('link').click();
  await page.getByTestId('finding').first().waitFor();
}

/** Whether each finding has its picture. */
const allShown = (page: Page): Promise<boolean> =>
  page.locator('[data-testid=finding] img').evaluateAll(async (all) => {
    const images = all as HTMLImageElement[];
    for (const image of images) image.loading = 'eager';
    await Promise.all(images.map((image) => image.decode().catch(() => undefined)));
    return images.every(({ naturalWidth }) => naturalWidth > 0);
  });

test('what the browser notices of an exam inside the page becomes findings, through an outage and a reload', async ({ page, context, api, product, errors }) => {
  test.setTimeout(480_000);
  // While it is offline, and what is refused on purpose.
  errors.allow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_NETWORK_CHANGED|WebSocket/);
  await page.addInitScript(() => {
    // Chromium's fake camera under the name of a program's, and a second monitor: neither can be plugged in here.
    const real = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, 'label')!;
    Object.defineProperty(MediaStreamTrack.prototype, 'label', {
      get(this: MediaStreamTrack): string {
        return this.kind === 'video' && !this.getSettings().displaySurface ? 'OBS Virtual Camera' : (real.get!.call(this) as string);
      },
    });
    Object.defineProperty(Screen.prototype, 'isExtended', { get: () => true });
  });
  const { attempt, link } = await api.newAttempt('Student who leaves');
  await joinExam(page, link);
  await waitRecorded(page);
  expect(await page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
  await expect(page.getByTestId('fullscreen')).toHaveCount(0);

  // In the exam's own page: nothing that is seen from here, and no leaving.
  const answer = page.frameLocator('[data-testid=exam-frame]').getByLabel('Answer');
  await answer.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+c');

  await page.getByRole('heading', { level: 1 }).click({ clickCount: 3 });
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Control+v');

  await page.evaluate(() => document.exitFullscreen());
  await expect(page.getByTestId('fullscreen')).toContainText('Please go back to full screen');
  await expectAccessible(page);
  await picture(page, 'student-fullscreen');
  await page.setViewportSize({ width: 360, height: 780 });
  await expectAccessible(page);
  await picture(page, 'student-fullscreen-phone');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByTestId('fill-display').click();
  await expect(page.getByTestId('fullscreen')).toHaveCount(0);

  // Playwright has every page believe that it has the focus.
  const devtools = await context.newCDPSession(page);
  const emulateFocus = (enabled: boolean): Promise<unknown> => devtools.send('Emulation.setFocusEmulationEnabled', { enabled });
  const other = await context.newPage();
  await emulateFocus(false);
  await other.bringToFront();
  await expect.poll(() => page.evaluate(() => document.hasFocus())).toBe(false);
  // Longer than a glance.
  await new Promise((over) => setTimeout(over, 3_000));
  await other.close();
  await page.bringToFront();
  await emulateFocus(true);
  await expect.poll(() => page.evaluate(() => document.hasFocus())).toBe(true);
  await expect.poll(() => waiting(page)).toBe(0);

  // Offline: it is kept, and sent when the line is back.
  await context.setOffline(true);
  await page.keyboard.press('F12');
  await expect.poll(() => waiting(page)).toBe(1);
  await context.setOffline(false);
  await expect.poll(() => waiting(page), { timeout: 40_000 }).toBe(0);

  // The page is loaded again before it could be sent.
  const events = '**/api/student/events';
  await page.route(events, (route) => route.abort());
  await page.getByRole('heading', { level: 1 }).click({ clickCount: 3 });
  await page.keyboard.press('Control+c');
  await expect.poll(() => waiting(page)).toBe(1);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await page.unroute(events);
  await expect.poll(() => waiting(page), { timeout: 40_000 }).toBe(0);
  await page.getByTestId('fill-display').click();
  await page.getByTestId('share-screen').click();
  await waitRecorded(page);
  await finishExam(page);
  expect(await page.evaluate(() => document.fullscreenElement)).toBeNull();

  const incidents = await incidentsOf(api, attempt);
  const of = (kind: string): TimelineIncident[] => incidents.filter((one) => one.kind === kind);
  const count = Object.fromEntries([...new Set(incidents.map(({ kind }) => kind))].map((kind) => [kind, of(kind).length]));
  expect(count).toMatchObject({ copy: 2, paste: 1, 'page-left': 1, 'second-monitor': 1, 'virtual-camera': 1, 'developer-tools': 1 });
  expect(of('virtual-camera')[0]!.detail).toBe('OBS Virtual Camera');
  expect(of('copy')[0]!.detail).toMatch(/^\d+ characters$/);
  const [left] = of('page-left');
  expect(left!.endMs - left!.startMs).toBeGreaterThanOrEqual(2_500);
  // Once by the key, once because the page was loaded again.
  expect(of('fullscreen-left').length).toBe(2);
  expect(JSON.stringify(incidents)).not.toContain('Mine alone');

  // As an instructor sees it.
  errors.allow(/status of 401/);
  const review = await context.newPage();
  await openReview(review, product, 'Student who leaves');
  const cards = review.getByTestId('finding');
  await expect(cards.filter({ hasText: 'Perhaps not a real camera' })).toContainText('OBS Virtual Camera');
  await expect(cards.filter({ hasText: 'Full screen was left' })).toHaveCount(2);
  await expectAccessible(review);
  expect(await allShown(review)).toBe(true);
  await picture(review, 'instructor-browser-events');
});

test('where the exam is in another tab, being away from Vigil’s page is nothing; without a screen there is a picture of nothing', async ({ page, context, api, product, errors }) => {
  test.setTimeout(480_000);
  await product.change('exams', { _id: (await api.exam()).id }, { address: '', embed: false, 'rules.fullscreen': true, 'rules.screen': 'off' });
  const { attempt, link } = await api.newAttempt('Student with a camera alone');
  await page.goto(link);
  await page.getByTestId('agree').click();
  for (const check of ['camera', 'microphone', 'uplink']) await page.locator(`[data-testid=check-${check}][data-state=passed]`).waitFor({ timeout: 60_000 });
  await page.getByTestId('continue').click();
  await page.getByTestId('start-exam').click();
  await waitRecorded(page, ['webcam', 'microphone']);
  const devtools = await context.newCDPSession(page);
  const other = await context.newPage();
  await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  await other.bringToFront();
  await expect.poll(() => page.evaluate(() => document.hasFocus())).toBe(false);
  await new Promise((over) => setTimeout(over, 3_000));
  await other.close();
  await page.bringToFront();
  await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: true });
  await page.getByRole('heading', { level: 1 }).click({ clickCount: 3 });
  await page.keyboard.press('Control+c');
  await expect(page.getByTestId('fullscreen')).toHaveCount(0);
  await finishExam(page);
  await expect.poll(() => waiting(page), { timeout: 40_000 }).toBe(0);
  expect((await incidentsOf(api, attempt)).map(({ kind }) => kind)).toEqual(['copy']);

  errors.allow(/status of 401/);
  await page.emulateMedia({ colorScheme: 'dark' });
  await openReview(page, product, 'Student with a camera alone');
  await expect(page.getByTestId('finding').filter({ hasText: 'Something was copied' })).toContainText('characters');
  await expectAccessible(page);
  expect(await allShown(page)).toBe(true);
  await picture(page, 'instructor-browser-events-dark');
  await page.setViewportSize({ width: 360, height: 780 });
  await page.getByTestId('finding').filter({ hasText: 'Something was copied' }).scrollIntoViewIfNeeded();
  await expectAccessible(page);
  await picture(page, 'instructor-browser-events-phone');
});
