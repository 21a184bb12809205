import type { BrowserContext, Page } from '@playwright/test';
import type { CaptureNotes, CaptureTruth } from '../clock/capture-truth.js';
import { setBlack } from '../clock/screen-page.js';

/** What happened while a student was recorded, in the browser's wall clock, ms. */
export interface Session {
  truth: CaptureTruth;
  /** When the exam's page was black. */
  black: { fromMs: number; toMs: number };
  /** When the exam's page came to the front, and went: the screen turns into another picture. */
  turnedMs: number[];
}

const checks = ['browser', 'camera', 'microphone', 'screen', 'uplink'] as const;

/** Passes the checks. @param link to open, and agree, before. */
export async function checksPassed(page: Page, link?: string): Promise<void> {
  if (link !== undefined) {
    await page.goto(link);
    await page.getByTestId('agree').click();
  }
  await page.getByTestId('share-screen').click({ timeout: 60_000 });
  for (const check of checks)
    await page.locator(`[data-testid=check-${check}][data-state=passed]`).waitFor({ timeout: 60_000 });
}

/** Takes a student from the link to the exam's page, as a person would: agree, pass the checks, start. */
export async function joinExam(page: Page, link: string): Promise<void> {
  await checksPassed(page, link);
  await page.getByTestId('continue').click();
  await page.getByTestId('start-exam').click();
}

/** Waits until the bar says that a source is recorded. */
export async function waitRecorded(page: Page, sources = ['webcam', 'microphone', 'screen'], timeout = 30_000): Promise<void> {
  for (const source of sources)
    await page.locator(`[data-testid=recording-${source}][data-state=recorded]`).waitFor({ timeout });
}

/** Ends the exam as a student does; resolves when the page says that all is stored. */
export async function finishExam(page: Page): Promise<void> {
  await page.getByTestId('finish').click();
  await page.getByTestId('confirm-finish').click();
  await page.getByTestId('done').waitFor({ timeout: 60_000 });
}

/** Resolves after so long. For what has to last, not to wait for something. */
export const lasting = (ms: number): Promise<void> => new Promise((over) => setTimeout(over, ms));

/**
 * The whole exam: the exam's own page is opened in front of the student's, is black for a while, and is there again.
 * @param seconds how long is recorded
 * @param say hears of each step
 */
export async function takeExam(
  context: BrowserContext,
  notes: CaptureNotes,
  link: string,
  seconds: number,
  say: (line: string) => void,
): Promise<Session> {
  const page = context.pages()[0] ?? (await context.newPage());
  await joinExam(page, link);
  await waitRecorded(page);
  say('the student is recorded');
  const opened = context.waitForEvent('page');
  await page.getByTestId('exam-link').click();
  const exam = await opened;
  await exam.waitForLoadState();
  const turnedMs = [Date.now()];
  await lasting(seconds * 300);
  const fromMs = await setBlack(exam, true);
  await lasting(10_000);
  const toMs = await setBlack(exam, false);
  await lasting(seconds * 700 - 10_000);
  await page.bringToFront();
  turnedMs.push(Date.now());
  await finishExam(page);
  say('the student has finished');
  const truth = notes.truth();
  say(`the browser noted ${truth.webcam.flat().length} pictures of the camera, ${truth.screen.flat().length} of the screen, ${truth.microphone.flat().length} bursts`);
  return { truth, black: { fromMs, toMs }, turnedMs };
}
