import { chromium } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Line } from '../main-job/report.js';
import { chromiumPath } from '../support/browser.js';
import { ConsoleErrors } from '../support/console-errors.js';
import { startProduct } from '../support/product.js';
import { Undo } from '../support/undo.js';
import { compareClip } from './clip.js';
import { walkDecisions } from './decision-paths.js';
import { reviewByKeyboard } from './keyboard-review.js';
import { type Look, lookAtPages } from './look-at-pages.js';
import { makeMedia } from './media.js';
import { seedClass } from './seed.js';
import { measureSpeed } from './speed.js';
import { signInBy, type Stage, watchOver } from './stage.js';

/** What can be run by itself, in this order. */
export const parts = ['speed', 'decisions', 'keyboard', 'clip', 'pages'] as const;
export type Part = (typeof parts)[number];

export interface ReviewRun {
  parts: readonly Part[];
  attempts: number;
  /** About how long an attempt is, but for the one of 3 h. */
  minutes: number;
  loads: number;
  clicks: number;
  /** How each page is looked at. */
  looks: readonly Look[];
}

export interface ReviewResult {
  lines: Line[];
  overviewMs?: number;
  clickToFrameMedianMs?: number;
  axeViolations?: number;
}

/** A class of attempts in the real product, and how an instructor gets through it. */
export async function runReview(wanted: ReviewRun, say: (line: string) => void): Promise<ReviewResult> {
  const undo = new Undo();
  try {
    const product = undo.add(await startProduct());
    say('the product runs');
    const folder = join(product.data, 'made');
    await mkdir(folder);
    const media = await makeMedia(folder);
    const seeded = await seedClass(product, media, wanted.attempts, wanted.minutes);
    say(`${seeded.attempts} attempts with ${seeded.segments} segments are there`);
    const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'] });
    undo.add({ stop: () => browser.close() });
    const errors = new ConsoleErrors();
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    watchOver(context, errors);
    const page = await context.newPage();
    await signInBy(page, product.instructor.url, product.instructor.email, product.instructor.password);
    await page.getByTestId('exam-row').first().waitFor();
    const stage: Stage = { product, media, seeded, browser, page, errors, say };

    const result: ReviewResult = { lines: [] };
    const run: Record<Part, () => Promise<Partial<ReviewResult> & { lines: Line[] }>> = {
      speed: () => measureSpeed(stage, wanted),
      decisions: async () => ({ lines: await walkDecisions(stage) }),
      keyboard: async () => ({ lines: await reviewByKeyboard(stage) }),
      clip: async () => ({ lines: await compareClip(stage) }),
      pages: () => lookAtPages(stage, wanted.looks),
    };
    for (const part of wanted.parts) {
      say(part);
      // What breaks off one part says nothing of the others.
      const { lines, ...numbers } = await run[part]().catch((error: unknown) => ({ lines: [{ what: part, measured: error instanceof Error ? (error.stack ?? error.message) : String(error), holds: false }] }));
      result.lines.push(...lines);
      Object.assign(result, numbers);
    }
    result.lines.push({ what: 'console', measured: errors.unexpected().join('; ') || 'no error', holds: !errors.unexpected().length });
    return result;
  } finally {
    await undo.all();
  }
}
