import type { BrowserContext } from '@playwright/test';
import { type Clips, makeClips } from '../clock/clips.js';
import { allHold, type Line, table } from '../main-job/report.js';
import { runRing, runRingInFirefox, type RingRun } from '../ring/run-ring.js';

const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);

/**
 * `npm run e2e -- ring [frames] [database] [firefox] [--short]`: takes an exam in the real product, and looks at what the
 * browser keeps by itself. Without names: all of them. Exit status 0 only when all holds.
 */
const withoutFiles = async (context: BrowserContext): Promise<void> => {
  // As in a private window of Firefox. Scripts for pages do not run in workers: the worker's own gets a first line.
  await context.route(/ring-worker.*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `StorageManager.prototype.getDirectory = undefined;${await response.text()}` });
  });
};

const expected = { sources: ['webcam', 'screen', 'microphone'], matched: 0.9 } as const;
type Run = (seconds: number, clips: Clips) => Promise<Line[]>;
const chromium = (run: Pick<RingRun, 'prepare' | 'storage'>): Run => (seconds, clips) => runRing({ ...expected, ...run, seconds, clips }, say);

const known: Record<string, { title: string; run: Run }> = {
  frames: { title: 'Chromium: frame by frame, into files', run: chromium({ storage: 'files' }) },
  database: { title: 'Chromium: frame by frame, into the database', run: chromium({ storage: 'database', prepare: withoutFiles }) },
  firefox: { title: 'Firefox: with its recorder, into files', run: (seconds) => runRingInFirefox(seconds, say) },
};

const names = process.argv.slice(2).filter((name) => name !== '--short');
const unknown = names.filter((name) => !(name in known));
if (unknown.length) {
  console.error(`There is no run '${unknown.join(', ')}'. There are: ${Object.keys(known).join(', ')}.`);
  process.exit(2);
}
const seconds = process.argv.includes('--short') ? 20 : 45;
const clips = await makeClips(false);
say('the clips for camera and microphone are made');
const results: Record<string, { holds: boolean; lines: Line[] }> = {};
for (const name of names.length ? names : Object.keys(known)) {
  const { title, run } = known[name]!;
  say(`── ${title}, ${seconds} s`);
  const lines = await run(seconds, clips).catch((error: unknown): Line[] => [
    { what: 'the run', measured: error instanceof Error ? (error.stack ?? error.message) : String(error), holds: false },
  ]);
  console.log(`\n${table(title, lines)}\n`);
  results[name] = { holds: allHold(lines), lines };
}
await clips.stop();
const holds = Object.values(results).every((result) => result.holds);
console.log(JSON.stringify({ job: 'ring', seconds, holds, runs: results }));
process.exitCode = holds ? 0 : 1;
