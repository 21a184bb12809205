import type { CaptureTruth } from '../clock/capture-truth.js';
import { type Clips, makeClips } from '../clock/clips.js';
import { truthSet } from '../clock/scenes.js';
import { launchFilmed } from '../support/filmed-student.js';
import { makeNetwork } from '../support/network.js';
import { type Product, startProduct } from '../support/product.js';
import { Undo } from '../support/undo.js';
import type { Span } from './compare.js';
import { takeExamInFirefox } from './firefox.js';
import { judgeFindings, judgePlaying, judgeRecording } from './judge.js';
import { takeExam } from './record.js';
import { decodeRecording, recordedAttempts } from './recording.js';
import type { Line } from './report.js';
import { analysed, playBack, signIn } from './review.js';
import { truthEvents, type TruthEvent } from './truth-events.js';

/** One run of the main job. */
export interface MainJob {
  browser: 'chromium' | 'firefox';
  /** How long is recorded, s. */
  seconds: number;
  /** Of the packets to the server, at random. Undefined: no network of its own, all over the loopback interface. */
  lossPercent?: number;
  /** Made by the caller, to be used again; else they are made for this run alone. */
  clips?: Clips;
}

interface Taken {
  truth: CaptureTruth;
  /** What detectors have to find within a window; undefined where the devices show nothing to find. */
  events?: (window: Span) => TruthEvent[];
}

const analysisLimitMs = 240_000;

/** Runs the product from the student's link to the review page, and judges what came out. @param say hears of each step */
export async function mainJob(job: MainJob, say: (line: string) => void): Promise<Line[]> {
  const undo = new Undo();
  try {
    const lossPercent = job.lossPercent ?? (job.browser === 'firefox' ? 0 : undefined);
    const network = lossPercent === undefined ? undefined : undo.add(await makeNetwork(lossPercent));
    const product = undo.add(await startProduct(network ? { env: network.env, prefix: network.prefix } : {}));
    say(`the product runs at ${product.url}`);
    try {
      const taken = job.browser === 'firefox'
        ? { truth: await takeExamInFirefox(product.studentLink, job.seconds) }
        : await takeInChromium(job, product, undo, say); // prettier-ignore
      const counts = await network?.counts();
      const lines = await reviewed(product, taken, Boolean(lossPercent), say);
      if (!counts) return lines;
      const lost = { what: 'packets lost on the way', measured: `${counts.dropped} of ${counts.dropped + counts.passed}` };
      return [{ ...lost, holds: lossPercent ? counts.dropped > 0 : counts.passed > 0 }, ...lines];
    } catch (error) {
      say(product.log().split('\n').slice(-60).join('\n'));
      throw error;
    }
  } finally {
    await undo.all();
  }
}

async function takeInChromium(job: MainJob, product: Product, undo: Undo, say: (line: string) => void): Promise<Taken> {
  const clips = job.clips ?? undo.add(await makeClips(job.seconds > 60));
  const { student, notes } = await launchFilmed(product, clips, undo);
  try {
    const { truth, black, turnedMs } = await takeExam(student.context, notes, product.studentLink, job.seconds, say);
    const happened = { camera: clips.happened, speech: clips.spoken, black, turnedMs };
    return { truth, events: (window) => truthEvents(truth, happened, window) };
  } finally {
    await student.close();
  }
}

async function reviewed(product: Product, taken: Taken, lossy: boolean, say: (line: string) => void): Promise<Line[]> {
  const [attempt, ...others] = await recordedAttempts(product.data);
  if (!attempt || others.length) throw new Error(`one attempt was expected on disk, and ${attempt ? others.length + 1 : 0} are there`);
  const reviewer = await signIn(product);
  try {
    const timeline = await analysed(reviewer.page, product, attempt, analysisLimitMs);
    say('the recording is analysed');
    const recording = await decodeRecording(product.data, attempt);
    const window = { fromMs: timeline.startMs, toMs: timeline.endMs };
    const playings = await playBack(reviewer, attempt, timeline, taken.truth);
    return [
      ...judgeRecording(recording, taken.truth, timeline, lossy),
      { what: 'analysis', measured: timeline.analysis, holds: timeline.analysis === 'done' },
      ...(taken.events
        ? judgeFindings(taken.events(window), timeline.incidents, timeline.startMs, truthSet() !== undefined)
        : [{ what: 'findings', measured: 'these devices show nothing to find' }]),
      ...judgePlaying(playings, reviewer.errors),
    ];
  } finally {
    await reviewer.browser.close();
  }
}
