import type { Page } from '@playwright/test';
import { finishExam, joinExam, waitRecorded } from '../dist/main-job/record.js';
import type { Product } from '../dist/support/product.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

async function signIn(page: Page, { instructor }: Product): Promise<void> {
  await page.goto(instructor.url);
  await page.getByTestId('sign-in-email').fill(instructor.email);
  await page.getByTestId('sign-in-password').fill(instructor.password);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('exam-row').getByRole('link').click();
}

/** The page as it is, on a phone, and dark. */
async function pictures(page: Page, name: string): Promise<void> {
  await expectAccessible(page);
  await picture(page, name);
  await page.setViewportSize({ width: 360, height: 780 });
  await expectAccessible(page);
  await picture(page, `${name}-phone`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);
  await picture(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** From the form, once it says that all is stored. */
async function toExam(page: Page): Promise<void> {
  await expect(page.getByTestId('saved')).toContainText('Saved at');
  await page.getByRole('button', { name: 'To the exam' }).click();
}

const remainingMinutes = async (student: Page): Promise<number> => {
  const [, minutes = 0, hours = 0] = (await student.getByTestId('remaining').innerText()).split(':').reverse().map(Number);
  return hours * 60 + minutes;
};

test('an instructor gives a student more time and no camera, with a reason; the student’s page and the log follow', async ({ page, context, product, api, errors }) => {
  test.setTimeout(480_000);
  errors.allow(/status of 40[019]/);
  const { attempt, link } = await api.newAttempt('Student with more time');
  await signIn(page, product);
  const row = page.getByTestId('attempt-row').filter({ hasText: 'Student with more time' });
  await row.getByTestId('accommodations').click();
  await page.getByTestId('extra-minutes').fill('30');
  await page.getByTestId('without-webcam').check();
  await page.getByText('Not looked for').click();
  await page.getByTestId('kind-looking-away').check();
  await page.getByTestId('save-accommodations').click();
  // The browser itself asks for the reason.
  await expect(page.getByTestId('reason')).toBeFocused();
  await page.getByTestId('reason').fill('   ');
  await page.getByTestId('save-accommodations').click();
  await expect(page.getByRole('alert')).toContainText('Write the reason.');
  await page.getByTestId('reason').fill('Decided by the board, letter of 3 May.');
  await pictures(page, 'accommodations');
  await page.getByTestId('save-accommodations').click();
  await expect(row.getByTestId('easier')).toHaveText('30 minutes more; not recorded: Webcam; not looked for: Looking away');
  await pictures(page, 'exam-accommodations');

  const student = await context.newPage();
  await student.goto(link);
  await expect(student.getByText('It takes 1 hour 30 minutes')).toBeVisible();
  await expect(student.getByText('The picture of your camera')).toHaveCount(0);
  await expect(student.getByText('a short check of microphone, screen and connection')).toBeVisible();
  await picture(student, 'student-agree-easier');
  await student.getByTestId('agree').click();
  await student.getByTestId('share-screen').click({ timeout: 60_000 });
  for (const check of ['browser', 'microphone', 'screen', 'uplink'])
    await expect(student.getByTestId(`check-${check}`)).toHaveAttribute('data-state', 'passed', { timeout: 60_000 });
  await expect(student.getByTestId('check-camera')).toHaveCount(0);
  await student.getByTestId('continue').click();
  await expect(student.getByText('You have 1 hour 30 minutes')).toBeVisible();

  // Less is recorded, while the student is at it: the page begins its checks anew, without the screen.
  await page.bringToFront();
  await row.getByTestId('accommodations').click();
  await page.getByTestId('without-screen').check();
  await page.getByTestId('reason').fill('The screen reader shows private messages.');
  await page.getByTestId('save-accommodations').click();
  await expect(row.getByTestId('easier')).toContainText('Webcam, Screen');
  await student.bringToFront();
  for (const check of ['browser', 'microphone', 'uplink'])
    await expect(student.getByTestId(`check-${check}`)).toHaveAttribute('data-state', 'passed', { timeout: 60_000 });
  await expect(student.getByTestId('check-screen')).toHaveCount(0);
  await student.getByTestId('continue').click();
  await student.getByTestId('start-exam').click();
  await waitRecorded(student, ['microphone']);
  await expect(student.getByTestId('recording-webcam')).toHaveCount(0);
  await expect(student.getByTestId('recording-screen')).toHaveCount(0);
  expect(await remainingMinutes(student)).toBeGreaterThanOrEqual(88);

  await page.bringToFront();
  await page.reload();
  await row.getByTestId('accommodations').click();
  await expect(page.getByTestId('without-webcam')).toBeDisabled();
  await page.getByTestId('extra-minutes').fill('45');
  await page.getByTestId('reason').fill('The building was cleared for a while.');
  await pictures(page, 'accommodations-running');
  await page.getByTestId('save-accommodations').click();
  await expect(row.getByTestId('easier')).toContainText('45 minutes more');
  await student.bringToFront();
  await expect(student.getByTestId('new-end')).toContainText('Your time was changed: you now have until');
  await picture(student, 'student-new-end');
  expect(await remainingMinutes(student)).toBeGreaterThanOrEqual(100);
  await finishExam(student);
  await student.close();

  expect((await api.timeline(attempt)).tracks.map(({ track }) => track)).toEqual(['webcam']);
  await page.bringToFront();
  await row.getByRole('link').click();
  await expect(page.getByTestId('easier')).toContainText('45 minutes more; not recorded: Webcam, Screen; not looked for: Looking away');
  const entries = page.getByTestId('audit-entry');
  await expect(entries).toHaveCount(3);
  await expect(entries.first()).toContainText('Demo instructor: Decided by the board, letter of 3 May.');
  await expect(entries.last()).toContainText('45 minutes more');
  await entries.last().scrollIntoViewIfNeeded();
  await pictures(page, 'audit');
});

test('the ranking follows the rules of the exam', async ({ page, context, product, api, errors }) => {
  test.setTimeout(480_000);
  errors.allow(/status of 40[01]/);
  const { attempt, link } = await api.newAttempt('Student who is ranked');
  const student = await context.newPage();
  await joinExam(student, link);
  await waitRecorded(student);
  await expect(student.getByTestId('elapsed')).toHaveText(/0:[1-5]\d/, { timeout: 60_000 });
  await finishExam(student);
  await student.close();
  await expect.poll(async () => (await api.timeline(attempt)).analysis, { timeout: 180_000 }).toBe('done');
  const { rank } = await api.timeline(attempt);
  const [term] = rank.terms;
  // The browser's own test picture has no face.
  expect(term).toMatchObject({ kind: 'face-absent', weight: 2 });

  await signIn(page, product);
  const row = page.getByTestId('attempt-row').filter({ hasText: 'Student who is ranked' });
  await expect(row).toContainText(`${rank.points} points`);
  await page.getByTestId('rules').click();
  await expect(page.getByTestId('points-face-absent')).toHaveValue('2');
  await page.getByTestId('words').fill('a\nchat.example');
  await page.getByTestId('save-rules').click();
  await expect(page.getByRole('alert')).toContainText('A word or site has 2 to 80 characters.');
  await page.getByTestId('words').fill('messenger\nchat.example\n');
  await page.getByTestId('points-face-absent').fill('7.5');
  await page.getByTestId('kind-book').uncheck();
  await expect(page.getByTestId('points-book')).toBeDisabled();
  await page.getByTestId('reason').fill('Agreed in the course.');
  await pictures(page, 'rules');
  await page.getByTestId('save-rules').click();
  await toExam(page);
  const raised = rank.points + term!.points * (7.5 / 2 - 1);
  await expect(row).toContainText(`${raised} points`);

  await page.getByTestId('rules').click();
  await expect(page.getByTestId('kind-book')).not.toBeChecked();
  await page.getByTestId('kind-face-absent').uncheck();
  await page.getByTestId('save-rules').click();
  await toExam(page);
  await expect(row).not.toContainText('No face');
  await page.getByTestId('rules').click();
  await page.getByTestId('reset-rules').click();
  await expect(page.getByRole('status').filter({ hasText: 'The ordinary kinds and points are chosen.' })).toBeVisible();
  await expect(page.getByTestId('kind-book')).toBeChecked();
  await page.getByTestId('save-rules').click();
  await toExam(page);
  await expect(row).toContainText(`${rank.points} points`);
  await row.getByRole('link').click();
  const entries = page.getByTestId('audit-entry');
  await expect(entries.first()).toContainText('points: No face 7.5 points; not looked for: Book; words on the screen: messenger, chat.example');
  await expect(entries.first()).toContainText('Agreed in the course.');
  await expect(entries.last()).toContainText('the ordinary points; all kinds are looked for');
});
