import { medianOf } from '@vigil/protocol';
import { availableParallelism, loadavg } from 'node:os';
import type { Line } from '../main-job/report.js';
import { numbersFrom } from './class.js';
import { clickIncidents, filterMs, type Load, loadOverview, spread } from './measure.js';
import type { Stage } from './stage.js';

/** What has to hold, ms. */
const most = { overviewMs: 1_000, clickToFrameMs: 300 };

/** How fast an instructor sees a class, and what is in an attempt of 3 h. */
export async function measureSpeed({ page, product, seeded, say }: Stage, { loads, clicks }: { loads: number; clicks: number }): Promise<{ lines: Line[]; overviewMs: number; clickToFrameMedianMs: number }> {
  const { attempts } = seeded;
  const address = `${product.url}/review/exams/${seeded.exam}`;
  const began = performance.now();
  const first = await loadOverview(page, address, attempts);
  await page.waitForFunction(() => !document.querySelector('[data-testid=counting]'), undefined, { timeout: 180_000, polling: 500 });
  const counted = performance.now() - began;
  say(`the first time the overview is there after ${Math.round(first.readyMs)} ms, and counted after ${Math.round(counted)} ms`);
  const times: Load[] = [];
  for (let at = 0; at < loads; at += 1) times.push(await loadOverview(page, address, attempts));
  const part = (which: keyof Load): number[] => times.map((one) => one[which]);
  const payload = (await (await page.request.get(`${product.url}/api/exams/${seeded.exam}`)).body()).length;
  const typed = await filterMs(page, 'ada abel', 1);
  await page.getByTestId('filter-text').fill('');
  await page.getByTestId('filter-words').fill(seeded.word);
  const asked = performance.now();
  await page.getByTestId('find-words').click();
  await page.waitForFunction((wanted) => document.querySelectorAll('[data-testid=attempt-row]').length === wanted, seeded.wordAttempts, { timeout: 90_000 }).catch(() => say('words: not in time'));
  say(`words: ${await page.getByTestId('shown').innerText()}`);
  const words = performance.now() - asked;

  say('clicks');
  await page.goto(`${product.url}/review/attempts/${seeded.long}`);
  await page.getByTestId('finding').first().waitFor();
  const incidents = await page.getByTestId('finding').count();
  const random = numbersFrom(11);
  const order = Array.from({ length: clicks }, () => Math.floor(random() * incidents));
  const clicked = (await clickIncidents(page, order)).map(({ frameMs }) => frameMs);

  const result = { overviewMs: Math.round(medianOf(part('readyMs'))), clickToFrameMedianMs: Math.round(medianOf(clicked)) };
  const slow = clicked.filter((ms) => ms > 2 * most.clickToFrameMs).length;
  const lines: Line[] = [
    { what: 'overview interactive', measured: `${spread(part('readyMs'))}, at most ${most.overviewMs} ms`, holds: result.overviewMs <= most.overviewMs },
    { what: 'until the list’s answer', measured: spread(part('answeredMs')) },
    { what: 'until the last row', measured: spread(part('allMs')) },
    { what: 'overview, the first time after the start', measured: `${Math.round(first.readyMs)} ms; all ${seeded.segments} segments counted after ${Math.round(counted / 1_000)} s` },
    { what: 'the list’s answer', measured: `${Math.round(payload / 1_000)} kB for ${attempts} attempts` },
    { what: 'a name typed, until the list shows it', measured: `${Math.round(typed)} ms` },
    { what: 'a word on any screen, until the list shows it', measured: `${Math.round(words)} ms` },
    { what: 'click on an incident, to its first frame', measured: `${spread(clicked)}, median at most ${most.clickToFrameMs} ms; ${slow} over ${2 * most.clickToFrameMs} ms`, holds: result.clickToFrameMedianMs <= most.clickToFrameMs },
    { what: 'other work on the machine', measured: `${loadavg()[0]!.toFixed(1)} processes waiting or running in the last minute, ${availableParallelism()} cores` },
  ];
  return { ...result, lines };
}
