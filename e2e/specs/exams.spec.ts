import { ExamSetup, StudentAttempt } from '@vigil/protocol';
import type { Locator, Page } from '@playwright/test';
import { checksPassed } from '../dist/main-job/record.js';
import { InstructorApi } from '../dist/support/instructor-api.js';
import { type Product, startProduct } from '../dist/support/product.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

// The exams that are made here would stand in the list that other tests look at.
let own: Product;
test.beforeAll(async () => {
  test.setTimeout(120_000);
  own = await startProduct();
});
test.afterAll(() => own.stop());
test.beforeEach(({ errors }) => errors.allow(/status of 40[0149]/));

async function signIn(page: Page): Promise<void> {
  await page.goto(own.instructor.url);
  await fillSignIn(page);
  await expect(page.getByTestId('new-exam')).toBeVisible();
}

async function fillSignIn(page: Page): Promise<void> {
  await page.getByTestId('sign-in-email').fill(own.instructor.email);
  await page.getByTestId('sign-in-password').fill(own.instructor.password);
  await page.getByTestId('sign-in').click();
}

/** Makes an exam with the ordinary rules. @returns its id. */
async function makeExam(page: Page, title: string): Promise<string> {
  await page.goto(own.instructor.url);
  await page.getByTestId('new-exam').click();
  await page.getByTestId('title').fill(title);
  await page.getByTestId('save-rules').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  return idIn(page);
}

const idIn = (page: Page): string => /exams\/([0-9a-f]{24})/.exec(page.url())![1]!;
const setupOf = async (page: Page, id: string): Promise<ExamSetup> => ExamSetup.parse(await (await page.request.get(`${own.url}/api/exams/${id}/setup`)).json());
const linkTo = async (page: Page, exam: string, name: string): Promise<{ link: string; attempt: string }> =>
  (await (await page.request.post(`${own.url}/api/exams/${exam}/attempts`, { headers: { origin: own.url }, data: { name } })).json()) as { link: string; attempt: string };

/** What the student's page asks, without a browser. */
async function agreed(link: string): Promise<StudentAttempt> {
  const headers = { authorization: `Bearer ${new URL(link).hash.slice(1)}`, origin: own.url, 'content-type': 'application/json' };
  const show = async (): Promise<StudentAttempt> => StudentAttempt.parse(await (await fetch(`${own.url}/api/student/attempt`, { headers })).json());
  const { notice } = await show();
  const answer = await fetch(`${own.url}/api/student/agreement`, { method: 'POST', headers, body: JSON.stringify({ noticeVersion: notice.version, agreed: true }) });
  return StudentAttempt.parse(await answer.json());
}

/** By the keyboard alone. */
async function tabTo(page: Page, to: Locator): Promise<void> {
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    if (await to.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the keyboard does not come to ${String(to)}`);
}

/** The page as it is, on a phone, and dark. */
async function pictures(page: Page, name: string): Promise<void> {
  await expectAccessible(page);
  await picture(page, name);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);
  await picture(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await picture(page, `${name}-phone`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('an exam is made from a preset by the keyboard alone', async ({ page }) => {
  await signIn(page);
  await tabTo(page, page.getByTestId('new-exam'));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'New exam' })).toBeVisible();
  await tabTo(page, page.getByTestId('preset-ordinary'));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('preset-strict')).toBeChecked();
  await tabTo(page, page.getByTestId('title'));
  await page.keyboard.type('Logic by keys');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Logic by keys' })).toBeVisible();
  const { exam } = await setupOf(page, idIn(page));
  expect(exam).toMatchObject({ attemptsAllowed: 1, durationMinutes: 60, rules: { webcam: true, microphone: true, screen: 'monitor', identity: { document: true, room: true }, secondReviewer: true } });
  // Back at the form, all of it stands there.
  await tabTo(page, page.getByTestId('rules'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('title')).toHaveValue('Logic by keys');
  await expect(page.getByTestId('identity-room')).toBeChecked();
});

test('beside the form stands what students will see; what is set is what is kept', async ({ page }) => {
  await signIn(page);
  await page.getByTestId('new-exam').click();
  const see = page.getByTestId('students-see');
  await expect(see).toContainText('Your whole screen: close what should not be seen');
  await page.getByTestId('preset-lenient').check();
  await expect(see).toContainText('The screen or window that you share');
  await expect(see).not.toContainText('The sound of your microphone');
  await expect(see).toContainText('Paper, a pen and books');
  // What is allowed is not looked for.
  await expect(page.getByTestId('kind-book')).toBeDisabled();
  await expect(page.getByTestId('kind-book')).not.toBeChecked();
  await page.getByTestId('title').fill('Logic, with a title that is long enough to need a second line on a phone');
  await page.getByTestId('duration').fill('95');
  await page.getByTestId('instructions').fill('Answer two of three questions.');
  await expect(see).toContainText('It takes 1 hour 35 minutes.');
  await expect(page.getByTestId('fullscreen')).toBeDisabled();
  await page.getByTestId('address').fill('https://exam.example/1');
  await page.getByTestId('embed').check();
  await page.getByTestId('fullscreen').check();
  await expect(see).toContainText('when the exam’s page or full screen is left');
  await page.getByTestId('allow-calculator').check();
  await page.getByTestId('sites').fill('wiki.example\n\nlibrary.example');
  await expect(see).toContainText('These sites and programs: wiki.example, library.example');
  await page.getByTestId('seconds-face-absent').fill('12.5');
  await page.getByTestId('points-face-absent').fill('3.5');
  await page.getByTestId('identity').check();
  await expect(see).toContainText('Your face is compared with that of your onboarding, if you agree to one.');
  await page.getByTestId('add-pair').click();
  await expect(page.getByTestId('pair')).toHaveCount(3);
  await page.getByRole('button', { name: 'Remove Looking away with Speech' }).click();
  await pictures(page, 'new-exam');
  await page.getByTestId('save-rules').click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Logic, with a title');
  const { exam } = await setupOf(page, idIn(page));
  expect(exam).toMatchObject({
    durationMinutes: 95,
    address: 'https://exam.example/1',
    embed: true,
    allowed: { things: ['paper', 'calculator'], sites: ['wiki.example', 'library.example'] },
    rules: { microphone: false, screen: 'any', weights: { 'face-absent': 3.5 }, minimumSeconds: { 'face-absent': 12.5 }, identity: { document: false, room: false }, fullscreen: true },
  });
  expect(exam.rules.off).toEqual(expect.arrayContaining(['book', 'phone', 'looking-away', 'speech']));
  expect(exam.rules.together).toHaveLength(2);

  await page.getByTestId('rules').click();
  await page.getByTestId('reset-rules').click();
  await expect(page.getByRole('status').filter({ hasText: 'The ordinary kinds and points are chosen.' })).toBeVisible();
  await page.getByTestId('save-rules').click();
  await expect(page.getByTestId('saved')).toContainText('Saved at');
  await pictures(page, 'set-up');
  expect((await setupOf(page, idIn(page))).exam.rules).toEqual({ webcam: true, microphone: false, screen: 'any', off: ['looking-away', 'phone', 'book'], identity: { document: false, room: false }, fullscreen: true });
});

test('a copy is scheduled; what cannot be is said, and corrected', async ({ page }) => {
  await signIn(page);
  const first = await makeExam(page, 'Ethics');
  await page.getByTestId('copy-exam').click();
  await expect(page.getByTestId('title')).toHaveValue('Ethics (copy)');
  await expect(page.getByTestId('copy-of')).toHaveValue(first);
  await page.getByTestId('title').fill('Ethics, second date');
  await page.getByTestId('opens').fill('2031-05-02T10:00');
  await page.getByTestId('closes').fill('2031-05-02T09:00');
  await page.getByTestId('save-rules').click();
  await expect(page.getByRole('alert')).toContainText('The exam closes after it opens. Correct one of the two times.');
  await pictures(page, 'exam-problem');
  await page.getByTestId('closes').fill('2031-05-02T12:00');
  await page.getByTestId('address').fill('no address');
  await page.getByTestId('save-rules').click();
  // The browser itself says so.
  await expect(page.getByTestId('address')).toBeFocused();
  await page.getByTestId('address').fill('');
  await page.getByTestId('webcam').uncheck();
  await page.getByTestId('microphone').uncheck();
  await page.getByTestId('screen-off').check();
  await page.getByTestId('save-rules').click();
  await expect(page.getByRole('alert')).toContainText('Choose something that is recorded');
  await page.getByTestId('webcam').check();
  // Twice in one moment: there is one exam.
  await page.getByTestId('save-rules').dblclick();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ethics, second date');
  await expect(page.locator('main')).toContainText('opens');
  await expect(page.locator('main')).toContainText('2031');
  const { link } = await linkTo(page, idIn(page), 'Student who is early');
  const student = await agreed(link);
  expect(student).toMatchObject({ progress: 'checking', exam: { opensAtMs: new Date(2031, 4, 2, 10).getTime(), rules: { webcam: true, microphone: false, screen: 'off' } } });
  await page.goto(own.instructor.url);
  await expect(page.getByTestId('exam-row').filter({ hasText: 'Ethics, second date' })).toHaveCount(1);
  await expectAccessible(page);
  await picture(page, 'courses-with-exams');
});

test('a change asks what those do who have agreed, and says whom it touches', async ({ page, context }) => {
  test.setTimeout(240_000);
  await signIn(page);
  const id = await makeExam(page, 'Rhetoric');
  await page.goto(`${own.url}/review/exams/${id}/setup`);
  await page.getByTestId('unlimited').check();
  await page.getByTestId('save-rules').click();
  await expect(page.getByTestId('saved')).toContainText('Saved at');
  const names = ['waits', 'has agreed', 'is in the exam', 'has finished'];
  const [, has, runs, over] = await Promise.all(names.map((name) => linkTo(page, id, `Student who ${name}`)));
  for (const { link } of [has!, runs!, over!]) await agreed(link);
  await own.change('attempts', { _id: runs!.attempt }, { progress: 'interrupted', startedAt: new Date(), endsAt: new Date(Date.now() + 3_600_000) });
  await own.change('attempts', { _id: over!.attempt }, { progress: 'submitted', startedAt: new Date(Date.now() - 60_000), finishedAt: new Date() });
  // One more is at the checks, in a browser.
  const checking = await linkTo(page, id, 'Student at the checks');
  const student = await context.newPage();
  await checksPassed(student, checking.link);

  await page.getByTestId('title').fill('Rhetoric and style');
  await page.getByTestId('save-rules').click();
  // The title is nothing that students agree to.
  await expect(page.getByTestId('saved')).toContainText('Saved at');
  await page.getByTestId('duration').fill('30');
  await page.getByTestId('microphone').uncheck();
  await page.getByTestId('save-rules').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByTestId('touched').getByRole('listitem')).toHaveText([
    '1 student has not agreed yet, and sees the exam as it is now.',
    '1 student is in the exam, and keeps what they agreed to.',
    '1 student has finished; for them nothing changes.',
  ]);
  await expect(dialog).toContainText('2 students have agreed and not started');
  await pictures(page, 'agreed');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  expect((await setupOf(page, id)).exam.durationMinutes).toBe(60);
  await page.getByTestId('save-rules').click();
  await page.getByTestId('agreed-save').click();
  await expect(page.getByTestId('to-other')).toContainText('2 students have agreed to what the exam was before, and keep that.');
  expect((await agreed(has!.link)).exam).toMatchObject({ durationMinutes: 60, rules: { microphone: true } });
  await pictures(page, 'to-other');
  // Their accommodations begin with what they agreed to.
  await page.getByTestId('ask-them').click();
  await expect(page.getByTestId('asked')).toContainText('2 students are asked again before they can start.');
  await expect(page.getByTestId('to-other')).toHaveCount(0);

  await expect(student.getByTestId('asked-again')).toBeVisible({ timeout: 30_000 });
  await expect(student.getByText('It takes 30 minutes')).toBeVisible();
  await expect(student.getByText('The sound of your microphone')).toHaveCount(0);
  await pictures(student, 'student-asked-again');
  await student.getByTestId('agree').click();
  await expect(student.getByTestId('check-camera')).toBeVisible();
  await expect(student.getByTestId('check-microphone')).toHaveCount(0);
  await student.getByTestId('share-screen').click({ timeout: 60_000 });
  await student.getByTestId('continue').click({ timeout: 60_000 });
  await student.getByTestId('start-exam').click();
  await expect(student.getByTestId('remaining')).toContainText(/^(29|30):/);
  const { history } = await (await InstructorApi.signIn(own)).timeline(checking.attempt);
  expect(history.map(({ kind }) => kind)).toContain('asked-again');
  await student.close();
});

test('what was typed is not lost: by leaving, by a second person, by a session that ends', async ({ page, context }) => {
  await signIn(page);
  const id = await makeExam(page, 'Grammar');
  await page.getByTestId('rules').click();
  await page.getByTestId('title').fill('Grammar, changed');
  await expect(page.getByTestId('saved')).toHaveText('Not saved yet.');

  const asked: string[] = [];
  let leave = false;
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void (leave ? dialog.accept() : dialog.dismiss());
  });
  await page.getByRole('link', { name: 'Courses' }).click();
  await expect(page.getByTestId('title')).toHaveValue('Grammar, changed');
  await page.goBack();
  await expect(page.getByTestId('title')).toHaveValue('Grammar, changed');
  expect(new URL(page.url()).pathname).toBe(`/review/exams/${id}/setup`);
  expect(asked).toEqual(['Leave this page? What you have changed is not saved.', 'Leave this page? What you have changed is not saved.']);

  // Somebody else saves meanwhile.
  const other = await context.newPage();
  await other.goto(`${own.url}/review/exams/${id}/setup`);
  await other.getByTestId('title').fill('Grammar of somebody else');
  await other.getByTestId('save-rules').click();
  await expect(other.getByTestId('saved')).toContainText('Saved at');
  await page.getByTestId('save-rules').click();
  await expect(page.getByRole('alert')).toContainText('Somebody else has changed this exam since you opened it.');
  await pictures(page, 'exam-overtaken');
  await expect(page.getByTestId('title')).toHaveValue('Grammar, changed');
  await page.getByTestId('load-again').click();
  await expect(page.getByTestId('title')).toHaveValue('Grammar of somebody else');

  // The session ends.
  await page.getByTestId('duration').fill('75');
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other.getByTestId('sign-in')).toBeVisible();
  await page.getByTestId('save-rules').click();
  await fillSignIn(page);
  await expect(page.getByTestId('saved')).toContainText('What you had changed before you signed in again is here');
  await expect(page.getByTestId('duration')).toHaveValue('75');
  await page.getByTestId('save-rules').click();
  await expect(page.getByTestId('saved')).toContainText('Saved at');
  expect((await setupOf(page, id)).exam).toMatchObject({ title: 'Grammar of somebody else', durationMinutes: 75 });
  expect(asked).toHaveLength(2);

  leave = true;
  await page.getByTestId('title').fill('Thrown away');
  await page.getByRole('link', { name: 'Courses' }).click();
  await expect(page.getByTestId('new-exam')).toBeVisible();
});

test('an exam without attempts can be deleted, one with an attempt cannot', async ({ page }) => {
  await signIn(page);
  const id = await makeExam(page, 'Made by mistake');
  await page.getByTestId('rules').click();
  await page.getByTestId('delete-exam').click();
  await expectAccessible(page);
  await page.getByTestId('delete-exam-sure').click();
  await expect(page.getByTestId('new-exam')).toBeVisible();
  await expect(page.getByTestId('exam-row').filter({ hasText: 'Made by mistake' })).toHaveCount(0);
  await page.goto(`${own.url}/review/exams/${id}/setup`);
  await expect(page.getByText('There is no such page')).toBeVisible();

  const kept = await makeExam(page, 'With a student');
  await linkTo(page, kept, 'Ada');
  await page.getByTestId('rules').click();
  await expect(page.getByTestId('title')).toHaveValue('With a student');
  await expect(page.getByTestId('delete-exam')).toHaveCount(0);
  // A second link for the same student is refused in words.
  await page.goto(`${own.url}/review/exams/${kept}`);
  await page.getByTestId('new-link').click();
  await page.getByTestId('link-name').fill('Ada');
  await page.getByTestId('link-make').click();
  await expect(page.getByRole('alert')).toContainText('This student has an attempt already, and the exam allows no more.');
});
