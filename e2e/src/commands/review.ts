import { allHold, table } from '../main-job/report.js';
import { parts, type ReviewRun, runReview } from '../review/run-review.js';

/**
 * `npm run e2e -- review [--short] [part …]`: two courses and 300 attempts of one exam in the real product, and how an instructor gets
 * through it: how fast it is, every decision, a review by keyboard alone, a clip, and every page. Exit status 0 only when all holds.
 */
const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);
const args = process.argv.slice(2);
const unknown = args.filter((arg) => arg !== '--short' && !parts.some((part) => part === arg));
const size: Omit<ReviewRun, 'parts'> = args.includes('--short')
  ? { attempts: 60, minutes: 6, loads: 3, clicks: 10, looks: ['light'] }
  : { attempts: 300, minutes: 60, loads: 5, clicks: 50, looks: ['light', 'dark', 'phone'] };
try {
  if (unknown.length) throw new Error(`There is no part “${unknown.join(', ')}”. There are: ${parts.join(', ')}.`);
  const named = parts.filter((part) => args.includes(part));
  const { lines, ...numbers } = await runReview({ ...size, parts: named.length ? named : parts }, say);
  console.log(`\n${table('Review of a class', lines)}\n`);
  console.log(JSON.stringify(numbers));
  process.exitCode = allHold(lines) ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
