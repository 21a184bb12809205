import type { BrowserContext, Page } from '@playwright/test';
import { RecordKind } from '@vigil/protocol';
import type { CaptureTruth } from '../clock/capture-truth.js';
import { noteCapture } from '../clock/capture-truth.js';
import type { Clips } from '../clock/clips.js';
import { serveScreenPage } from '../clock/screen-page.js';
import { takeExamInFirefox } from '../main-job/firefox.js';
import { joinExam, lasting, waitRecorded } from '../main-job/record.js';
import type { Line } from '../main-job/report.js';
import { launchStudent } from '../support/browser.js';
import { makeNetwork } from '../support/network.js';
import { startProduct } from '../support/product.js';
import { startDisplay } from '../support/xvfb.js';
import { holdContract } from './hold-contract.js';
import { judgeRing, type RingExpectation } from './judge-ring.js';
import { type EvaluatesInPage, keyIn, noteKey, openPiece, type OpenedPiece, piecesInDatabase, piecesInFiles } from './pieces.js';

/** Which of the ring's ways is looked at. */
export interface RingRun extends RingExpectation {
  /** What is done to the browser before the page's scripts run. */
  prepare?: (context: BrowserContext) => Promise<void>;
  storage: 'files' | 'database';
  clips: Clips;
}

/** So long that no segment is closed while it is looked: what the server has is taken away in the browser. */
const longSegments = { VIGIL_WEBCAM_SEGMENT_SECONDS: '120', VIGIL_SCREEN_SEGMENT_SECONDS: '120' };

/**
 * Takes an exam in the real product, and looks at what the browser kept by itself: whether the server's key opens it, whether
 * it can be decoded, and whether its times are those at which it was captured.
 */
export async function runRing({ prepare, storage, clips, ...expected }: RingRun, say: (line: string) => void): Promise<Line[]> {
  const display = await startDisplay();
  const screen = await serveScreenPage();
  const product = await startProduct({ workers: 0, env: longSegments });
  try {
    await product.change('exams', {}, { address: screen.address });
    const student = await launchStudent({ display: display.name, camera: clips.camera, microphone: clips.microphone });
    try {
      const { context } = student;
      const notes = await noteCapture(context);
      await context.addInitScript(noteKey);
      await prepare?.(context);
      const page = context.pages()[0] ?? (await context.newPage());
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) say(`console: ${message.text()}`);
      });
      await joinExam(page, product.studentLink);
      await waitRecorded(page);
      say('the student is recorded');
      const opened = context.waitForEvent('page');
      await page.getByTestId('exam-link').click();
      await (await opened).waitForLoadState();
      await lasting(expected.seconds * 1_000);
      const pieces = await openAll(page, storage, say);
      // The truth is told a second or two later, under load.
      await lasting(3_000);
      const truth = notes.truth();
      const lines = await judgeRing(pieces, truth, expected);
      lines.push(...(await finish(page)));
      if (storage === 'database') lines.push(...(await holdContract(screen.address)));
      return lines;
    } finally {
      await student.close();
    }
  } finally {
    await product.stop();
    await screen.stop();
    await display.stop();
  }
}

/** The same in Firefox, which records with MediaRecorder. Its devices are drawn, and its sound has no clock. */
export async function runRingInFirefox(seconds: number, say: (line: string) => void): Promise<Line[]> {
  const network = await makeNetwork(0);
  try {
    const product = await startProduct({ workers: 0, env: { ...network.env, ...longSegments }, prefix: network.prefix });
    try {
      let pieces: OpenedPiece[] = [];
      const truth: CaptureTruth = await takeExamInFirefox(product.studentLink, seconds, {
        prepare: (page) => page.evaluateOnNewDocument(noteKey),
        look: async (page) => {
          pieces = await openAll({ evaluate: (act) => page.evaluate(act) }, 'files', say);
        },
      });
      return await judgeRing(pieces, truth, { seconds, sources: ['webcam', 'screen'], matched: 0.9, spreadMs: 300 });
    } finally {
      await product.stop();
    }
  } finally {
    await network.stop();
  }
}

async function openAll(page: EvaluatesInPage, storage: RingRun['storage'], say: (line: string) => void): Promise<OpenedPiece[]> {
  const key = await keyIn(page);
  const files = await (storage === 'files' ? piecesInFiles(page) : piecesInDatabase(page));
  say(`${files.length} pieces are in the browser`);
  const pieces = files.map((file) => openPiece(file, key));
  if (process.env['VIGIL_RING_DEBUG'])
    for (const { name, bytes, header, records } of pieces) {
      const counts = Object.entries(RecordKind).map(([name, kind]) => {
        const times = records.filter((record) => record.kind === kind).map(({ timeMs }) => Math.round(timeMs));
        return times.length ? `${name} ${times.length}: ${times[0]!}..${times.at(-1)!}` : '';
      });
      say(`${name} ${bytes.length} bytes ${header.video?.codec ?? ''} ${counts.filter(Boolean).join(', ')}`);
    }
  return pieces;
}

/** The end: the page says that everything was received. */
async function finish(page: Page): Promise<Line[]> {
  await page.bringToFront();
  await page.getByTestId('finish').click();
  await page.getByTestId('confirm-finish').click();
  await page.getByTestId('done').waitFor({ timeout: 60_000 });
  const notice = page.getByTestId('sending');
  const received = await page.locator('[data-testid=sending][data-state=received]').waitFor({ timeout: 60_000 }).then(() => true, () => false);
  return [{ what: 'at the end', measured: (await notice.innerText()).replaceAll('\n', ' '), holds: received }];
}
