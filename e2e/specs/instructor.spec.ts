import { finishExam, joinExam, waitRecorded } from '../dist/main-job/record.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

test('an instructor signs in, makes a link, and reviews what was recorded', async ({ page, context, product, api, errors }) => {
  test.setTimeout(480_000);
  // Asking who is signed in, and a wrong password, are refused: the browser notes both.
  errors.allow(/status of 401/);
  await page.goto(product.instructor.url);
  await expect(page.getByTestId('sign-in')).toBeVisible();
  await expectAccessible(page);
  await page.getByTestId('sign-in-email').fill(product.instructor.email);
  await page.getByTestId('sign-in-password').fill('not the password');
  await page.getByTestId('sign-in').click();
  await expect(page.getByRole('alert')).toContainText('not right');
  await expect(page.getByTestId('sign-in-password')).toBeFocused();
  await page.getByTestId('sign-in-password').fill(product.instructor.password);
  await page.getByTestId('sign-in').click();
  await expect(page.getByTestId('exam-row')).toHaveCount(1);
  await expectAccessible(page);

  await page.getByTestId('exam-row').getByRole('link').click();
  await page.getByTestId('new-link').click();
  errors.allow(/status of 400/);
  await page.getByTestId('link-name').fill('  ');
  await page.getByTestId('link-make').click();
  await expect(page.getByRole('alert')).toHaveText(/Write the student’s name\./);
  await page.getByTestId('link-name').fill('Ada Example');
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expectAccessible(page);
  await page.getByTestId('link-make').click();
  const link = await page.getByTestId('link-value').inputValue();
  await page.getByRole('button', { name: 'Copy the link' }).click();
  await expect(page.getByRole('dialog').getByRole('status')).toHaveText(/Copied|Press Ctrl\+C/);
  await page.getByRole('button', { name: 'Close' }).click();
  const row = page.getByTestId('attempt-row').filter({ hasText: 'Ada Example' });
  await expect(row).toBeVisible();

  const student = await context.newPage();
  await joinExam(student, link);
  await waitRecorded(student);
  const elapsed = async (): Promise<number> => {
    const [seconds = 0, minutes = 0] = (await student.getByTestId('elapsed').innerText()).split(':').reverse().map(Number);
    return minutes * 60 + seconds;
  };
  await expect.poll(elapsed, { timeout: 60_000 }).toBeGreaterThanOrEqual(20);
  await finishExam(student);
  await student.close();
  const attempt = (await api.exam()).attempts.find((one) => one.student.name === 'Ada Example')!.id;
  await expect.poll(async () => (await api.timeline(attempt)).analysis, { timeout: 90_000 }).toBe('done');

  await page.reload();
  await expect(row).toBeVisible();
  await expectAccessible(page);
  await row.getByRole('link').click();
  for (const pane of ['webcam', 'screen'])
    await expect
      .poll(() => page.locator(`[data-testid=pane-${pane}] video`).evaluate((video: HTMLVideoElement) => video.readyState))
      .toBeGreaterThanOrEqual(2);

  const position = page.getByTestId('position');
  const positionMs = async (): Promise<number> => Number(await position.getAttribute('data-ms'));
  const startedAt = await positionMs();
  await page.getByTestId('play').click();
  await expect.poll(positionMs).toBeGreaterThan(startedAt + 2_000);
  // A jump while it plays: the picture goes with the clock, it does not run after it.
  const jump = await page.getByTestId('pane-webcam').locator('video').evaluateHandle((video: HTMLVideoElement) => {
    const clockMs = (): number => Number(document.querySelector<HTMLElement>('[data-testid=position]')?.dataset['ms']);
    const fromMs = clockMs();
    const fromS = video.currentTime;
    const apartMs = (): number => Math.abs((video.currentTime - fromS) * 1_000 - (clockMs() - fromMs));
    const seeked = new Promise<number>((resolve) => {
      video.addEventListener('seeked', () => resolve(apartMs()), { once: true });
      setTimeout(() => resolve(Infinity), 5_000);
    });
    return { seeked };
  });
  await page.keyboard.press('ArrowRight');
  expect(await jump.evaluate(({ seeked }) => seeked)).toBeLessThan(1_000);
  await page.keyboard.press('Space');
  await expect(page.getByTestId('pane-webcam')).toHaveAttribute('data-state', 'paused');
  const pausedAt = await positionMs();
  await page.keyboard.press('ArrowRight');
  await expect.poll(positionMs).toBeGreaterThan(pausedAt);
  await expectAccessible(page);
  await picture(page, 'review');

  // The space bar is the player's after a click on any button, and the button's when the keyboard is on it.
  const mute = page.getByRole('button', { name: 'Mute' });
  await mute.click();
  await expect(mute).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Space');
  await expect(page.getByTestId('pane-webcam')).toHaveAttribute('data-state', 'playing');
  await page.keyboard.press('Space');
  await expect(page.getByTestId('pane-webcam')).toHaveAttribute('data-state', 'paused');
  await expect(mute).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  await expect(mute).toBeFocused();
  await page.keyboard.press('Space');
  await expect(mute).toHaveAttribute('aria-pressed', 'false');
  await page.getByTestId('full-screen').click();
  const bar = page.getByTestId('full-bar');
  await expect(bar).toContainText('0:');
  await page.keyboard.press('Space');
  await expect(bar.getByRole('button', { name: 'Pause' })).toBeVisible();
  await bar.getByRole('button', { name: 'Pause' }).click();
  await bar.getByRole('button', { name: 'Leave full screen' }).click();
  await expect(bar).toHaveCount(0);

  const finding = page.getByTestId('finding').first();
  const atMs = Number(await finding.getAttribute('data-start-ms'));
  // From far behind it: a click that does nothing must not pass.
  for (let i = 0; i < 4; i += 1) await page.keyboard.press('ArrowRight');
  await expect.poll(positionMs).toBeGreaterThan(atMs + 10_000);
  await finding.click();
  await expect.poll(positionMs).toBeLessThan(atMs + 8_000);
  await expect(page.getByTestId('pane-webcam')).toHaveAttribute('data-state', 'playing');
  await expect.poll(positionMs).toBeGreaterThanOrEqual(atMs);
  await page.keyboard.press('k');
  await expect(page.getByTestId('pane-webcam')).toHaveAttribute('data-state', 'paused');

  const help = page.getByTestId('help');
  await help.click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(help).toBeFocused();
  await page.setViewportSize({ width: 360, height: 780 });
  await expectAccessible(page);
  await picture(page, 'review-phone');
  // What is chosen further down is shown: the pictures come into sight.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.getByTestId('finding').last().click();
  await expect(page.getByTestId('pane-webcam')).toBeInViewport({ ratio: 0.9 });
  await page.keyboard.press('k');

  await page.getByRole('link', { name: 'Courses' }).click();
  await expect(page.getByTestId('exam-row')).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId('pane-webcam')).toBeVisible();
  await page.goBack();
  await expect(row).toBeVisible();
});

test('every attempt has its page; one that was declined, or is not there, says so', async ({ page, context, product, api, errors }) => {
  errors.allow(/status of 40[14]/);
  const declined = await api.newAttempt('Student who declines');
  const student = await context.newPage();
  await student.goto(declined.link);
  await expect(student.getByTestId('agree')).toBeVisible();
  await page.goto(product.instructor.url);
  await page.getByTestId('sign-in-email').fill(product.instructor.email);
  await page.getByTestId('sign-in-password').fill(product.instructor.password);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('exam-row').getByRole('link').click();
  const row = page.getByTestId('attempt-row').filter({ hasText: 'Student who declines' });
  await expect(row).toContainText('Opened');
  await student.getByTestId('leave').click();
  await expect(student.getByTestId('left')).toBeVisible();
  await page.reload();
  await expect(row).toContainText('Did not agree');
  await row.getByRole('link').click();
  await expect(page.getByText('The exam has not been started')).toContainText('The student did not agree');
  await expect(page.getByRole('heading', { name: 'What happened' })).toBeVisible();
  await expect(page.getByTestId('pane-webcam')).toBeHidden();
  await expectAccessible(page);

  for (const path of ['attempts/000000000000000000000000', 'exams/000000000000000000000000', 'attempts/short']) {
    await page.goto(`${product.url}/review/${path}`);
    await expect(page.getByTestId('not-found')).toContainText('There is no such page');
    await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
  }
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Go to your courses' }).click();
  await expect(page.getByTestId('exam-row')).toBeVisible();
});
