import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, test as base, chromium, expect, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from '../../dist/support/browser.js';
import { InstructorApi } from '../../dist/support/instructor-api.js';
import { type Product, startProduct } from '../../dist/support/product.js';

/** What browsers' consoles say is wrong. Each test fails on what it does not expect. */
export class ConsoleErrors {
  private readonly seen: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** An error that belongs to the test, such as the browser's note of a refused request. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() === 'error') this.seen.push(`${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.seen.push(String(error.error())));
  }

  unexpected(): string[] {
    return this.seen.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
  }
}

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
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
}

/** Writes a picture for the documentation, when VIGIL_PICTURES=1 asks for it. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env['VIGIL_PICTURES'] !== '1') return;
  await page.screenshot({ path: fileURLToPath(new URL(`../../../docs/pictures/${name}.png`, import.meta.url)) });
}

export { expect };
