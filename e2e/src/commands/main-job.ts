import { makeClips } from '../clock/clips.js';
import { mainJob, type MainJob } from '../main-job/main-job.js';
import { allHold, type Line, table } from '../main-job/report.js';

/**
 * `npm run e2e -- main-job [clean] [loss] [firefox] [--short]`: records through the real product, and compares the record
 * and the review page with what was captured. Without names: all three runs. Exit status 0 only when all holds.
 */
const known: Record<string, Pick<MainJob, 'browser' | 'lossPercent'> & { title: string }> = {
  clean: { title: 'Chromium', browser: 'chromium' },
  loss: { title: 'Chromium, 5 % of the packets lost', browser: 'chromium', lossPercent: 5 },
  firefox: { title: 'Firefox, with synthetic devices', browser: 'firefox' },
};

const names = process.argv.slice(2).filter((name) => name !== '--short');
const unknown = names.filter((name) => !(name in known));
if (unknown.length) {
  console.error(`There is no run '${unknown.join(', ')}'. There are: ${Object.keys(known).join(', ')}.`);
  process.exit(2);
}
const short = process.argv.includes('--short');
const seconds = short ? 40 : 120;
const chosen = names.length ? names : short ? ['clean'] : Object.keys(known);

const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);
const clips = chosen.some((name) => known[name]?.browser === 'chromium') ? await makeClips(!short) : undefined;
say('the clips for camera and microphone are made');
const results: Record<string, { holds: boolean; lines: Line[] }> = {};
for (const name of chosen) {
  const { title, ...job } = known[name]!;
  say(`── ${title}, ${seconds} s`);
  const lines = await mainJob({ ...job, seconds, ...(clips ? { clips } : {}) }, say).catch((error: unknown): Line[] => [
    { what: 'the run', measured: error instanceof Error ? (error.stack ?? error.message) : String(error), holds: false },
  ]);
  console.log(`\n${table(title, lines)}\n`);
  results[name] = { holds: allHold(lines), lines };
}
await clips?.stop();
const holds = Object.values(results).every((result) => result.holds);
console.log(JSON.stringify({ job: 'main-job', seconds, holds, runs: results }));
process.exitCode = holds ? 0 : 1;
