import { finishExam, joinExam, waitRecorded } from '../dist/main-job/record.js';
import type { InstructorApi } from '../dist/support/instructor-api.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

/** Why a source is not in the record, in order of time. */
async function causesOf(api: InstructorApi, attempt: string, source: string): Promise<string[]> {
  const { tracks } = await api.timeline(attempt);
  return tracks.flatMap(({ gaps }) => gaps.filter((gap) => gap.source === source).map(({ cause }) => cause));
}

test('a student agrees, passes the checks, is recorded, and finishes', async ({ page, api }) => {
  const { attempt, link } = await api.newAttempt('Student who finishes');
  await page.goto(link);
  await expect(page.getByTestId('agree')).toBeVisible();
  await expectAccessible(page);
  await picture(page, 'student-agree');
  await page.setViewportSize({ width: 360, height: 780 });
  await expectAccessible(page);
  await picture(page, 'student-agree-phone');
  await page.setViewportSize({ width: 1280, height: 800 });

  await page.getByTestId('agree').click();
  await page.getByTestId('share-screen').click();
  for (const check of ['browser', 'camera', 'microphone', 'screen', 'uplink'])
    await expect(page.getByTestId(`check-${check}`)).toHaveAttribute('data-state', 'passed', { timeout: 40_000 });
  await expectAccessible(page);
  await picture(page, 'student-checks');

  await page.getByTestId('continue').click();
  await expect(page.getByTestId('start-exam')).toBeVisible();
  await expectAccessible(page);
  await page.getByTestId('start-exam').click();
  await waitRecorded(page);
  await expect(page.getByTestId('network-state')).toHaveAttribute('data-state', /connected|slow/);
  await expect(page.getByTestId('elapsed')).not.toHaveText(/^(–|0:00)$/);
  await expectAccessible(page);
  await picture(page, 'student-exam');
  await page.setViewportSize({ width: 360, height: 780 });
  await expectAccessible(page);
  await picture(page, 'student-exam-phone');

  await page.getByTestId('finish').click();
  await expect(page.getByTestId('confirm-finish')).toBeVisible();
  await expectAccessible(page);
  await page.getByTestId('cancel-finish').click();
  await expect(page.getByTestId('recording-webcam')).toHaveAttribute('data-state', 'recorded');
  await finishExam(page);
  await expectAccessible(page);
  await expect(page.getByTestId('finished-at')).toContainText(/Demo exam, finished on .*\d/);

  const { attempts } = await api.exam();
  expect(attempts.find(({ id }) => id === attempt)?.progress).toBe('submitted');
});

test('the keyboard alone is enough to agree', async ({ page, link }) => {
  await page.goto(link);
  await expect(page.getByTestId('agree')).toBeVisible();
  // Each step begins at its heading; from there Tab leads to its buttons.
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  for (let i = 0; i < 10 && !(await page.getByTestId('agree').evaluate((button) => button === document.activeElement)); i += 1)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('check-camera')).toBeVisible();
});

test('after a reload the recording goes on: camera and microphone by themselves, the screen after one click', async ({ page, api }) => {
  const { attempt, link } = await api.newAttempt('Student who reloads');
  await joinExam(page, link);
  await waitRecorded(page);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await expect(page.getByTestId('back')).toContainText('Your exam’s time ran on');
  // Before it has joined: from the server's first answer.
  await expect(page.getByTestId('remaining')).toHaveText(/^\d/, { timeout: 1_000 });
  await waitRecorded(page, ['webcam', 'microphone']);
  await expect(page.getByTestId('problem')).toHaveAttribute('data-problem', 'screen');
  await expect(page.getByTestId('problem')).toContainText('In this tab your screen is not shared yet');
  // Longer than a source that comes back by itself may take.
  await expect
    .poll(async () => (await causesOf(api, attempt, 'screen')).at(-1), { timeout: 30_000 })
    .toBe('not-published');
  await page.getByTestId('share-screen').click();
  await waitRecorded(page);
  await expect(page.getByTestId('problem')).toHaveCount(0);
  await finishExam(page);
  const received = page.locator('[data-testid=sending][data-state=received]');
  await expect(received).toBeVisible({ timeout: 60_000 });
  // At the very beginning a source may be a moment late, too.
  expect((await causesOf(api, attempt, 'screen')).slice(-2)).toEqual(['page-closed', 'not-published']);
  expect(await causesOf(api, attempt, 'webcam')).not.toContain('connection');
});

test('a second tab takes the exam over; the first says so, and says when it is recorded there no more', async ({ page, context, api }) => {
  const { attempt, link } = await api.newAttempt('Student with two tabs');
  await joinExam(page, link);
  await waitRecorded(page);
  const second = await context.newPage();
  await second.goto(link);
  await waitRecorded(second, ['webcam', 'microphone']);
  await expect(page.getByTestId('replaced')).toBeVisible();
  await expectAccessible(page);
  await second.getByTestId('share-screen').click();
  await waitRecorded(second);
  await expect(page.getByTestId('replaced')).toHaveAttribute('data-elsewhere', 'recorded');
  await second.close();
  await expect(page.getByTestId('replaced')).toHaveAttribute('data-elsewhere', 'interrupted', { timeout: 30_000 });
  await expect(page.getByRole('heading')).toHaveText('Your exam is not recorded at the moment');
  await expect(page).toHaveTitle(/Please look/);
  await expectAccessible(page);
  await page.getByTestId('use-this').click();
  await waitRecorded(page, ['webcam', 'microphone']);
  await page.getByTestId('share-screen').click();
  await waitRecorded(page);
  await finishExam(page);
  const { history } = await api.timeline(attempt);
  expect(history.filter(({ kind }) => kind === 'interrupted').map(({ cause }) => cause)).toEqual(['taken-over', 'page-closed']);
});

test('when screen sharing stops, the page says so, and one click shares it again', async ({ page, link }) => {
  await page.addInitScript(() => {
    const devices = navigator.mediaDevices;
    const share = devices.getDisplayMedia.bind(devices);
    devices.getDisplayMedia = async (options) => {
      const stream = await share(options);
      Object.assign(globalThis, { shared: stream.getVideoTracks()[0] });
      return stream;
    };
  });
  await joinExam(page, link);
  await waitRecorded(page);
  // What the browser does when its own "Stop sharing" is pressed, which no test can press.
  await page.evaluate(() => {
    const { shared } = globalThis as unknown as { shared: MediaStreamTrack };
    shared.stop();
    shared.dispatchEvent(new Event('ended'));
  });
  await expect(page.getByTestId('problem')).toHaveAttribute('data-problem', 'screen');
  await expect(page.getByTestId('recording-screen')).toHaveAttribute('data-state', 'not-recorded');
  await expect(page.getByTestId('recording-webcam')).toHaveAttribute('data-state', 'recorded');
  await expectAccessible(page);
  await page.getByTestId('share-screen').click();
  await waitRecorded(page);
  await finishExam(page);
});
