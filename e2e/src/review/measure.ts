import { medianOf } from '@vigil/protocol';
import type { Page } from '@playwright/test';

/** `480 ms (450–530)`: the median, and the spread. */
export const spread = (values: readonly number[]): string =>
  `${Math.round(medianOf(values))} ms (${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))}, ${values.length} times)`;

/** A load of the overview, ms since the navigation began. */
export interface Load {
  /** More rows than fit on the screen are there in a sorted table, the filter takes words, and the browser has drawn that and answers. */
  readyMs: number;
  /** The last row is there. */
  allMs: number;
  /** The list's answer was there. */
  answeredMs: number;
}

/** Loads the overview anew. */
export async function loadOverview(page: Page, address: string, rows: number): Promise<Load> {
  await page.goto('about:blank');
  await page.goto(address, { waitUntil: 'commit' });
  return page.evaluate(
    (wanted) =>
      new Promise<{ readyMs: number; allMs: number; answeredMs: number }>((resolve) => {
        let readyMs = 0;
        const rowsThere = (): number => document.querySelectorAll('[data-testid=attempt-row]').length;
        const ready = (): boolean =>
          rowsThere() >= Math.min(wanted, 40) &&
          document.querySelector('th[aria-sort=ascending], th[aria-sort=descending]') !== null &&
          document.querySelector<HTMLInputElement>('[data-testid=filter-text]')?.disabled === false;
        const look = (): void => {
          if (!readyMs && ready()) setTimeout(() => (readyMs = performance.now()));
          if (readyMs && rowsThere() === wanted) {
            const answer = performance.getEntriesByType('resource').find(({ name }) => /\/api\/exams\/[0-9a-f]+$/.test(name)) as PerformanceResourceTiming | undefined;
            resolve({ readyMs, allMs: performance.now(), answeredMs: answer?.responseEnd ?? NaN });
          } else requestAnimationFrame(look);
        };
        look();
      }),
    rows,
  );
}

/** Types a name into the filter: ms until the list shows only what matches. */
export async function filterMs(page: Page, text: string, rows: number): Promise<number> {
  const took = page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        let typedAt = 0;
        document.querySelector('[data-testid=filter-text]')?.addEventListener('input', () => (typedAt = performance.now()), { once: true });
        const look = (): void => {
          if (typedAt && document.querySelectorAll('[data-testid=attempt-row]').length === wanted) resolve(performance.now() - typedAt);
          else requestAnimationFrame(look);
        };
        look();
      }),
    rows,
  );
  await page.getByTestId('filter-text').fill(text);
  return took;
}

/** Of a click on an incident. */
export interface Click {
  /** Until its recording showed the first frame of the new place; Infinity: not within the limit. */
  frameMs: number;
  kind: string;
}

const frameLimitMs = 10_000;
/** A finding is played from so long before it, ms; and a frame of that place lies so near. */
const near = { leadMs: 2_000, toleranceMs: 1_500 };

/** Clicks incidents in this order of places in the list; each is played for a moment before the next one. */
export async function clickIncidents(page: Page, order: readonly number[]): Promise<Click[]> {
  await page.locator('[data-testid=pane-webcam] video').waitFor();
  const clicks: Click[] = [];
  for (const place of order) {
    const finding = page.getByTestId('finding').nth(place);
    await finding.scrollIntoViewIfNeeded();
    const took = finding.evaluate(
      (button, { leadMs, toleranceMs, limitMs }) =>
        new Promise<number | null>((resolve) => {
          const pane = button.dataset['track'] === 'screen' ? 'screen' : 'webcam';
          const wantedMs = Number(button.dataset['startMs']) - leadMs;
          setTimeout(() => resolve(null), limitMs);
          button.addEventListener(
            'click',
            () => {
              const clickedAt = performance.now();
              let watched: HTMLVideoElement | null = null;
              const watch = (): void => {
                // The player may put another element there.
                const video = document.querySelector<HTMLVideoElement>(`[data-testid=pane-${pane}] video`);
                if (!video || video === watched) return;
                watched = video;
                const onFrame: VideoFrameRequestCallback = (now, { mediaTime }) => {
                  // A media element's time begins an hour before the attempt (client/src/instructor/player/media-time.ts).
                  const positionMs = mediaTime * 1_000 - 3_600_000;
                  if (Math.abs(positionMs - wantedMs) < toleranceMs) resolve(now - clickedAt);
                  else if (video === watched) video.requestVideoFrameCallback(onFrame);
                };
                video.requestVideoFrameCallback(onFrame);
              };
              watch();
              setInterval(watch, 20);
            },
            { once: true, capture: true },
          );
        }),
      { ...near, limitMs: frameLimitMs },
    );
    await finding.click();
    clicks.push({ frameMs: (await took) ?? Infinity, kind: (await finding.getAttribute('data-kind')) ?? '' });
    // As a person who has seen it and goes on: no event to wait for, and not part of what is measured.
    await page.waitForTimeout(300);
  }
  return clicks;
}
