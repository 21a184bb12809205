import { truthSet } from '../clock/scenes.js';
import { runFindings } from '../findings/run-findings.js';
import { allHold, type Line, table } from '../main-job/report.js';

/**
 * `npm run e2e -- findings`: film with something for each detector through the real SFU; findings and incidents come out as the truth
 * says, are on the review page, and are the same when the workers are killed in the middle. Exit status 0 only when all holds.
 */
const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);
const media = truthSet();
const lines: Line[] = media
  ? await runFindings(media, say).catch((error: unknown): Line[] => [
      { what: 'the run', measured: error instanceof Error ? (error.stack ?? error.message) : String(error), holds: false },
    ])
  : [{ what: 'findings', measured: 'skipped: there is no truth set beside the repository' }];
console.log(`\n${table('Findings', lines)}\n`);
const holds = media ? allHold(lines) : true;
console.log(JSON.stringify({ job: 'findings', holds, lines }));
process.exitCode = holds ? 0 : 1;
