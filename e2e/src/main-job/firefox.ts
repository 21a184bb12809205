import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Page } from 'puppeteer-core';
import type { CaptureTruth } from '../clock/capture-truth.js';
import { syntheticDevices } from '../clock/synthetic-devices.js';

/** Where Firefox is; a package of Debian. */
const firefoxPath = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';
const checks = ['browser', 'camera', 'microphone', 'screen', 'uplink'];

/**
 * The same exam in Firefox (WebDriver BiDi), with synthetic devices; the exam has no page of its own here.
 * @param seconds how long is recorded
 * @param prepare before the page is opened. @param look at the page, before the student finishes
 */
export async function takeExamInFirefox(
  link: string,
  seconds: number,
  { prepare, look }: { prepare?: (page: Page) => Promise<unknown>; look?: (page: Page) => Promise<unknown> } = {},
): Promise<CaptureTruth> {
  const profile = await mkdtemp(join(tmpdir(), 'vigil-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: firefoxPath,
    headless: true,
    acceptInsecureCerts: true,
    userDataDir: profile,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
    },
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.evaluateOnNewDocument(syntheticDevices());
    await prepare?.(page);
    const click = async (name: string): Promise<void> => {
      await page.locator(`[data-testid=${name}]`).click();
    };
    await page.goto(link);
    await click('agree');
    await click('share-screen');
    for (const check of checks) await page.waitForSelector(`[data-testid=check-${check}][data-state=passed]`);
    await click('continue');
    await click('start-exam');
    for (const source of ['webcam', 'microphone', 'screen'])
      await page.waitForSelector(`[data-testid=recording-${source}][data-state=recorded]`);
    await new Promise((over) => setTimeout(over, seconds * 1000));
    await look?.(page);
    await click('finish');
    await click('confirm-finish');
    await page.waitForSelector('[data-testid=done]');
    return await page.evaluate(() => (globalThis as unknown as { vigilTruth: () => CaptureTruth }).vigilTruth());
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
