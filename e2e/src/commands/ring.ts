import type { BrowserContext } from '@playwright/test';
import { makeClips } from '../clock/clips.js';
import { allHold, type Line, table } from '../main-job/report.js';
import { runRing, type RingRun } from '../ring/run-ring.js';

/**
 * `npm run e2e -- ring [frames] [recorder] [database] [--short]`: takes an exam in the real product, and looks at what the
 * browser keeps by itself. Without names: all three. Exit status 0 only when all holds.
 */
const withoutFrames = async (context: BrowserContext): Promise<void> => {
  // As in Firefox and Safari.
  await context.addInitScript(() => void Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor'));
};
const withoutFiles = async (context: BrowserContext): Promise<void> => {
  // As in a private window of Firefox. Scripts for pages do not run in workers: the worker's own gets a first line.
  await context.route(/ring-worker.*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `StorageManager.prototype.getDirectory = undefined;${await response.text()}` });
  });
};

const known: Record<string, Pick<RingRun, 'prepare' | 'storage'> & { title: string }> = {
  frames: { title: 'Frame by frame, into files', storage: 'files' },
  recorder: { title: 'With the browser’s recorder, into files', storage: 'files', prepare: withoutFrames },
  database: { title: 'Frame by frame, into the database', storage: 'database', prepare: withoutFiles },
};

const names = process.argv.slice(2).filter((name) => name !== '--short');
const unknown = names.filter((name) => !(name in known));
if (unknown.length) {
  console.error(`There is no run '${unknown.join(', ')}'. There are: ${Object.keys(known).join(', ')}.`);
  process.exit(2);
}
const seconds = process.argv.includes('--short') ? 20 : 45;
const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);
const clips = await makeClips(false);
say('the clips for camera and microphone are made');
const results: Record<string, { holds: boolean; lines: Line[] }> = {};
for (const name of names.length ? names : Object.keys(known)) {
  const { title, ...run } = known[name]!;
  say(`── ${title}, ${seconds} s`);
  const lines = await runRing({ ...run, seconds, clips }, say).catch((error: unknown): Line[] => [
    { what: 'the run', measured: error instanceof Error ? (error.stack ?? error.message) : String(error), holds: false },
  ]);
  console.log(`\n${table(title, lines)}\n`);
  results[name] = { holds: allHold(lines), lines };
}
await clips.stop();
const holds = Object.values(results).every((result) => result.holds);
console.log(JSON.stringify({ job: 'ring', seconds, holds, runs: results }));
process.exitCode = holds ? 0 : 1;
