import { truthSet } from '../clock/scenes.js';
import { allHold, type Line, table } from '../main-job/report.js';
import { runOnboarding } from '../onboarding/run-onboarding.js';

/**
 * `npm run e2e -- onboarding`: a student shows who they are to the real pages, server and worker, is known again, and is not locked out.
 * Exit status 0 only when all holds.
 */
const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);
const media = truthSet();
const lines: Line[] = media
  ? await runOnboarding(media, say).catch((error: unknown): Line[] => [
      { what: 'the run', measured: error instanceof Error ? (error.stack ?? error.message) : String(error), holds: false },
    ])
  : [{ what: 'onboarding', measured: 'skipped: there is no truth set beside the repository', holds: true }];
console.log(`\n${table('Onboarding', lines)}\n`);
const holds = allHold(lines);
console.log(JSON.stringify({ job: 'onboarding', holds, lines }));
process.exitCode = holds ? 0 : 1;
