import type { Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { checksPassed, finishExam, joinExam, waitRecorded } from '../dist/main-job/record.js';
import type { Product } from '../dist/support/product.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

async function openStudents(page: Page, { instructor }: Product): Promise<void> {
  await page.goto(instructor.url);
  await page.getByTestId('sign-in-email').fill(instructor.email);
  await page.getByTestId('sign-in-password').fill(instructor.password);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('exam-row').getByRole('link').click();
  await page.getByTestId('students').click();
  await expect(page.getByRole('heading', { name: 'Students' })).toBeVisible();
}

/** The page as it is, on a phone, and dark. */
async function pictures(page: Page, name: string): Promise<void> {
  await expectAccessible(page);
  await picture(page, name);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page);
  // Nothing hangs out of the page.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await picture(page, `${name}-phone`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);
  await picture(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
}

const rowOf = (page: Page, name: string) => page.getByTestId('student-row').filter({ hasText: name });

const remainingMinutes = async (student: Page): Promise<number> => {
  const [, minutes = 0, hours = 0] = (await student.getByTestId('remaining').innerText()).split(':').reverse().map(Number);
  return hours * 60 + minutes;
};

test('a list of students is pasted or opened, looked at before it is added, and each gets a link', async ({ page, context, product, errors }) => {
  test.setTimeout(480_000);
  errors.allow(/status of 4(01|10)/);
  await openStudents(page, product);
  await page.getByTestId('add-students').click();
  await expect(page.getByTestId('roster-add')).toBeDisabled();
  await page.getByTestId('roster-text').fill('Name;E-mail;Extra minutes\n"Roster, Ada";ada.roster@example.org;30\nRoster Bo;bo.roster@example.org\nRoster Cy;cy(at)example.org\nRoster Di;ADA.roster@example.org\n=1+1 Roster');
  await expect(page.getByTestId('roster-summary')).toContainText('3 students to add. 2 lines have a problem and are left out.');
  await expect(page.getByTestId('roster-problems').getByRole('listitem')).toHaveText([
    'Line 4: This is not an e-mail address. Correct it, or leave the field empty.',
    'Line 5: The same e-mail address stands in line 2. Each student has their own.',
  ]);
  await pictures(page, 'students-add');
  await page.getByTestId('roster-add').click();
  // The browser itself asks for the reason.
  await expect(page.getByTestId('roster-reason')).toBeFocused();
  await page.getByTestId('roster-reason').fill('Decided by the board, letter of 3 May.');
  await page.getByTestId('roster-add').click();
  await expect(page.getByTestId('roster-done')).toHaveText(/3 students added\./);

  // A file as an older spreadsheet writes it; who is there stays.
  await page.getByTestId('add-students').click();
  const file = Buffer.concat([Buffer.from('Vorname;Name\r\n'), Buffer.from('x;Roster Jos'), Buffer.from([0xe9]), Buffer.from('\r\nx;=1+1 Roster\r\n')]);
  await page.getByTestId('roster-file').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: file });
  await expect(page.getByTestId('roster-summary')).toContainText('1 student to add. 1 in the list already, left as they are.');
  await expect(page.getByTestId('roster-preview')).toContainText('Roster José');
  await page.getByTestId('roster-add').click();
  await expect(page.getByTestId('roster-done')).toHaveText(/1 student added; 1 was in the list already\./);

  await page.getByTestId('find-student').fill('roster');
  await expect(page.getByTestId('student-row')).toHaveCount(4);
  await expect(rowOf(page, 'Roster, Ada')).toContainText('30 minutes more');
  await expect(rowOf(page, 'Roster Bo')).toContainText('Link not opened');
  await expect(rowOf(page, 'Roster Bo').getByTestId('attempt-number')).toHaveText('1');
  await pictures(page, 'students');
  await page.getByTestId('show-students').selectOption('eased');
  await expect(page.getByTestId('student-row')).toHaveCount(1);
  await page.getByTestId('find-student').fill('nobody of this name');
  await expect(page.getByTestId('no-match')).toBeVisible();
  await page.getByTestId('show-students').selectOption('all');
  await page.getByTestId('find-student').fill('roster');

  // A new link ends the one before.
  await rowOf(page, 'Roster Bo').getByTestId('link').click();
  const first = await page.getByTestId('link-value').inputValue();
  await pictures(page, 'students-link');
  await page.getByTestId('renew-link').click();
  await expect(page.getByTestId('link-renewed')).toBeVisible();
  const second = await page.getByTestId('link-value').inputValue();
  await page.keyboard.press('Escape');
  await expect(rowOf(page, 'Roster Bo').getByTestId('link')).toBeFocused();
  const student = await context.newPage();
  await student.goto(first);
  await expect(student.getByTestId('trouble')).toContainText('This link was replaced by a newer one.');
  // Another address than before the “#” would not load the page again.
  await student.goto('about:blank');
  await student.goto(second);
  await expect(student.getByTestId('agree')).toBeVisible();
  await student.close();
  await expect(rowOf(page, 'Roster Bo')).toContainText('Opened', { timeout: 40_000 });
  await expect(rowOf(page, 'Roster Bo').getByTestId('remove')).toHaveCount(0);

  await rowOf(page, 'Roster José').getByTestId('remove').click();
  await pictures(page, 'students-remove');
  await page.getByTestId('roster-do').click();
  await expect(page.getByTestId('roster-done')).toHaveText(/Roster José is off the list\./);
  await expect(page.getByTestId('student-row')).toHaveCount(3);

  const downloaded = page.waitForEvent('download');
  await page.getByTestId('download-links').click();
  const csv = await readFile(await (await downloaded).path(), 'utf8');
  expect(csv.startsWith('\uFEFF"Name","E-mail","Link","Good until"\r\n')).toBe(true);
  expect(csv).toContain('"Roster, Ada","ada.roster@example.org","http');
  // A name is no formula.
  expect(csv).toContain('"\'=1+1 Roster"');
});

test('an exam that was finished by mistake goes on with the time left, as one record; then the student gets another attempt', async ({ page, context, product, api, errors }) => {
  test.setTimeout(900_000);
  errors.allow(/status of 4(01|09)/);
  const name = 'Student who finishes too early';
  const { attempt, link } = await api.newAttempt(name);
  const student = await context.newPage();
  await joinExam(student, link);
  await waitRecorded(student);
  await expect(student.getByTestId('elapsed')).toHaveText(/0:[1-5]\d/, { timeout: 60_000 });
  await finishExam(student);

  await page.bringToFront();
  await openStudents(page, product);
  await page.getByTestId('find-student').fill(name);
  await rowOf(page, name).getByTestId('reopen').click();
  await expect(page.getByText(/Left: 5[5-9] minutes\./)).toBeVisible();
  await expect(page.getByTestId('reopen-minutes')).toHaveValue(/^5[5-9]$/);
  await page.getByTestId('reopen-minutes').fill('25');
  await page.getByTestId('roster-reason').fill('Pressed Finish instead of Next.');
  await pictures(page, 'students-reopen');
  await page.getByTestId('roster-do').click();
  await expect(page.getByTestId('roster-done')).toContainText('is open again');
  await expect(rowOf(page, name)).toContainText('Open again, not gone on yet');

  // The page that still stands hears of it by itself.
  await student.bringToFront();
  await expect(student.getByTestId('open-again')).toContainText('Your instructor opened your exam again; you have 25 minutes left.', { timeout: 45_000 });
  await pictures(student, 'student-open-again');
  await student.getByTestId('go-on-again').click();
  await expect(student.getByTestId('open-again')).toContainText('you have 25 minutes left.');
  await pictures(student, 'student-checks-again');
  await checksPassed(student);
  await student.getByTestId('continue').click();
  await expect(student.getByText('You have 25 minutes left from the moment you press the button.')).toBeVisible();
  await pictures(student, 'student-start-again');
  await student.getByTestId('start-exam').click();
  await waitRecorded(student);
  expect([22, 23, 24]).toContain(await remainingMinutes(student));
  await expect(student.getByTestId('elapsed')).toHaveText(/0:[3-5]\d/, { timeout: 60_000 });
  await finishExam(student);
  await expect(student.getByTestId('open-again')).toHaveCount(0);

  const timeline = await api.timeline(attempt);
  expect(timeline.history.map(({ kind }) => kind).filter((kind) => kind === 'started' || kind === 'submitted' || kind === 'reopened')).toEqual(['started', 'submitted', 'reopened', 'submitted']);
  for (const { segments, gaps } of timeline.tracks) {
    const [pause] = gaps.filter(({ cause }) => cause === 'finished');
    expect(segments.some(({ startMs }) => startMs < pause!.startMs)).toBe(true);
    expect(segments.some(({ startMs }) => startMs >= pause!.endMs)).toBe(true);
  }
  await expect.poll(async () => (await api.timeline(attempt)).evidence, { timeout: 60_000 }).toBe('complete');

  await page.bringToFront();
  await rowOf(page, name).getByRole('link').click();
  await expect(page.getByText('the exam was over, and was opened again later; nothing is missing')).toBeVisible();
  await expect(page.getByText('Opened again by an instructor. 25 minutes left: Pressed Finish instead of Next.')).toBeVisible();
  await expect(page.getByTestId('audit-entry').filter({ hasText: 'Opened again, with 25 minutes' })).toContainText('Pressed Finish instead of Next.');
  await picture(page, 'review-opened-again');

  await page.goBack();
  await page.getByTestId('find-student').fill(name);
  await rowOf(page, name).getByTestId('retake').click();
  await page.getByTestId('roster-reason').fill('The fire alarm.');
  await pictures(page, 'students-retake');
  await page.getByTestId('roster-do').click();
  const another = await page.getByTestId('link-value').inputValue();
  await page.keyboard.press('Escape');
  await expect(rowOf(page, name).getByTestId('attempt-number')).toHaveText('2');
  await student.bringToFront();
  await expect(student.getByTestId('retaken')).toContainText('Your instructor has given you another attempt at this exam.', { timeout: 45_000 });
  await pictures(student, 'student-retaken');
  await student.goto('about:blank');
  await student.goto(another);
  await expect(student.getByTestId('agree')).toBeVisible();
});
