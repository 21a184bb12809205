import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { finishExam, joinExam, waitRecorded } from '../dist/main-job/record.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

/** The page as it is, on a phone, and dark. */
async function pictures(page: Page, name: string, testId?: string): Promise<void> {
  const shown = async (file: string): Promise<void> => {
    if (testId !== undefined) await page.getByTestId(testId).first().evaluate((element) => element.scrollIntoView({ block: 'center' }));
    await expectAccessible(page);
    await picture(page, file);
  };
  await shown(name);
  await page.setViewportSize({ width: 390, height: 844 });
  await shown(`${name}-phone`);
  // Nothing stands out at the side.
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await shown(`${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
}

test('after the exam the student sees where it stands and what is shown, replies, contests, and takes the data; an instructor answers', async ({ page, context, product, api, errors }) => {
  test.setTimeout(600_000);
  // Asking who is signed in, and a reply that comes after the decision, is refused; once there is no answer. The browser notes it.
  errors.allow(/status of (401|409)/);
  errors.allow(/net::ERR_FAILED/);
  const name = 'Student who looks afterwards';
  const { attempt, link } = await api.newAttempt(name);
  const student = await context.newPage();
  await joinExam(student, link);
  await waitRecorded(student);
  await expect(student.getByTestId('elapsed')).toHaveText(/0:[2-5]\d/, { timeout: 60_000 });
  await finishExam(student);
  student.on('dialog', (dialog) => void dialog.accept());
  const own = student.getByTestId('own');
  const again = async (): Promise<void> => {
    await student.reload();
    await expect(own.getByTestId('standing')).toBeVisible();
  };

  await test.step('it stands there what was recorded, until when it is kept, and that nobody has looked', async () => {
    await expect(own).toHaveAttribute('data-standing', 'waiting');
    await expect(own.getByTestId('standing')).toHaveText('Nobody has looked at it yet.');
    await expect(own.getByTestId('recorded').getByRole('listitem')).toHaveText([/^Camera: all/, /^Microphone: all/, /^Screen: all/]);
    await expect(own.getByTestId('kept-until')).toHaveText(/\d/);
    await expect(own.getByTestId('shown')).toHaveCount(0);
    await pictures(student, 'after-exam');
  });

  await test.step('an answer that does not come is told, and asked for again', async () => {
    await student.route('**/api/student/own', (route) => route.abort());
    await student.reload();
    await expect(student.getByTestId('own-problem')).toContainText('cannot be reached');
    await pictures(student, 'after-exam-problem', 'own-problem');
    await student.unroute('**/api/student/own');
    await student.getByTestId('own-problem').getByRole('button', { name: 'Try again' }).click();
    await expect(own.getByTestId('standing')).toBeVisible();
    await expect(student.getByTestId('own-problem')).toHaveCount(0);
  });

  await expect.poll(async () => (await api.timeline(attempt)).analysis, { timeout: 180_000 }).toBe('done');
  // The browser's own test picture has no face.
  const first = (await api.timeline(attempt)).incidents.find(({ kind }) => kind === 'face-absent')!;

  await page.goto(product.instructor.url);
  await page.getByTestId('sign-in-email').fill(product.instructor.email);
  await page.getByTestId('sign-in-password').fill(product.instructor.password);
  await page.getByTestId('sign-in').click();
  await expect(page.getByTestId('exam-row')).toBeVisible();
  const review = `${product.url}/review/attempts/${attempt}`;
  await page.goto(review);
  const side = page.getByTestId('student-side');
  const card = page.locator('li').filter({ has: page.locator(`[data-testid=finding][data-kind=${first.kind}]`) }).first();

  await test.step('an instructor shows what is marked as real, and takes it back before it is seen', async () => {
    await expect(side).toContainText('No findings are shown to the student.');
    await card.getByTestId('mark-real').click();
    await card.getByTestId('mark-save').click();
    await expect(card.getByTestId('resolved')).toHaveAttribute('data-verdict', 'real');
    const choice = page.locator(`[data-testid=release-choice][data-kind=${first.kind}]`).first();
    const choose = async (): Promise<void> => {
      await side.getByTestId('release').click();
      await expect(choice).toBeChecked();
    };
    await choose();
    await expect(page.locator('[data-testid=release-choice]:checked')).toHaveCount(1);
    await pictures(page, 'release-dialog');
    await page.getByTestId('release-save').click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(card.getByTestId('released')).toContainText('not seen yet');
    await card.getByTestId('release-undo').click();
    await expect(card.getByTestId('released')).toHaveCount(0);
    await again();
    await expect(own.getByTestId('shown')).toHaveCount(0);
    await choose();
    await page.getByTestId('release-save').click();
    await expect(card.getByTestId('released')).toContainText('not seen yet');
  });

  await test.step('the student sees it with its picture, and replies; the words are words', async () => {
    await again();
    await expect(own).toHaveAttribute('data-standing', 'looking');
    const shown = own.getByTestId('shown');
    await expect(shown).toHaveCount(1);
    await expect(shown).toContainText('No face was in the camera’s picture');
    await expect.poll(() => shown.getByTestId('shown-picture').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    await pictures(student, 'shown', 'shown');
    await shown.getByTestId('reply-write').click();
    await expect(shown.getByTestId('reply-text')).toBeFocused();
    await student.keyboard.type('<b onclick="alert(1)">I looked</b> at the clock.');
    await pictures(student, 'reply', 'reply-text');
    await shown.getByTestId('reply-save').click();
    await expect(shown.getByTestId('reply')).toHaveText('<b onclick="alert(1)">I looked</b> at the clock.');
    await expect(shown.getByTestId('reply-write')).toBeFocused();
    await student.keyboard.press('Enter');
    await shown.getByTestId('reply-text').fill('I looked at the clock.\nIt hangs on the wall.');
    await shown.getByTestId('reply-save').click();
    await expect(shown.getByTestId('reply')).toContainText('It hangs on the wall.');
  });

  await test.step('the instructor is told of it in the list, reads it beside the finding, and can take nothing back', async () => {
    const { exam } = await api.timeline(attempt);
    await page.goto(`${product.url}/review/exams/${exam.id}`);
    const row = page.getByTestId('attempt-row').filter({ hasText: name });
    await expect(row.getByTestId('from-student')).toHaveText('1 new reply');
    await expectAccessible(page);
    await row.getByRole('link', { name }).click();
    await expect(card.getByTestId('student-reply').first()).toHaveText(/^I looked at the clock\.\s+It hangs on the wall\.$/);
    await expect(card.getByTestId('unread')).toBeVisible();
    await expect(card.getByTestId('release-undo')).toHaveCount(0);
    await card.getByText('Before it was changed').click();
    await expect(card.getByTestId('released')).toContainText('<b onclick="alert(1)">');
    await pictures(page, 'student-reply', 'released');
    await side.getByTestId('read-replies').click();
    await expect(card.getByTestId('unread')).toHaveCount(0);
    await expect(side.getByTestId('read-replies')).toHaveCount(0);
  });

  await test.step('a dispute keeps the recording until a person has answered', async () => {
    await own.getByTestId('ask-dispute').click();
    // The browser itself asks for the words.
    await student.getByTestId('request-send').click();
    await expect(student.getByTestId('request-text')).toBeFocused();
    await student.keyboard.type('It was the clock. Please look again.');
    await pictures(student, 'dispute-dialog');
    await student.getByTestId('request-send').click();
    await expect(student.getByRole('dialog')).toHaveCount(0);
    await expect(own.getByTestId('request')).toContainText('Until then nothing is deleted.');
    await expect(own.getByTestId('kept-until')).toContainText('Until a person has answered you');
    await expect(own.getByTestId('ask-dispute')).toHaveCount(0);
    await own.getByTestId('ask-erasure').click();
    await student.getByTestId('request-send').click();
    await expect(own.getByTestId('request')).toHaveCount(2);
    await pictures(student, 'requests', 'request');
    expect((await api.timeline(attempt)).evidence).toBe('held');

    await page.goto(review);
    await expect(page.getByTestId('held')).toBeVisible();
    const asked = side.locator('[data-testid=student-request][data-kind=dispute]');
    await expect(asked).toContainText('It was the clock.');
    await pictures(page, 'student-side', 'student-side');
    await asked.getByTestId('answer').click();
    await page.getByTestId('answer-text').fill('We have looked again: it is the clock.');
    await pictures(page, 'answer-dialog');
    await page.getByTestId('answer-save').click();
    await expect(asked).toContainText('We have looked again');
    await expect(page.getByTestId('held')).toHaveCount(0);
    await expect(page.getByTestId('audit-entry').last()).toContainText('the hold is taken off');
    await again();
    await expect(own.locator('[data-testid=request][data-kind=dispute]')).toContainText('We have looked again: it is the clock.');
    await expect(own).not.toContainText('Demo instructor');
  });

  await test.step('a decision is told, without a verdict, and closes what was replied', async () => {
    await own.getByTestId('reply-write').click();
    await own.getByTestId('reply-text').fill('Too late.');
    await page.getByTestId('move-find').click();
    await page.getByTestId('move-reason').fill('No face for a while.');
    await page.getByTestId('move-save').click();
    await expect(page.getByTestId('decision')).toHaveAttribute('data-state', 'violation');
    await own.getByTestId('reply-save').click();
    await expect(own.getByRole('alert')).toContainText('A decision was made. Your reply stays as it was');
    await again();
    await expect(own.getByTestId('standing')).toContainText('A decision was made on');
    await expect(own.getByTestId('reply-write')).toHaveCount(0);
    await expect(own).not.toContainText(/violation/i);
    await pictures(student, 'decided');
  });

  await test.step('the data is one file, saved by the browser', async () => {
    const saving = student.waitForEvent('download');
    await own.getByTestId('download').click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toMatch(/^my-exam-.*\.zip$/);
    const zip = (await readFile(await saved.path())).toString('latin1');
    expect(zip.startsWith('PK')).toBe(true);
    for (const file of ['README.txt', 'attempt.json', 'recording/webcam/', 'recording/screen/', 'pictures/face-absent-']) expect(zip).toContain(file);
    await page.reload();
    await expect(page.getByTestId('audit-entry').last()).toContainText('The student’s data downloaded');
  });
});

test('before the exam there is nothing of it', async ({ page, api, errors }) => {
  errors.allow(/status of (401|409)/);
  const { link } = await api.newAttempt('Student who has not begun');
  await page.goto(link);
  await expect(page.getByTestId('agree')).toBeVisible();
  await expect(page.getByTestId('own')).toHaveCount(0);
  const token = new URL(link).hash.slice(1);
  const answer = await page.request.get(new URL('/api/student/own', link).href, { headers: { authorization: `Bearer ${token}` } });
  expect([answer.status(), ((await answer.json()) as { message: string }).message]).toEqual([409, 'The exam is not over. Come back when it is.']);
});
