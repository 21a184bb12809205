import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { makeMedia } from '../dist/review/media.js';
import { type Seeded, seedClass } from '../dist/review/seed.js';
import { expect, expectAccessible, picture, test as base } from './support/test.js';

/** A class of 40 attempts at an exam. How fast it is with 300 is `npm run e2e -- review`. */
const test = base.extend<{ signedIn: Page }, { seeded: Seeded }>({
  seeded: [
    async ({ product }, use) => {
      const folder = join(product.data, 'made');
      await mkdir(folder);
      await use(await seedClass(product, await makeMedia(folder), 40, 4));
    },
    { scope: 'worker', timeout: 240_000 },
  ],
  signedIn: async ({ page, product, seeded, errors }, use) => {
    errors.allow(/status of 401/);
    await page.goto(`${product.url}/review/exams/${seeded.exam}`);
    await page.getByTestId('sign-in-email').fill(product.instructor.email);
    await page.getByTestId('sign-in-password').fill(product.instructor.password);
    await page.getByTestId('sign-in').click();
    await expect(page.getByTestId('attempt-row')).toHaveCount(40);
    await expect(page.getByTestId('counting')).toHaveCount(0);
    await use(page);
  },
});

const names = (page: Page): Promise<string[]> => page.getByTestId('attempt-row').getByRole('rowheader').getByRole('link').allInnerTexts();

test('the class is ranked; it is sorted, filtered and searched, and the address brings it back', async ({ signedIn: page, seeded }) => {
  const rows = page.getByTestId('attempt-row');
  await expect(page.getByRole('columnheader', { name: 'Points' })).toHaveAttribute('aria-sort', 'descending');
  const points = (await page.locator('[data-testid=attempt-row] td[data-label=Points]').allInnerTexts()).map((text) => Number.parseFloat(text)).filter((one) => !Number.isNaN(one));
  expect(points.length).toBeGreaterThan(20);
  expect(points).toEqual([...points].sort((a, b) => b - a));
  await expectAccessible(page);
  await picture(page, 'overview');

  // By keyboard alone.
  await page.getByTestId('sort-name').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('columnheader', { name: 'Student' })).toHaveAttribute('aria-sort', 'ascending');
  const sorted = await names(page);
  expect(sorted).toEqual([...sorted].sort(new Intl.Collator('en').compare));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('columnheader', { name: 'Student' })).toHaveAttribute('aria-sort', 'descending');

  await page.getByTestId('filter-states').locator('summary').press('Enter');
  await page.getByTestId('filter-states-interrupted').press('Space');
  await expect(rows.first()).toContainText('Interrupted');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('filter-states').locator('summary')).toBeFocused();
  await expect(page.getByTestId('filter-states-interrupted')).toBeHidden();
  expect(new URL(page.url()).search).toBe('?sort=name&states=interrupted');
  const interrupted = await names(page);
  await page.reload();
  await expect(rows).toHaveCount(interrupted.length);
  expect(await names(page)).toEqual(interrupted);
  await expect(page.getByTestId('live-interrupted')).toContainText(String(interrupted.length));
  await page.getByTestId('show-all').click();
  await expect(rows).toHaveCount(40);

  await page.getByTestId('filter-text').fill('clara');
  await expect(page.getByTestId('shown')).toHaveText('2 of 40 attempts');
  await page.getByTestId('filter-text').fill('nobody of that name');
  await expect(page.getByTestId('no-match')).toBeVisible();
  await page.getByTestId('filter-text').fill('');
  await page.getByTestId('filter-words').fill(seeded.word);
  await page.getByTestId('find-words').click();
  await expect(page.getByTestId('shown')).toContainText(`${seeded.wordAttempts} of 40 attempts on whose screen`);
  await expectAccessible(page);
  await page.getByTestId('hit').first().click();
  await expect(page).toHaveURL(/\/review\/attempts\/[0-9a-f]{24}\?t=90$/);
  await page.goBack();
  await expect(rows).toHaveCount(seeded.wordAttempts);
});

test('a view is saved, opened again and deleted', async ({ signedIn: page }) => {
  await page.getByTestId('filter-outliers').check();
  const search = new URL(page.url()).search;
  await expect(page.getByTestId('attempt-row').first()).toContainText('far above the others');
  const menu = page.getByTestId('saved-views');
  await menu.locator('summary').click();
  await page.getByTestId('view-name').fill('Look at first');
  await page.getByTestId('view-name').press('Enter');
  await expect(page.getByTestId('views-said')).toHaveText('“Look at first” is saved.');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('show-all').click();
  await expect(page.getByTestId('attempt-row')).toHaveCount(40);
  await menu.locator('summary').click();
  await page.getByTestId('saved-view').click();
  await expect(page.getByTestId('filter-outliers')).toBeChecked();
  expect(new URL(page.url()).search).toBe(search);
  await page.reload();
  await menu.locator('summary').click();
  await page.getByTestId('delete-view').click();
  await expect(page.getByTestId('saved-view')).toHaveCount(0);
});

test('many are marked as reviewed at once, and that is taken back', async ({ signedIn: page }) => {
  const rows = page.getByTestId('attempt-row');
  await page.getByTestId('select').nth(0).check();
  await page.getByTestId('select').nth(2).check();
  await expect(page.getByTestId('selected')).toHaveText('2 attempts selected');
  await expectAccessible(page);
  await picture(page, 'overview-selected');
  await page.getByTestId('mark-reviewed').click();
  await expect(page.getByTestId('marked')).toHaveText('2 attempts marked as reviewed.');
  await expect(rows.nth(0).getByTestId('reviewed')).toContainText('✓');
  await expect(rows.nth(2).getByTestId('reviewed')).toContainText('Demo instructor');
  await page.getByTestId('filter-unreviewed').check();
  await expect(page.getByTestId('shown')).toHaveText('38 of 40 attempts');
  await page.getByTestId('select-all').check();
  await page.getByTestId('mark-reviewed').click();
  await expect(page.getByTestId('no-match')).toBeVisible();
  await page.getByTestId('undo-mark').click();
  await expect(rows).toHaveCount(38);
  await page.getByTestId('show-all').click();
  await rows.nth(0).getByRole('link').first().click();
  await expect(page.getByTestId('audit-entry').first()).toContainText('Marked as reviewed');
});

test('it fits a phone, and the dark', async ({ signedIn: page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);
  await picture(page, 'overview-dark');
  await page.setViewportSize({ width: 360, height: 780 });
  await page.getByTestId('sort').selectOption('missing');
  await expect(page.getByTestId('attempt-row').first()).toContainText('Webcam:');
  const widest = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(widest).toBeLessThanOrEqual(360);
  await expectAccessible(page);
  await picture(page, 'overview-phone');
  await page.getByTestId('attempt-row').first().scrollIntoViewIfNeeded();
  await picture(page, 'overview-phone-row');
  await page.setViewportSize({ width: 1920, height: 1000 });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'overview-wide');
});
