import { expect, expectAccessible, test } from './support/test.js';

test('a link that is not complete, or not of this server, says so', async ({ page, product, errors }) => {
  errors.allow(/status of 401/);
  await page.goto(`${product.url}/take`);
  await expect(page.getByTestId('trouble')).toContainText('not complete');
  await expectAccessible(page);
  await page.goto('about:blank');
  await page.goto(`${product.url}/take#not.a.token`);
  await expect(page.getByTestId('trouble')).toContainText('Open it again from where you got it');
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

test('a browser that cannot record is named, with what to use instead', async ({ page, link }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'RTCPeerConnection'));
  await page.goto(link);
  await page.getByTestId('agree').click();
  await expect(page.getByTestId('check-browser')).toHaveAttribute('data-state', 'failed');
  await expect(page.getByTestId('check-browser')).toContainText('Firefox');
  await expectAccessible(page);
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
  await expect(card).toContainText('may not use your camera');
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
