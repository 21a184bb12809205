import { AttemptTimeline, medianOf } from '@vigil/protocol';
import { type Browser, chromium, errors, type Page } from '@playwright/test';
import type { Captured, CaptureTruth } from '../clock/capture-truth.js';
import { readPicture } from '../clock/picture-code.js';
import { chromiumPath } from '../support/browser.js';
import type { Product } from '../support/product.js';
import { match } from './compare.js';
import { lasting } from './record.js';

/** One stretch of playing: how far the pictures that were seen are from the timeline's position, ms. */
export interface Playing {
  name: string;
  /** How many new frames were seen with a readable code. */
  webcam: { frames: number; offMs: number };
  screen: { frames: number; offMs: number };
  /** Between webcam and screen, ms. */
  stepMs: number;
}

/** A frame as the page showed it: the code in it, and the timeline's position at that moment (ms from its start). */
interface Seen {
  pane: 'webcam' | 'screen';
  code: number;
  positionMs: number;
}

/** What a place has to show before it is judged. */
const framesToSee = { webcam: 20, screen: 6 } as const;
/** Each place is played for so long at most: longer than the player waits for a slow pane, and than a scene without a code. */
const playLimitMs = 20_000;

/** A reviewer's browser, signed in by the page itself. */
export interface Reviewer {
  browser: Browser;
  page: Page;
  /** What the page's console said was wrong. */
  errors: string[];
}

/** Opens the instructor's page and signs in. */
export async function signIn(product: Product): Promise<Reviewer> {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'] });
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } })).newPage();
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(product.instructor.url);
  // Whether someone is signed in is asked by a request whose answer is an error: expected once.
  await page.getByTestId('sign-in-email').fill(product.instructor.email);
  errors.length = 0;
  await page.getByTestId('sign-in-password').fill(product.instructor.password);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('exam-row').first().waitFor();
  return { browser, page, errors };
}

/** What the API tells of an attempt. */
export async function timelineOf(page: Page, product: Product, attempt: string): Promise<AttemptTimeline> {
  const answer = await page.request.get(new URL(`/api/attempts/${attempt}`, product.url).href);
  return AttemptTimeline.parse(await answer.json());
}

/** Waits until the recorder worker is through with an attempt, or `limitMs` have passed. */
export async function analysed(page: Page, product: Product, attempt: string, limitMs: number): Promise<AttemptTimeline> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const timeline = await timelineOf(page, product, attempt);
    if (timeline.analysis === 'done' || timeline.analysis === 'failed' || Date.now() > deadline) return timeline;
    await lasting(1_000);
  }
}

/** What `watch` leaves in the page: `seen` grows by itself. */
interface Watched {
  vigilSeen: Seen[];
}

/** Runs in the page: notes each new frame of both panes with the position at that moment. */
function watch(read: (luma: Uint8Array, width: number, height: number) => number | null): void {
  const seen: Seen[] = [];
  const width = 320;
  for (const pane of ['webcam', 'screen'] as const) {
    const canvas = new OffscreenCanvas(width, pane === 'webcam' ? 240 : 180);
    const pen = canvas.getContext('2d', { willReadFrequently: true })!;
    let last: HTMLVideoElement | null = null;
    const look = (): void => {
      // The player may put another element there at any time.
      const video = document.querySelector<HTMLVideoElement>(`[data-testid=pane-${pane}] video`);
      if (!video || video === last) return;
      last = video;
      const next = (): void => {
        const positionMs = Number(document.querySelector<HTMLElement>('[data-testid=position]')?.dataset['ms']);
        pen.drawImage(video, 0, 0, canvas.width, canvas.height);
        const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
        const luma = new Uint8Array(data.length / 4).map((_, i) => data[i * 4 + 1] ?? 0);
        const code = read(luma, canvas.width, canvas.height);
        if (code !== null && !video.seeking) seen.push({ pane, code, positionMs });
        if (video === last) video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    };
    look();
    setInterval(look, 200);
  }
  Object.assign(globalThis, { vigilSeen: seen });
}

/** Plays an attempt from several places and compares what is seen with what was captured then. */
export async function playBack(reviewer: Reviewer, attempt: string, timeline: AttemptTimeline, truth: CaptureTruth): Promise<Playing[]> {
  const { page } = reviewer;
  await page.getByTestId('exam-row').getByRole('link').first().click();
  const row = page.getByTestId('attempt-row').filter({ hasText: timeline.student.name });
  await row.getByRole('link').first().click();
  await page.waitForURL((url) => url.pathname.includes(attempt));
  await page.locator('[data-testid=pane-webcam] video').waitFor();
  await page.evaluate(`(${watch.toString()})(${readPicture.toString()})`);

  const playings: Playing[] = [];
  for (const [name, share] of [['from the start', null], ['after a seek back', 0.12], ['after a seek ahead', 0.75]] as const) {
    if (share !== null) {
      const box = (await page.getByTestId('timeline').boundingBox())!;
      await page.mouse.click(box.x + box.width * share, box.y + box.height / 2);
    } else await page.getByTestId('play').click();
    await bothPlay(page);
    // What the old place still shows does not count.
    await page.evaluate(() => (globalThis as unknown as Watched).vigilSeen.splice(0));
    await framesSeen(page);
    const seen = await page.evaluate(() => (globalThis as unknown as Watched).vigilSeen.splice(0));
    playings.push(judge(name, seen, timeline.startMs, truth));
  }
  return playings;
}

/** Waits until both panes play at the place that was asked for. */
async function bothPlay(page: Page): Promise<void> {
  // The player takes a jump at its next animation frame.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  for (const pane of ['webcam', 'screen'] as const)
    await page.waitForFunction(
      (name) => document.querySelector<HTMLElement>(`[data-testid=pane-${name}]`)?.dataset['state'] === 'playing',
      pane,
      { timeout: playLimitMs },
    );
}

/** Waits until both panes have shown enough; where they do not within the limit, what there is gets judged. */
async function framesSeen(page: Page): Promise<void> {
  const enough = (wanted: typeof framesToSee): boolean => {
    const { vigilSeen } = globalThis as unknown as Watched;
    return (['webcam', 'screen'] as const).every((pane) => vigilSeen.filter((one) => one.pane === pane).length >= wanted[pane]);
  };
  await page.waitForFunction(enough, framesToSee, { timeout: playLimitMs }).catch((error: unknown) => {
    if (!(error instanceof errors.TimeoutError)) throw error;
  });
}

function judge(name: string, seen: readonly Seen[], startMs: number, truth: CaptureTruth): Playing {
  const off = (pane: Seen['pane'], captured: readonly Captured[]): { frames: number; offMs: number } => {
    const shown = seen.filter((one) => one.pane === pane).map(({ positionMs, code }) => ({ atMs: startMs + positionMs, code }));
    return { frames: shown.length, offMs: medianOf(match(shown, captured).map(({ shiftMs }) => shiftMs)) };
  };
  const webcam = off('webcam', truth.webcam.flat());
  const screen = off('screen', truth.screen.flat());
  return { name, webcam, screen, stepMs: Math.abs(webcam.offMs - screen.offMs) };
}
