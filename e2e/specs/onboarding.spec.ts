import { type Page } from '@playwright/test';
import { InstructorApi } from '../dist/support/instructor-api.js';
import { startProduct } from '../dist/support/product.js';
import { FakeOnboarding } from './support/fake-onboarding.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

/** Agrees to the recording, and to the onboarding. */
async function begin(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByTestId('agree').click();
  await page.getByTestId('onboarding-agree').click();
}

const step = (page: Page) => page.getByTestId('onboarding-step');

test('a student agrees, shows everything, and goes on to the checks, which know them again', async ({ page, link }) => {
  const fake = await new FakeOnboarding(page, { document: true, room: true }).install();
  fake.problems.front = [['too-dark', 'turned-away'], ['too-dark'], []];
  fake.problems.document = [['no-document', 'name-differs'], []];
  await page.goto(link);
  await page.getByTestId('agree').click();
  await expect(page.getByTestId('onboarding-agree')).toBeVisible();
  await expectAccessible(page);
  await picture(page, 'onboarding-notice');
  await page.getByTestId('onboarding-agree').click();

  await expect(page.getByTestId('onboarding-hint')).toHaveText('A little more light from the front');
  await expectAccessible(page);
  await expect(step(page)).toHaveAttribute('data-step', 'document');
  expect(fake.sent.map((sent) => sent.step)).toEqual(['front', 'front', 'front', 'right', 'closer', 'left']);
  for (const { type, bytes } of fake.sent) expect([type, bytes > 1_000 && bytes < 1_000_000]).toEqual(['image/jpeg', true]);

  await page.getByTestId('picture-take').click();
  await expect.poll(() => page.getByAltText('What you have taken').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1_280);
  await page.getByTestId('picture-send').click();
  await expect(page.getByTestId('onboarding-problems').getByRole('listitem')).toHaveCount(2);
  await expectAccessible(page);
  await page.getByTestId('picture-again').click();
  await page.getByTestId('picture-take').click();
  await page.getByTestId('picture-send').click();

  await expect(step(page)).toHaveAttribute('data-step', 'room');
  await page.getByTestId('film-start').click();
  await expect(page.getByTestId('film-left')).toContainText('s');
  await expect(page.getByTestId('film-send')).toBeVisible({ timeout: 40_000 });
  await expectAccessible(page);
  await page.getByTestId('film-send').click();
  await expect(page.getByTestId('onboarding-done')).toContainText('valid until');
  await expectAccessible(page);
  const film = fake.sent.at(-1);
  expect(film).toMatchObject({ step: 'room', type: 'video/webm' });
  // 20 s of at most 600 kbit/s.
  expect(film?.bytes).toBeGreaterThan(10_000);
  expect(film?.bytes).toBeLessThan(1_500_000);

  await page.getByTestId('onboarding-continue').click();
  await expect(page.getByTestId('check-face')).toContainText('We recognise you.');
  await expectAccessible(page);
});

test('who would rather not goes on without, and may change their mind at the checks', async ({ page, link }) => {
  const fake = await new FakeOnboarding(page).install();
  await page.goto(link);
  await page.getByTestId('agree').click();
  await page.getByTestId('onboarding-decline').click();
  await expect(page.getByTestId('check-browser')).toBeVisible();
  await expect(page.getByTestId('check-face')).toHaveCount(0);
  expect(fake.view.state).toBe('declined');
  await expectAccessible(page);
  await page.getByTestId('onboarding-open').click();
  await page.getByTestId('onboarding-agree').click();
  await expect(page.getByTestId('onboarding-done')).toBeVisible();
  await page.getByTestId('onboarding-continue').click();
  await expect(page.getByTestId('check-face')).toHaveAttribute('data-state', 'passed');
});

test('who has begun may still go on without: what was shown is deleted', async ({ page, link }) => {
  const fake = await new FakeOnboarding(page, { document: true }).install();
  await begin(page, link);
  await expect(step(page)).toHaveAttribute('data-step', 'document');
  await page.getByText('I would rather go on without').click();
  await expectAccessible(page);
  await page.getByTestId('onboarding-decline').click();
  await expect(page.getByTestId('onboarding-left')).toContainText('nothing was compared');
  expect(fake.view.state).toBe('declined');
});

test('what a program does not accept a person can look at; glasses can stay on', async ({ page, link }) => {
  test.slow();
  const fake = await new FakeOnboarding(page).install();
  fake.problems.front = [['glasses']];
  fake.problems.right = [['not-turned']];
  await begin(page, link);
  await expect(page.getByTestId('onboarding-hint')).toContainText('take your glasses off');
  await page.getByTestId('keep-glasses').click();
  await expect(step(page)).toHaveAttribute('data-step', 'right');
  expect(fake.sent.at(-1)?.search).toBe('?keep=glasses');
  await expect(page.getByTestId('onboarding-stuck')).toContainText('Turn a little more', { timeout: 40_000 });
  await expectAccessible(page);
  await page.getByTestId('onboarding-retry').click();
  await expect(page.getByTestId('onboarding-hint')).toBeVisible();
  await expect(page.getByTestId('onboarding-person')).toBeVisible({ timeout: 40_000 });
  await page.getByTestId('onboarding-person').click();
  await expect(page.getByTestId('onboarding-done')).toContainText('A person will look at this. The exam can be taken.');
  await expectAccessible(page);
  fake.looks.push({ outcome: 'unclear', problems: ['too-dark'] }, { outcome: 'unclear', problems: ['too-dark'] });
  await page.getByTestId('onboarding-continue').click();
  const card = page.getByTestId('check-face');
  await expect(card).toHaveAttribute('data-state', 'failed');
  await expect(card).toContainText('A little more light');
  await card.getByTestId('check-retry').click();
  await expect(card).toHaveAttribute('data-state', 'passed');
});

test('what a person did not accept is shown again', async ({ page, link }) => {
  const fake = await new FakeOnboarding(page, { document: true }).install();
  fake.view = {
    ...fake.view,
    state: 'refused',
    agreedAtMs: 1,
    remark: 'The name on the card is covered.',
    steps: fake.view.steps.map((one) => ({ ...one, state: one.step === 'document' ? 'open' : 'passed' })),
  };
  await page.goto(link);
  await page.getByTestId('agree').click();
  const refused = page.getByTestId('onboarding-refused');
  await expect(refused).toContainText('The name on the card is covered.');
  await expect(refused.getByRole('listitem')).toHaveText(['your identity document']);
  await expectAccessible(page);
  await page.getByTestId('onboarding-again').click();
  await expect(step(page)).toHaveAttribute('data-step', 'document');
  await page.getByTestId('onboarding-later').click();
  await expect(page.getByTestId('onboarding-left')).toBeVisible();
});

test('a server that is away for a moment costs nothing', async ({ page, link, errors }) => {
  errors.allow(/status of 503/);
  const fake = await new FakeOnboarding(page, { document: true }).install();
  await begin(page, link);
  await expect(step(page)).toHaveAttribute('data-step', 'document');
  await page.getByTestId('picture-take').click();
  fake.away = 2;
  await page.getByTestId('picture-send').click();
  await expect(page.getByTestId('away')).toContainText('Trying again');
  await expect(page.getByTestId('onboarding-done')).toBeVisible();
});

test('no camera is no dead end', async ({ pageWith, link }) => {
  const page = await pageWith(['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=0']);
  await new FakeOnboarding(page).install();
  await begin(page, link);
  await expect(page.getByTestId('camera-problem')).toContainText('No camera was found');
  await expect(page.getByTestId('camera-retry')).toBeVisible();
  await expectAccessible(page);
  await page.getByTestId('onboarding-later').click();
  await expect(page.getByTestId('check-camera')).toHaveAttribute('data-state', 'failed');
});

test('the real server: what no program can accept waits for a person, who asks for a part again', async ({ page, context, errors }) => {
  test.setTimeout(480_000);
  errors.allow(/status of 401/);
  const own = await startProduct();
  try {
    const api = await InstructorApi.signIn(own);
    const { id } = await api.exam();
    await own.change('exams', { _id: id }, { 'rules.identity': { document: false, room: false } });
    const { link } = await api.newAttempt('Student without a face');
    await begin(page, link);
    // The test picture shows no face, whatever is asked for.
    for (let i = 0; i < 4; i += 1) {
      await expect(page.getByTestId('onboarding-stuck')).toContainText('Bring your face into the oval', { timeout: 90_000 });
      const prompt = await page.getByTestId('onboarding-prompt').textContent();
      await page.getByTestId('onboarding-person').click();
      await expect(page.getByText(prompt ?? '', { exact: true })).toHaveCount(0);
    }
    await expect(page.getByTestId('onboarding-done')).toContainText('A person will look at this. The exam can be taken.');
    await page.getByTestId('onboarding-continue').click();
    await expect(page.getByTestId('check-face')).toContainText('A person will compare.', { timeout: 60_000 });

    const instructor = await context.newPage();
    await instructor.goto(own.instructor.url);
    await instructor.getByTestId('sign-in-email').fill(own.instructor.email);
    await instructor.getByTestId('sign-in-password').fill(own.instructor.password);
    await instructor.getByTestId('sign-in').click();
    await instructor.getByTestId('onboardings').click();
    const card = instructor.getByTestId('onboarding-card');
    await expect(card).toHaveAttribute('data-state', 'with-person');
    const front = card.locator('[data-step=front]');
    await expect(front).toContainText('No face found');
    await expect.poll(() => front.locator('img').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(640);
    await expectAccessible(instructor);
    await picture(instructor, 'instructor-onboarding');
    await front.getByTestId('onboarding-refuse').click();
    await expectAccessible(instructor);
    await instructor.getByTestId('decision-reason').fill('There is no face in the picture.');
    await instructor.getByTestId('decision-store').click();
    await expect(card).toHaveAttribute('data-state', 'refused');
    await expect(card).toContainText('1 decision');

    await page.reload();
    await expect(page.getByTestId('onboarding-refused')).toContainText('There is no face in the picture.');
    await page.getByTestId('onboarding-later').click();
    await expect(page.getByTestId('onboarding-left')).toBeVisible();
  } finally {
    await own.stop();
  }
});
