import { mainJob } from '../dist/main-job/main-job.js';
import { allHold, table } from '../dist/main-job/report.js';
import { expect, test } from '@playwright/test';

test('the main job, short: what was captured is recorded, found and played, in step', async () => {
  test.setTimeout(900_000);
  const lines = await mainJob({ browser: 'chromium', seconds: 40 }, console.log);
  console.log(table('Chromium, 40 s', lines));
  expect(allHold(lines), table('', lines.filter(({ holds }) => holds === false))).toBe(true);
});
