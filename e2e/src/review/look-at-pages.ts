import { writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { Line } from '../main-job/report.js';
import { axeViolations } from '../support/axe.js';
import { docs, picture, picturesWanted } from '../support/pictures.js';
import { type PageState, pages } from './pages.js';
import { openPage, type Stage } from './stage.js';

const desktop = { width: 1280, height: 800 };
/** How each state is looked at. */
const looks = {
  light: { scheme: 'light', size: desktop },
  dark: { scheme: 'dark', size: desktop },
  phone: { scheme: 'light', size: { width: 390, height: 844 } },
} as const;
export type Look = keyof typeof looks;
const fileOf = (picture: string): string => `instructor-${picture}`;

/** Looks at every state of every page with axe, and makes their pictures where they are asked for. */
export async function lookAtPages(stage: Stage, as: readonly Look[]): Promise<{ lines: Line[]; axeViolations: number }> {
  const people = { in: await openPage(stage, true), out: await openPage(stage, false) };
  const [violations, wide, unreached]: [string[], string[], string[]] = [[], [], []];
  for (const state of pages) {
    stage.say(state.name);
    if (state.notes) stage.errors.allow(state.notes);
    const page = state.signedOut ? people.out : people.in;
    try {
      await open(stage, page, state);
    } catch (error) {
      unreached.push(`${state.name}: ${String(error)}`);
      continue;
    } finally {
      await page.unrouteAll({ behavior: 'ignoreErrors' });
    }
    for (const look of as) {
      await show(page, look);
      violations.push(...(await axeViolations(page)).map((violation) => `${state.name}, ${look}: ${violation}`));
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > looks[look].size.width) wide.push(`${state.name}: ${width} px`);
      if (state.picture !== undefined && look === 'light') await picture(page, fileOf(state.picture));
      if (state.picture !== undefined && look === 'phone' && state.phone) await picture(page, `${fileOf(state.picture)}-phone`);
    }
    await show(page, 'light');
  }
  for (const page of Object.values(people)) await page.context().close();
  if (picturesWanted) await writeFile(`${docs}pages.md`, pictureBook());
  const seen = `${pages.length} pages and states, ${as.join(', ')}`;
  return {
    axeViolations: violations.length,
    lines: [
      { what: 'pages that could be opened', measured: unreached.join('; ') || `all ${pages.length}`, holds: !unreached.length },
      { what: 'axe', measured: violations.join('; ') || `nothing on ${seen}`, holds: !violations.length },
      { what: 'wider than the window', measured: wide.join('; ') || `none of ${seen}`, holds: !wide.length },
    ],
  };
}

async function open({ product, seeded, media }: Stage, page: Page, state: PageState): Promise<void> {
  const by = (testid: string) => page.getByTestId(testid);
  const go = async (path: string, testid: string): Promise<void> => {
    await page.goto(product.url + path);
    await by(testid).first().waitFor();
  };
  await state.open({ page, seeded, media, go, by });
}

async function show(page: Page, look: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: looks[look].scheme });
  await page.setViewportSize(looks[look].size);
  // Drawn as it is now.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** The page of the documentation that shows the pictures. */
export function pictureBook(): string {
  const shown = pages.flatMap(({ name, picture: file, phone }) => (file === undefined ? [] : [{ name, file: fileOf(file) }, ...(phone ? [{ name: `${name}, on a phone`, file: `${fileOf(file)}-phone` }] : [])]));
  return [
    '# The instructor’s pages',
    '',
    'Made by the test: `VIGIL_PICTURES=1 npm run e2e -- review pages`, from `e2e/src/review/pages.ts`. The class is made up, and its cameras show a test picture.',
    ...shown.flatMap(({ name, file }) => ['', `## ${name}`, '', `![${name}](pictures/${file}.png)`]),
    '',
  ].join('\n');
}
