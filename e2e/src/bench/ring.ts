import { makeClips } from '../clock/clips.js';
import { serveScreenPage } from '../clock/screen-page.js';
import { medianOf } from '@vigil/protocol';
import { joinExam, lasting, waitRecorded } from '../main-job/record.js';
import { launchStudent } from '../support/browser.js';
import { InstructorApi } from '../support/instructor-api.js';
import { familyOf } from '../support/processes.js';
import { startProduct } from '../support/product.js';
import { startDisplay } from '../support/xvfb.js';
import { usageOf } from './processes.js';

/**
 * `npm run bench -- ring [rounds]`: what the browser's own recording costs beside the live one. The same exam in real Chromium, in
 * turn with it and without what it needs; CPU time of all the browser's processes. Exit status 0 only when it costs less than a
 * quarter more.
 */
const rounds = Number(process.argv[2] ?? 3);
const limit = 1.25;
const settleMs = 8_000;
const measureMs = 20_000;

/** CPU time of a browser until now, s. A process that ends meanwhile is one of few, and small. */
const cpuOf = (pid: number): Map<number, number> => {
  const used = new Map<number, number>();
  for (const one of familyOf(pid))
    try {
      used.set(one.pid, usageOf(one.pid).cpuSeconds);
    } catch {
      // It ended between the list and the look.
    }
  return used;
};

const clips = await makeClips(true);
const display = await startDisplay();
const screen = await serveScreenPage();
const product = await startProduct({ workers: 0 });
const percent: Record<'without' | 'with', number[]> = { without: [], with: [] };
try {
  await product.change('exams', {}, { address: screen.address });
  const api = await InstructorApi.signIn(product);
  for (let round = 1; round <= rounds; round += 1)
    for (const how of ['without', 'with'] as const) {
      const { link } = await api.newAttempt(`Student ${how} ${round}`);
      const student = await launchStudent({ display: display.name, camera: clips.camera, microphone: clips.microphone });
      try {
        if (how === 'without')
          await student.context.addInitScript(() => {
            for (const name of ['MediaStreamTrackProcessor', 'MediaRecorder']) Reflect.deleteProperty(globalThis, name);
          });
        const page = student.context.pages()[0] ?? (await student.context.newPage());
        await joinExam(page, link);
        await waitRecorded(page);
        const opened = student.context.waitForEvent('page');
        await page.getByTestId('exam-link').click();
        await (await opened).waitForLoadState();
        await lasting(settleMs);
        const pid = student.pid('browser');
        const before = cpuOf(pid);
        const startedAt = performance.now();
        await lasting(measureMs);
        const seconds = (performance.now() - startedAt) / 1_000;
        const used = [...cpuOf(pid)].reduce((sum, [one, cpu]) => sum + cpu - (before.get(one) ?? cpu), 0);
        percent[how].push((100 * used) / seconds);
        console.log(`round ${round}, ${how.padEnd(7)} the ring: ${percent[how].at(-1)!.toFixed(1)} % of a core`);
      } finally {
        await student.close();
      }
    }
} finally {
  await product.stop();
  await screen.stop();
  await display.stop();
  await clips.stop();
}
const [without, with_] = [medianOf(percent.without), medianOf(percent.with)];
const ratio = with_ / without;
console.log(`\nThe browser’s CPU, median of ${rounds}: ${without.toFixed(1)} % without, ${with_.toFixed(1)} % with; ${ratio.toFixed(2)} times (at most ${limit})`);
console.log(JSON.stringify({ cpuPercentWithout: Number(without.toFixed(1)), cpuPercentWith: Number(with_.toFixed(1)), ratio: Number(ratio.toFixed(3)) }));
process.exitCode = ratio <= limit ? 0 : 1;
