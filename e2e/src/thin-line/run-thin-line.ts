import { join } from 'node:path';
import type { AttemptTimeline, Track } from '@vigil/protocol';
import { decode, loadDetectors } from '@vigil/recorder/worker';
import { type CaptureTruth, noteCapture } from '../clock/capture-truth.js';
import { missingFrom, whereOf } from '../main-job/missing.js';
import { finishExam, joinExam, lasting, waitRecorded } from '../main-job/record.js';
import { decodeRecording } from '../main-job/recording.js';
import { attemptOf } from '../faults/run-fault.js';
import { launchStudent } from '../support/browser.js';
import { InstructorApi, sendBy } from '../support/instructor-api.js';
import { makeNetwork } from '../support/network.js';
import { run } from '../support/run.js';
import { startSupervised } from '../support/supervised.js';
import { startDisplay } from '../support/xvfb.js';
import { questions, serveTextPage, showQuestion } from './text-page.js';
import { Reader, readRight } from './read-text.js';

/** What a line of a width made of an exam. */
export interface ThinLine {
  /** kbit/s that the line carries; null: as much as there is. */
  kbps: number | null;
  /** On average while it was recorded, with all headers, kbit/s. */
  sentKbps: number;
  /** Seconds of both tracks that were recorded at the time, and those that came later. */
  liveSeconds: number;
  laterSeconds: number;
  /** Seconds that are missing at the end, of the source that lacks most; and where, s from the start. */
  missingSeconds: number;
  where: string;
  /** Share of right letters, of the pictures in the record; and of the page itself. */
  ocr: number;
  ocrOfPage: number;
  /** Share of the looked at webcam pictures in which the face is found; null without the truth set. */
  facesFound: number | null;
  /** Steps of the picture's quality, as the history tells them. */
  steps: string[];
  /** Until all was sent after the end, s. */
  sendingSeconds: number;
}

/** Each question is shown for so long, s. */
const questionSeconds = 20;

/** Takes an exam over a line of a width, and reads from the record what the student saw. */
export async function runThinLine(kbps: number | null, clips: { camera: string; microphone: string; faces: boolean }, say: (line: string) => void): Promise<ThinLine> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const network = await makeNetwork(0);
    undo.push(() => network.stop());
    const product = await startSupervised({ network, env: { VIGIL_WORKERS: '0' } });
    undo.push(() => product.stop());
    const display = await startDisplay();
    undo.push(() => display.stop());
    const textPage = await serveTextPage();
    undo.push(() => textPage.stop());
    const reader = await Reader.open();
    undo.push(() => reader.close());
    const student = await launchStudent({ display: display.name, ...clips });
    undo.push(() => student.close());
    const notes = await noteCapture(student.context);
    const page = student.context.pages()[0] ?? (await student.context.newPage());
    await joinExam(page, product.studentLink);
    await waitRecorded(page);
    const exam = await student.context.newPage();
    await exam.goto(textPage.address);
    if (kbps !== null) await network.thin(kbps, 0);
    await showQuestion(exam, 0);
    say('the student is recorded');
    // The line's width has just changed: what counts is what is sent from then on.
    await lasting(10_000);
    const shown: { question: number; fromMs: number }[] = [];
    const [bytes, startedAt] = [await network.sentBytes(), Date.now()];
    let ofPage = 0;
    for (const question of questions.keys()) {
      shown.push({ question, fromMs: await showQuestion(exam, question) });
      await lasting(questionSeconds * 1_000);
      const seen = await exam.screenshot({ clip: { x: 0, y: 0, width: 1280, height: 400 } });
      ofPage += readRight(questions[question]!.join(' '), await reader.read(await enlarged(seen))) / questions.length;
    }
    const sentKbps = ((await network.sentBytes()) - bytes) / ((Date.now() - startedAt) / 8);
    await page.bringToFront();
    await finishExam(page);
    const truth = notes.truth();
    const finishedAt = Date.now();
    await page.locator('[data-testid=sending][data-state=received]').waitFor({ timeout: 600_000 });
    const sendingSeconds = (Date.now() - finishedAt) / 1_000;
    say('everything is sent');
    const attempt = attemptOf(product.studentLink);
    const timeline = await (await InstructorApi.signIn(product, sendBy(student.context.request))).timeline(attempt);
    let ocr = 0;
    for (const { question, fromMs } of shown) {
      // Late in the question's time: a thin line may need some seconds for a picture.
      const picture = await pictureAt(product.data, timeline, fromMs + (questionSeconds - 3) * 1_000);
      const share = picture ? readRight(questions[question]!.join(' '), await reader.read(picture)) : 0;
      ocr += share / shown.length;
    }
    const seconds = (backfill: boolean): number =>
      timeline.tracks.flatMap(({ segments }) => segments).filter((segment) => segment.backfill === backfill).reduce((sum, { durationMs }) => sum + durationMs / 1_000, 0);
    return {
      kbps,
      sentKbps,
      liveSeconds: Math.round(seconds(false)),
      laterSeconds: Math.round(seconds(true)),
      ...(await missingIn(product.data, attempt, timeline, truth)),
      ocr,
      ocrOfPage: ofPage,
      facesFound: clips.faces ? await facesFound(product.data, timeline) : null,
      steps: timeline.history.filter(({ kind }) => kind === 'quality').map(({ detail }) => detail ?? ''),
      sendingSeconds,
    };
  } finally {
    for (const step of undo.reverse()) await step().catch((error: unknown) => say(`not undone: ${String(error)}`));
  }
}

const fileOf = (data: string, id: string): string => {
  const [attempt, track, epoch, sequence] = id.split('-');
  return join(data, 'segments', attempt!, track!, `${epoch}-${sequence}.webm`);
};

/** Small print is read better when it is larger. */
const enlarged = async (picture: Buffer): Promise<Buffer> =>
  (await run('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-vf', 'scale=2*iw:2*ih:flags=lanczos', '-f', 'image2pipe', '-c:v', 'png', 'pipe:1'], { input: picture })).stdout;

/** The upper part of the screen as the record shows it at a time, server wall clock, ms. */
async function pictureAt(data: string, timeline: AttemptTimeline, atMs: number): Promise<Buffer | undefined> {
  const screen = timeline.tracks.find(({ track }) => track === 'screen')?.segments ?? [];
  const segment = screen.find(({ startMs, durationMs }) => startMs <= atMs && atMs < startMs + durationMs);
  if (!segment) return undefined;
  // All frames up to that time: the last one stands.
  const upTo = (atMs - segment.zeroMs) / 1_000;
  const { stdout } = await run('ffmpeg', [
    '-v', 'error', '-copyts', '-i', fileOf(data, segment.id), '-vf', `select='lte(t,${upTo})',scale=1280:720,crop=1280:400:0:0,scale=2560:800:flags=lanczos`,
    '-fps_mode', 'passthrough', '-update', '1', '-f', 'image2pipe', '-c:v', 'png', 'pipe:1',
  ]); // prettier-ignore
  return lastPng(stdout);
}

/** Of pictures one after the other, the last. */
function lastPng(pictures: Buffer): Buffer | undefined {
  const at = pictures.lastIndexOf(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  return at < 0 ? undefined : pictures.subarray(at);
}

async function missingIn(data: string, attempt: string, timeline: AttemptTimeline, truth: CaptureTruth): Promise<{ missingSeconds: number; where: string }> {
  const missing = missingFrom(await decodeRecording(data, attempt), truth, { fromMs: timeline.startMs, toMs: timeline.endMs });
  return { missingSeconds: Math.max(...Object.values(missing).map(({ length }) => length)), where: whereOf(missing, timeline.startMs) };
}

async function facesFound(data: string, timeline: AttemptTimeline): Promise<number> {
  const { findFaces } = await loadDetectors();
  let looks = 0;
  let absent = 0;
  const track: Track = 'webcam';
  for (const { id, width, height } of timeline.tracks.find((one) => one.track === track)?.segments ?? []) {
    if (!width || !height) continue;
    let second = -1;
    const decoded = decode({ file: fileOf(data, id), track, video: { width, height }, audio: false });
    for await (const frame of decoded.frames) {
      // One look a second, as the recorder worker does.
      if (Math.floor(frame.timeMs / 1_000) === second) continue;
      second = Math.floor(frame.timeMs / 1_000);
      looks += 1;
      if (!(await findFaces(frame)).sure.length) absent += 1;
    }
    await decoded.ended;
  }
  return looks ? 1 - absent / looks : 0;
}
