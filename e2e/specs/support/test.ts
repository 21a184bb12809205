import { type Browser, test as base, chromium, expect, type Page } from '@playwright/test';
import { axeViolations } from '../../dist/support/axe.js';
import { chromiumPath } from '../../dist/support/browser.js';
import { ConsoleErrors } from '../../dist/support/console-errors.js';
import { InstructorApi } from '../../dist/support/instructor-api.js';
import { type Product, startProduct } from '../../dist/support/product.js';

interface Fixtures {
  errors: ConsoleErrors;
  /** A link to an attempt of its own. */
  link: string;
  /** A page in a browser with other flags, e.g. without devices. */
  pageWith: (args: readonly string[]) => Promise<Page>;
}

/** Playwright's test with the real product running, one for all tests of a worker. */
export const test = base.extend<Fixtures, { product: Product; api: InstructorApi }>({
  product: [
    async ({}, use) => {
      const product = await startProduct();
      await use(product);
      await product.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  api: [
    async ({ product }, use) => {
      await use(await InstructorApi.signIn(product));
    },
    { scope: 'worker' },
  ],
  errors: [
    async ({ context }, use) => {
      const errors = new ConsoleErrors();
      errors.watch(context);
      await use(errors);
      expect(errors.unexpected(), 'errors in the console').toEqual([]);
    },
    { auto: true },
  ],
  link: async ({ api }, use, info) => {
    await use((await api.newAttempt(`Student of test ${info.testId.slice(-6)}`)).link);
  },
  pageWith: async ({ errors }, use) => {
    const browsers: Browser[] = [];
    await use(async (args) => {
      const browser = await chromium.launch({ executablePath: chromiumPath, args: [...args] });
      browsers.push(browser);
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      context.setDefaultTimeout(20_000);
      errors.watch(context);
      return context.newPage();
    });
    for (const browser of browsers) await browser.close();
  },
});

/** Checks a page against WCAG 2.2 A and AA, as far as axe can tell. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await axeViolations(page)).toEqual([]);
}

export { picture } from '../../dist/support/pictures.js';
export { expect };
