import type { BrowserContext, Page } from '@playwright/test';
import type { Source } from '@vigil/protocol';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaptureNotes, type CaptureTruth, noteCapture } from '../clock/capture-truth.js';
import type { Clips } from '../clock/clips.js';
import { serveScreenPage } from '../clock/screen-page.js';
import { missingFrom, whereOf } from '../main-job/missing.js';
import { joinExam, lasting, waitRecorded } from '../main-job/record.js';
import { decodeRecording } from '../main-job/recording.js';
import { launchStudent, type StudentBrowser } from '../support/browser.js';
import { InstructorApi, sendBy } from '../support/instructor-api.js';
import { makeNetwork, type Network } from '../support/network.js';
import { type Supervised, startSupervised } from '../support/supervised.js';
import { startDisplay } from '../support/xvfb.js';

/** What a fault acts on. */
export interface Scene {
  network: Network;
  product: Supervised;
  link: string;
  /** The student's browser and page as they are now; a fault may put others there. */
  student: StudentBrowser;
  page: Page;
  context: BrowserContext;
  /** Closes nothing: starts the student's browser again with the same profile. */
  relaunch(): Promise<void>;
  say(line: string): void;
}

/** Something that goes wrong during an exam. */
export interface Fault {
  name: string;
  title: string;
  /** Does it, and undoes it. @returns wall clock, ms, from which on the way back counts. */
  happen(scene: Scene): Promise<number>;
  /** The student has to do something to get all sources back. */
  help?(scene: Scene): Promise<void>;
  diskMb?: number;
  env?: Readonly<Record<string, string>>;
  /** By how much the browser's clock is ahead of the server's, ms. */
  browserAheadMs?: number;
  /** The page is loaded again. What every fresh page shows then, that nothing is recorded yet, tells nobody anything. */
  reloads?: true;
  /** The student need not notice. */
  unseen?: boolean;
}

/** What came of it. */
export interface FaultResult {
  /** Seconds that the browser captured and that are not in the record at the end. */
  missing: Record<Source, number>;
  /** Where, s from the start. */
  where: string;
  /** What the page said while it lasted, by name: `problem-screen`, `sending`, `replaced`, `recording-webcam`, `network-state`. */
  seen: string[];
  /** Until every source was recorded again, s. */
  recoverySeconds: number;
  /** Seconds of the record that came later. */
  laterSeconds: number;
  evidence: string;
}

const steadyMs = 12_000;
const sources = ['webcam', 'microphone', 'screen'] as const;

/** Runs an exam with one fault in it, waits until the browser has sent what it kept, and compares. */
export async function runFault(fault: Fault, clips: Clips, say: (line: string) => void): Promise<FaultResult> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const network = await makeNetwork(0);
    undo.push(() => network.stop());
    const product = await startSupervised({ network, ...(fault.env && { env: fault.env }), ...(fault.diskMb && { diskMb: fault.diskMb }) });
    undo.push(() => product.stop());
    const display = await startDisplay();
    undo.push(() => display.stop());
    const examPage = await serveScreenPage();
    undo.push(() => examPage.stop());
    const profile = await mkdtemp(join(tmpdir(), 'vigil-profile-'));
    undo.push(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
    let notes: CaptureNotes | undefined;
    const launch = async (): Promise<StudentBrowser> => {
      const browser = await launchStudent({ display: display.name, camera: clips.camera, microphone: clips.microphone, profile });
      notes = await noteCapture(browser.context, notes);
      if (process.env['VIGIL_E2E_TRACE'])
        browser.context.on('response', (answer) => {
          if (/coverage|backfill|sent$/.test(answer.url())) say(`${answer.request().method()} ${new URL(answer.url()).pathname.slice(13, 40)} ${answer.status()} ${answer.headers()['vigil-piece'] ?? ''}`);
        });
      return browser;
    };
    const student = await launch();
    const scene: Scene = {
      network, product, link: product.studentLink, student, context: student.context, say,
      page: student.context.pages()[0] ?? (await student.context.newPage()),
      relaunch: async () => {
        scene.student = await launch();
        scene.context = scene.student.context;
        scene.page = scene.context.pages()[0] ?? (await scene.context.newPage());
      },
    }; // prettier-ignore
    undo.push(() => scene.student.close());

    await joinExam(scene.page, scene.link);
    await waitRecorded(scene.page);
    const exam = await scene.context.newPage();
    await exam.goto(examPage.address);
    say('the student is recorded');
    await lasting(steadyMs);
    const watch = watchPage(scene, fault);
    const fromMs = await fault.happen(scene);
    say('the fault is over');
    await fault.help?.(scene);
    await waitRecorded(scene.page, [...sources], 120_000);
    const recoverySeconds = (Date.now() - fromMs) / 1_000;
    say(`recorded again after ${recoverySeconds.toFixed(1)} s`);
    const seen = watch.stop();
    await lasting(steadyMs);
    const truth = await finish(scene, notes!);
    say('the student has finished, and everything is sent');
    return { ...(await judge(scene, truth, fault.browserAheadMs ?? 0)), seen, recoverySeconds };
  } catch (error) {
    throw new Error(`${fault.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    for (const step of undo.reverse()) await step().catch((error: unknown) => say(`not undone: ${String(error)}`));
  }
}

/** Ends the exam as a student does, and waits until the page says that all was received. */
async function finish({ page }: Scene, notes: CaptureNotes): Promise<CaptureTruth> {
  await page.bringToFront();
  await page.getByTestId('finish').click();
  await page.getByTestId('confirm-finish').click();
  await page.getByTestId('done').waitFor({ timeout: 60_000 });
  const truth = notes.truth();
  await page.locator('[data-testid=sending][data-state=received]').waitFor({ timeout: 300_000 });
  return truth;
}

/** Notices to the student, and what the bar says of the recording when it is not as it should be. */
const notices = '[data-testid=problem], [data-testid=sending], [data-testid=replaced]';
const signs = '[data-testid^=recording-]:not([data-state=recorded]), [data-testid=network-state]:not([data-state=connected])';

/** Notes in which words the student's page says that something is not as it should be. */
function watchPage(scene: Scene, { reloads }: Fault): { stop(): string[] } {
  const seen = new Set<string>();
  const look = setInterval(() => {
    scene.page
      .locator(reloads ? notices : `${notices}, ${signs}`)
      .evaluateAll((found) => found.map(({ dataset }) => [dataset['testid'], dataset['problem']].filter(Boolean).join('-')))
      .then((names) => names.forEach((name) => seen.add(name)), () => undefined);
  }, 250);
  return {
    stop: () => {
      clearInterval(look);
      return [...seen].sort();
    },
  };
}

async function judge({ product, link, context }: Scene, truth: CaptureTruth, aheadMs: number): Promise<Omit<FaultResult, 'seen' | 'recoverySeconds'>> {
  const attempt = attemptOf(link);
  const timeline = await (await InstructorApi.signIn(product, sendBy(context.request))).timeline(attempt);
  const recording = await decodeRecording(product.data, attempt);
  const window = { fromMs: timeline.startMs, toMs: timeline.endMs };
  const missing = missingFrom(recording, truth, window, aheadMs);
  const later = timeline.tracks.flatMap(({ segments }) => segments.filter(({ backfill }) => backfill));
  return {
    missing: { webcam: missing.webcam.length, microphone: missing.microphone.length, screen: missing.screen.length },
    where: whereOf(missing, window.fromMs),
    laterSeconds: Math.round(later.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000),
    evidence: timeline.evidence,
  };
}

/** The attempt that a student's link is for. */
export function attemptOf(link: string): string {
  const claims = JSON.parse(Buffer.from(link.split('#')[1]!.split('.')[1]!, 'base64url').toString()) as { sub: string };
  return claims.sub;
}
