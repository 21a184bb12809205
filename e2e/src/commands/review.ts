import { allHold, table } from '../main-job/report.js';
import { runReview } from '../review/run-review.js';

/**
 * `npm run e2e -- review [--short]`: two courses and 300 attempts of one exam in the real product, and how fast an instructor sees them,
 * and what is in them. Exit status 0 only when all holds.
 */
const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);
const short = process.argv.includes('--short');
try {
  const { lines, ...numbers } = await runReview(short ? { attempts: 60, minutes: 6, loads: 3, clicks: 10 } : { attempts: 300, minutes: 60, loads: 5, clicks: 50 }, say);
  console.log(`\n${table('Review of a class', lines)}\n`);
  console.log(JSON.stringify(numbers));
  process.exitCode = allHold(lines) ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
