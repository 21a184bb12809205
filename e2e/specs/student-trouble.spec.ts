import { joinExam, waitRecorded } from '../dist/main-job/record.js';
import { startProduct } from '../dist/support/product.js';
import { InstructorApi } from '../dist/support/instructor-api.js';
import { expect, expectAccessible, test } from './support/test.js';

test('a link that is not complete, or not of this server, says so', async ({ page, product, errors }) => {
  errors.allow(/status of 401/);
  await page.goto(`${product.url}/take`);
  await expect(page.getByTestId('trouble')).toContainText('not complete');
  await expect(page.getByTestId('trouble')).toContainText('Ask your instructor');
  await expectAccessible(page);
  await page.goto('about:blank');
  await page.goto(`${product.url}/take#not.a.token`);
  await expect(page.getByTestId('trouble')).toContainText('Copy the whole link again');
});

test('an expired link says so', async ({ page, product, api, errors }) => {
  errors.allow(/status of 410/);
  const { attempt, link } = await api.newAttempt('Student who is late');
  await product.change('attempts', { _id: attempt }, { linkExpiresAt: new Date(0) });
  await page.goto(link);
  await expect(page.getByTestId('trouble')).toContainText('expired');
  await expectAccessible(page);
});

test('who does not agree is not recorded, and may come back', async ({ page, link }) => {
  await page.goto(link);
  await page.getByTestId('leave').click();
  await expect(page.getByTestId('left')).toContainText('nothing was recorded');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Go back' }).click();
  await expect(page.getByTestId('agree')).toBeVisible();
});

test('a browser that cannot record is named before anybody agrees, with what to use instead', async ({ page, link }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'RTCPeerConnection'));
  await page.goto(link);
  await expect(page.getByTestId('lack')).toContainText('Firefox');
  await expect(page.getByTestId('agree')).toHaveCount(0);
  await expectAccessible(page);
});

test('so is a device that cannot share its screen, also when the student has agreed on another', async ({ page, context, link }) => {
  await page.goto(link);
  await page.getByTestId('agree').click();
  await expect(page.getByTestId('check-browser')).toHaveAttribute('data-state', 'passed');
  const phone = await context.newPage();
  await phone.addInitScript(() => Reflect.deleteProperty(MediaDevices.prototype, 'getDisplayMedia'));
  await phone.goto(link);
  await expect(phone.getByTestId('check-browser')).toHaveAttribute('data-state', 'failed');
  await expect(phone.getByTestId('check-browser')).toContainText('on a computer');
  // Trying again on the same device would change nothing.
  await expect(phone.getByTestId('check-retry')).toHaveCount(0);
});

test('who finishes while the server is away is told one thing, and nothing else to do', async ({ page, errors }) => {
  test.setTimeout(240_000);
  errors.allow(/ERR_CONNECTION_REFUSED|WebSocket connection/);
  const own = await startProduct({ workers: 0 });
  try {
    const { link } = await (await InstructorApi.signIn(own)).newAttempt('Student who finishes alone');
    await joinExam(page, link);
    await waitRecorded(page);
    await own.stopServer();
    await expect(page.getByTestId('problem').first()).toHaveAttribute('data-problem', 'network', { timeout: 30_000 });
    await page.getByTestId('finish').click();
    await page.getByTestId('confirm-finish').click();
    await expect(page.getByTestId('problem')).toHaveCount(1);
    await expect(page.getByTestId('problem')).toContainText('leave this page open');
    await expect(page.getByText('being stored')).toHaveCount(0);
    for (const gone of ['elapsed', 'finish']) await expect(page.getByTestId(gone)).toHaveCount(0);
    await expect(page.getByText('Keep this page open while you work')).toHaveCount(0);
    await expectAccessible(page);
  } finally {
    await own.stop();
  }
});

test('an address without a page says so, and leads home', async ({ page, product, errors }) => {
  errors.allow(/status of 40[14]/);
  const answer = await page.goto(`${product.url}/exam/of/nobody`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'go to your courses' }).click();
  await expect(page.getByTestId('sign-in')).toBeVisible();
  // Programs that ask for something else get the contract's answer.
  const response = await page.request.get(`${product.url}/exam/of/nobody`, { headers: { accept: 'application/json' } });
  expect([response.status(), ((await response.json()) as { reason: string }).reason]).toEqual([404, 'notFound']);
});

test('no camera: the card says so and how to mend it', async ({ pageWith, link }) => {
  const page = await pageWith(['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=0']);
  await page.goto(link);
  await page.getByTestId('agree').click();
  const card = page.getByTestId('check-camera');
  await expect(card).toHaveAttribute('data-state', 'failed');
  await expect(card).toContainText('No camera was found');
  await expect(card.getByTestId('check-retry')).toBeVisible();
  await expectAccessible(page);
});

test('permission refused: the card says where to allow the camera', async ({ pageWith, link }) => {
  const page = await pageWith(['--no-sandbox', '--use-fake-device-for-media-stream', '--deny-permission-prompts']);
  await page.goto(link);
  await page.getByTestId('agree').click();
  const card = page.getByTestId('check-camera');
  await expect(card).toHaveAttribute('data-state', 'failed');
  await expect(card).toContainText('is not allowed to use your camera');
  await expectAccessible(page);
});

test('a tab instead of the whole screen is refused', async ({ pageWith, link }) => {
  const page = await pageWith([
    '--no-sandbox',
    '--auto-accept-camera-and-microphone-capture',
    '--use-fake-device-for-media-stream',
    '--auto-select-tab-capture-source-by-title=Another tab',
  ]);
  const other = await page.context().newPage();
  await other.setContent('<title>Another tab</title>');
  await page.bringToFront();
  await page.goto(link);
  await page.getByTestId('agree').click();
  await page.getByTestId('share-screen').click();
  const card = page.getByTestId('check-screen');
  await expect(card).toContainText('asks for the whole screen');
  await expect(card).not.toHaveAttribute('data-state', 'passed');
  await expect(page.getByTestId('share-screen')).toBeVisible();
  await expectAccessible(page);
});
