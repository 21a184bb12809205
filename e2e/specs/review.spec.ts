import { expect, test } from '@playwright/test';
import { allHold, table } from '../dist/main-job/report.js';
import { runReview } from '../dist/review/run-review.js';

// With 300 attempts, how fast it is, clips and every page: `npm run e2e -- review`.
test('every way to decide about an attempt, and a whole review by keyboard alone', async () => {
  test.setTimeout(900_000);
  const { lines } = await runReview({ parts: ['decisions', 'keyboard'], attempts: 60, minutes: 6, loads: 0, clicks: 0, looks: [] }, console.log);
  console.log(table('Review', lines));
  expect(allHold(lines), table('', lines.filter(({ holds }) => holds === false))).toBe(true);
});
