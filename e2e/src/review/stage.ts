import type { Browser, BrowserContext, Page } from '@playwright/test';
import type { ConsoleErrors } from '../support/console-errors.js';
import type { Product } from '../support/product.js';
import type { Media } from './media.js';
import type { Seeded } from './seed.js';

/** What the parts of the run share: the product with its class, and a browser in which the instructor is signed in. */
export interface Stage {
  product: Product;
  media: Media;
  seeded: Seeded;
  browser: Browser;
  /** Signed in. */
  page: Page;
  /** Of all pages of all parts. */
  errors: ConsoleErrors;
  say: (line: string) => void;
}

/** A page in a context of its own, whose errors are watched. `signedIn`: as the first instructor. */
export async function openPage({ browser, page, errors }: Stage, signedIn: boolean): Promise<Page> {
  const storageState = signedIn ? await page.context().storageState() : undefined;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...(storageState && { storageState }) });
  watchOver(context, errors);
  return context.newPage();
}

/** Whether anybody is signed in is asked by a request whose answer is an error where nobody is. */
export function watchOver(context: BrowserContext, errors: ConsoleErrors): void {
  context.setDefaultTimeout(30_000);
  errors.allow(/status of 401 .*\/api\/session\)$/);
  errors.watch(context);
}

/** Signs in by the page itself. */
export async function signInBy(page: Page, address: string, email: string, password: string): Promise<void> {
  await page.goto(address);
  await page.getByTestId('sign-in-email').fill(email);
  await page.getByTestId('sign-in-password').fill(password);
  await page.getByTestId('sign-in').click();
}

/** The page's own way to the server. @throws {Error} with the answer, when it is refused. */
export async function ask(page: Page, { url }: Product, path: string, send?: { method: string; data: unknown }): Promise<unknown> {
  const answer = await page.request.fetch(url + path, { headers: { origin: url }, ...send });
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}
