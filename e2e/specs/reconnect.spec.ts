import { chromium, expect, test } from '@playwright/test';
import { finishExam, joinExam, waitRecorded } from '../dist/main-job/record.js';
import { chromiumPath, fakeDevices } from '../dist/support/browser.js';
import { makeNetwork } from '../dist/support/network.js';
import { startProduct } from '../dist/support/product.js';

/** From the network's return, ms. */
const backWithinMs = 5_000;

test('after a lost connection the page rejoins by itself within 5 s of the network’s return', async () => {
  const network = await makeNetwork(0);
  const product = await startProduct({ env: network.env, prefix: network.prefix }).catch(async (error: unknown) => {
    await network.stop();
    throw error;
  });
  const browser = await chromium.launch({ executablePath: chromiumPath, args: fakeDevices });
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    await joinExam(page, product.studentLink);
    await waitRecorded(page);
    const connection = page.getByTestId('network-state');
    for (const round of ['a first time', 'a second time']) {
      await network.cut();
      await expect(connection, round).toHaveAttribute('data-state', 'lost', { timeout: 30_000 });
      await expect(page.getByTestId('problem').first()).toHaveAttribute('data-problem', 'network');
      await network.mend();
      await expect(connection, round).toHaveAttribute('data-state', 'connected', { timeout: backWithinMs });
      await waitRecorded(page);
    }
    await finishExam(page);
  } finally {
    await browser.close();
    await product.stop();
    await network.stop();
  }
});
