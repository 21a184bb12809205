import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttemptTimeline, isQuality } from '@vigil/protocol';
import { makeClipsOf } from '../clock/clips.js';
import { findingScenes } from '../clock/scenes.js';
import { judgeFindings } from '../main-job/judge.js';
import { finishExam, joinExam, lasting, waitRecorded } from '../main-job/record.js';
import { recordedAttempts } from '../main-job/recording.js';
import type { Line } from '../main-job/report.js';
import { analysed, type Reviewer, signIn, timelineOf } from '../main-job/review.js';
import { truthEvents } from '../main-job/truth-events.js';
import { launchFilmed } from '../support/filmed-student.js';
import { type Product, startProduct } from '../support/product.js';
import { Undo } from '../support/undo.js';

const analysisLimitMs = 240_000;
/** When the workers are killed, ms after the analysis was begun again. */
const killsAtMs = [1_500, 3_000, 6_000, 9_000];

/**
 * Chromium plays film of everything that a detector of the camera is to find through the real SFU; what is found is compared with
 * the browser's own notes, looked for on the review page, and made again by workers that are killed in the middle.
 */
export async function runFindings(media: string, say: (line: string) => void): Promise<Line[]> {
  const undo = new Undo();
  try {
    const scenes = findingScenes(media);
    const clips = undo.add(await makeClipsOf(scenes));
    const product = undo.add(await startProduct({ env: { VIGIL_LEASE_SECONDS: '10' } }));
    say(`the clips are made, and the product runs at ${product.url}`);
    const { student, notes } = await launchFilmed(product, clips, undo);
    try {
      const page = student.context.pages()[0] ?? (await student.context.newPage());
      await joinExam(page, product.studentLink);
      await waitRecorded(page);
      say('the student is recorded');
      // The whole film once, wherever it was when the recording began.
      await lasting(scenes.reduce((sum, { seconds }) => sum + seconds, 0) * 1_000);
      await finishExam(page);
      const finishedAtMs = Date.now();
      say('the student has finished');
      const truth = notes.truth();
      const [attempt] = await recordedAttempts(product.data);
      if (!attempt) throw new Error('nothing was recorded');
      const reviewer = await signIn(product);
      try {
        const timeline = await analysed(reviewer.page, product, attempt, analysisLimitMs);
        const waited = (Date.now() - finishedAtMs) / 1_000;
        say('the recording is analysed');
        const window = { fromMs: timeline.startMs, toMs: timeline.endMs };
        const never = { fromMs: window.toMs, toMs: window.toMs };
        const events = truthEvents(truth, { camera: clips.happened, speech: clips.spoken, black: never }, window);
        const suspicions = timeline.incidents.filter(({ kind }) => !isQuality(kind));
        return [
          { what: 'analysis', measured: `${timeline.analysis}, ${waited.toFixed(0)} s after the end`, holds: timeline.analysis === 'done' && waited <= 60 },
          ...judgeFindings(events, suspicions, timeline.startMs, true),
          ...(await shown(reviewer, timeline)),
          await again(product, reviewer, attempt, timeline, say),
        ];
      } finally {
        await reviewer.browser.close();
      }
    } catch (error) {
      say(product.log().split('\n').slice(-60).join('\n'));
      throw error;
    } finally {
      await student.close();
    }
  } finally {
    await undo.all();
  }
}

/** What the review page lists, and whether a click leads there. */
async function shown({ page, errors }: Reviewer, timeline: AttemptTimeline): Promise<Line[]> {
  await page.getByTestId('exam-row').getByRole('link').first().click();
  const row = page.getByTestId('attempt-row').filter({ hasText: timeline.student.name });
  const folder = process.env['VIGIL_E2E_PICTURES'];
  await row.waitFor();
  if (folder) await page.screenshot({ path: `${folder}/exam.png`, fullPage: true });
  await row.getByRole('link').first().click();
  const cards = page.getByTestId('finding');
  await cards.first().waitFor();
  const listed = await cards.evaluateAll((all) => all.map((card) => (card as HTMLElement).dataset['kind']));
  const expected = timeline.incidents.map(({ kind }) => kind);
  const pictures = await page.locator('[data-testid=finding] img').evaluateAll(async (all) => {
    const images = all as HTMLImageElement[];
    for (const image of images) image.loading = 'eager';
    await Promise.all(images.map((image) => image.decode().catch(() => undefined)));
    return images.filter(({ naturalWidth }) => naturalWidth > 0).length;
  });
  if (folder) await page.screenshot({ path: `${folder}/findings.png`, fullPage: true });
  return [
    { what: 'listed on the review page', measured: `${listed.length} of ${expected.length}`, holds: listed.toSorted().join() === expected.toSorted().join() },
    { what: 'each with what shows it', measured: `${pictures} of ${expected.length}`, holds: pictures === expected.length },
    { what: 'review: errors in the console', measured: errors.join('; ') || 'none', holds: errors.length === 0 },
  ];
}

/** Has the attempt analysed once more by workers that are killed in the middle, and compares. */
async function again(product: Product, { page }: Reviewer, attempt: string, before: AttemptTimeline, say: (line: string) => void): Promise<Line> {
  // What is not made again does not compare as the same.
  await product.change('findings', { attempt }, { confidence: 0 });
  await rm(join(product.data, 'measurements'), { recursive: true });
  await product.change('segments', { attempt }, { 'analysis.state': 'pending', 'analysis.tries': 0, 'analysis.availableAt': new Date(0) });
  const begun = performance.now();
  for (const atMs of killsAtMs) {
    await lasting(Math.max(0, atMs - (performance.now() - begun)));
    await product.replaceWorkers();
  }
  say(`the workers were killed ${killsAtMs.length} times`);
  const after = await analysed(page, product, attempt, analysisLimitMs);
  const timeline = await timelineOf(page, product, attempt);
  const of = ({ incidents }: AttemptTimeline): string => JSON.stringify(incidents);
  const same = of(before) === of(timeline);
  return {
    what: 'the same after kill -9',
    measured: `${after.analysis}; ${timeline.incidents.length} incidents, ${same ? 'the same' : `other than the ${before.incidents.length} before`}`,
    holds: same && after.analysis === 'done',
  };
}
