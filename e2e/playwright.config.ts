import { defineConfig } from '@playwright/test';
import { chromiumPath, fakeDevices } from './dist/support/browser.js';

/** Browser tests on the real product in Debian's Chromium. One at a time: each records, and the machine may be small. */
export default defineConfig({
  testDir: 'specs',
  outputDir: 'test-results',
  workers: 1,
  // Beyond the sum of a test's own limits, so that the one that was passed says what is wrong.
  timeout: 240_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env['CI']),
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 20_000,
    launchOptions: { executablePath: chromiumPath, args: fakeDevices },
    trace: 'retain-on-failure',
  },
});
