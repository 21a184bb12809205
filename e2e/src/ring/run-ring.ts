import type { BrowserContext, Page } from '@playwright/test';
import { RecordKind } from '@vigil/protocol';
import { type CaptureNotes, noteCapture } from '../clock/capture-truth.js';
import type { Clips } from '../clock/clips.js';
import { serveScreenPage } from '../clock/screen-page.js';
import { compare } from '../main-job/compare.js';
import { joinExam, lasting, waitRecorded } from '../main-job/record.js';
import { type Line, ms } from '../main-job/report.js';
import { launchStudent } from '../support/browser.js';
import { startProduct } from '../support/product.js';
import { startDisplay } from '../support/xvfb.js';
import { decodePieces, longestHole } from './decode-pieces.js';
import { hearKey, openPiece, piecesInDatabase, piecesInFiles } from './pieces.js';

/** Which of the ring's ways is looked at. */
export interface RingRun {
  /** What is done to the browser before the page's scripts run. */
  prepare?: (context: BrowserContext) => Promise<void>;
  storage: 'files' | 'database';
  seconds: number;
  clips: Clips;
}

/** Recorded times may be this far from captured ones, ms. */
const tolerance = 200;

/**
 * Takes an exam in the real product, and looks at what the browser kept by itself: whether the server's key opens it, whether
 * it can be decoded, and whether its times are those at which it was captured.
 */
export async function runRing({ prepare, storage, seconds, clips }: RingRun, say: (line: string) => void): Promise<Line[]> {
  const display = await startDisplay();
  const screen = await serveScreenPage();
  const product = await startProduct({ workers: 0 });
  try {
    await product.change('exams', {}, { address: screen.address });
    const student = await launchStudent({ display: display.name, camera: clips.camera, microphone: clips.microphone });
    try {
      const notes = await noteCapture(student.context);
      // What the server has is taken away from here; this looks at all of it.
      await student.context.route('**/api/student/coverage', (route) => route.abort());
      await prepare?.(student.context);
      return await look(student.context, notes, product.studentLink, storage, seconds, say);
    } finally {
      await student.close();
    }
  } finally {
    await product.stop();
    await screen.stop();
    await display.stop();
  }
}

async function look(context: BrowserContext, notes: CaptureNotes, link: string, storage: RingRun['storage'], seconds: number, say: (line: string) => void): Promise<Line[]> {
  const page = context.pages()[0] ?? (await context.newPage());
  const key = hearKey(page);
  page.on('console', (message) => {
    if (message.type() === 'error') say(`console: ${message.text()}`);
  });
  await joinExam(page, link);
  await waitRecorded(page);
  say('the student is recorded');
  const opened = context.waitForEvent('page');
  await page.getByTestId('exam-link').click();
  await (await opened).waitForLoadState();
  await lasting(seconds * 1_000);
  const truth = notes.truth();
  const files = await (storage === 'files' ? piecesInFiles(page) : piecesInDatabase(page));
  say(`${files.length} pieces are in the browser`);
  const pieces = files.map((file) => openPiece(file, key()));
  const decoded = await decodePieces(pieces);
  const bytes = (track: string): number => pieces.filter(({ header }) => header.track === track).reduce((sum, piece) => sum + piece.bytes.length, 0);
  const spanOf = (track: string): number => {
    const starts = pieces.filter(({ header }) => header.track === track).map(({ header, records }) => [header.startMs, header.startMs + Math.max(0, ...records.map(({ timeMs }) => timeMs))] as const);
    return Math.max(...starts.map(([, end]) => end)) - Math.min(...starts.map(([start]) => start));
  };
  const perMinute = (track: string): number => (bytes(track) / spanOf(track)) * 60_000;
  const kinds = [...new Set(pieces.flatMap(({ records }) => records.map(({ kind }) => kind)))].map((kind) => Object.entries(RecordKind).find(([, value]) => value === kind)?.[0]);
  const lines: Line[] = [
    { what: 'pieces', measured: `${pieces.filter(({ header }) => header.track === 'webcam').length} of the webcam, ${pieces.filter(({ header }) => header.track === 'screen').length} of the screen; records: ${kinds.join(', ')}`, holds: pieces.length > 0 },
    { what: 'pieces that begin without a key frame', measured: `${decoded.withoutKey}`, holds: decoded.withoutKey === 0 },
    { what: 'error of the clock that they name', measured: ms(Math.max(...pieces.map(({ header }) => header.clockErrorMs))), holds: pieces.every(({ header }) => header.clockErrorMs < tolerance) },
    { what: 'kept per minute', measured: `webcam and sound ${(perMinute('webcam') / 1e6).toFixed(2)} MB, screen ${(perMinute('screen') / 1e6).toFixed(2)} MB` },
  ];
  for (const [source, captured] of [['webcam', truth.webcam.flat()], ['screen', truth.screen.flat()], ['microphone', truth.microphone.flat()]] as const) {
    const { count, matched, shiftMs, spreadMs } = compare(decoded[source].filter(({ code }) => code !== null), captured);
    lines.push({
      what: `${source}: recorded against captured`,
      measured: `${matched} of ${count} found, ${shiftMs.toFixed(1)} ms off, at most ${spreadMs.toFixed(1)} ms from that`,
      holds: count >= seconds * 0.6 && matched > count * 0.9 && Math.abs(shiftMs) + spreadMs < tolerance,
    });
  }
  const pictures = [RecordKind.key, RecordKind.delta];
  const holes = [
    longestHole(pieces.filter(({ header }) => header.track === 'webcam'), pictures),
    longestHole(pieces.filter(({ header }) => header.track === 'screen'), pictures),
    longestHole(pieces, [RecordKind.sound]),
  ];
  if (pieces.some(({ header }) => header.video))
    lines.push({ what: 'longest time without', measured: `a webcam picture ${ms(holes[0]!)}, a screen picture ${ms(holes[1]!)}, sound ${ms(holes[2]!)}`, holds: holes[0]! < 1_000 && holes[1]! < 3_000 && holes[2]! < 100 });
  await context.unroute('**/api/student/coverage');
  lines.push(...(await finish(page)));
  return lines;
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
