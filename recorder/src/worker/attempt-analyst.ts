import { judgedBy, rulesFor, rulesOf, Sidecar, VigilError, type Accommodations, type ExamRules, type ExamTerms, type ScreenText, type SegmentDocument } from '@vigil/protocol';
import type { Collection, Db } from 'mongodb';
import { segmentFile } from '../capture/segment-path.js';
import type { Detectors } from './detectors/all.js';
import { judgeBrowser, type BrowserRules } from './detectors/browser.js';
import type { Detector, JudgeRules } from './detectors/detector.js';
import { judge, readIn, type Judged, type MeasuredSegment } from './judge.js';
import { measureFile, type Measured, type Measuring } from './measure.js';
import { StripMaker } from './media/strip.js';
import type { Onlooker } from './onboarding/onlooker.js';
import type { JudgedBy } from './queue/attempt-queue.js';
import type { BrowserEventStore } from './queue/browser-event-store.js';
import type { MeasurementStore } from './queue/measurement-store.js';
import { segmentOf, show, type ShownSegment } from './show.js';

export interface AnalystOptions {
  db: Db;
  /** `<data>/segments` */
  folder: string;
  measurements: Pick<MeasurementStore, 'read'>;
  events: Pick<BrowserEventStore, 'of'>;
  detectors: Detectors;
  /** Knows the students' faces. */
  onlooker: Pick<Onlooker, 'baselineOf' | 'baselineVersionOf'>;
}

/** What of an attempt is asked here. */
interface AttemptRules {
  _id: string;
  exam: string;
  accommodations?: Accommodations;
  terms?: ExamTerms;
  /** An id, or `declined`. */
  onboarding?: string;
  freshLook?: { outcome: string; distance?: number };
  faceChangedAt?: Date;
  startedAt?: Date;
  finishedAt?: Date;
  /** In which it was over, before it was opened again. */
  pauses?: { startMs: number; endMs: number }[];
}

/** What is found in an attempt, how it is shown, and by which rules. */
export interface AttemptJudged {
  judged: Judged[];
  /** What was read on its screen. */
  texts: ScreenText[];
  show: (one: Judged) => Promise<Buffer>;
  by: JudgedBy;
}

/** Measures segments and judges attempts, from the files and the collection `segments`. */
export class AttemptAnalyst {
  readonly #segments: Collection<SegmentDocument>;
  readonly #attempts: Collection<AttemptRules>;
  readonly #exams: Collection<{ _id: string; rules: ExamRules }>;
  readonly #options: AnalystOptions;

  constructor(options: AnalystOptions) {
    this.#segments = options.db.collection<SegmentDocument>('segments');
    this.#attempts = options.db.collection('attempts');
    this.#exams = options.db.collection('exams');
    this.#options = options;
  }

  /** @throws {VigilError} as `measureFile`, and `badInput` for a document that is not a segment's. */
  async measure(document: SegmentDocument, signal?: AbortSignal): Promise<Measuring> {
    const { folder, detectors } = this.#options;
    const parsed = Sidecar.safeParse(document);
    if (!parsed.success) throw new VigilError('badInput', `The segment's entry in the database is not as expected: ${parsed.error.issues[0]?.path.join('.') ?? ''}.`);
    const { startMs, durationMs, gaps } = parsed.data;
    const { rules, onboarding } = await this.#attemptOf(document.attempt);
    const baseline = onboarding === undefined ? undefined : await this.#options.onlooker.baselineOf(onboarding);
    const strip = new StripMaker();
    const measured = await measureFile(
      {
        ...shownOf(folder, parsed.data),
        durationMs,
        gaps: gaps
          .filter(({ source }) => source !== 'microphone')
          .map((gap) => ({ startMs: gap.startMs - startMs, endMs: gap.endMs - startMs })),
      },
      askedFor(detectors, rules),
      { baseline: baseline?.faces },
      signal,
      strip,
    );
    const { sha256 } = parsed.data;
    return { ...measured, sha256, strip: await strip.finish(sha256), ...(baseline && { baseline: baseline.version }) };
  }

  /**
   * Judges all that is measured of an attempt, and that its browser noticed, whether or not its segment is marked as done yet. A segment
   * that is done, but not as is asked for now, is measured again. What of its measurements still counts is judged meanwhile; undefined:
   * none of them does, so nothing that was found is replaced until it is measured, which asks to judge again, or given up.
   */
  async judge(attempt: string, signal?: AbortSignal): Promise<AttemptJudged | undefined> {
    const { folder, measurements, events, detectors } = this.#options;
    const { rules, onboarding, fresh, by, finishedAtMs, pauses } = await this.#attemptOf(attempt);
    const baseline = onboarding === undefined ? undefined : await this.#options.onlooker.baselineVersionOf(onboarding);
    const documents = await this.#segments.find({ attempt }).sort({ startMs: 1, _id: 1 }).toArray();
    const measured: MeasuredSegment[] = [];
    const asked = askedFor(detectors, rules).all;
    let complete = true;
    for (const document of documents) {
      signal?.throwIfAborted();
      const { state, doneAt } = document.analysis;
      const own = await measurements.read(document);
      const counting = own && countingOf(own, document, baseline, asked);
      if (counting) measured.push({ track: document.track, startMs: document.startMs, measured: counting.measured });
      // What was found in it before stays.
      else if (state === 'done' || (state !== 'dead' && (own || doneAt))) complete = false;
      if (state === 'done' && !counting?.all)
        await this.#segments.updateOne(
          { _id: document._id, 'analysis.state': 'done' },
          { $set: { 'analysis.state': 'pending', 'analysis.tries': 0, 'analysis.availableAt': new Date() } },
        );
    }
    if (!complete) return undefined;
    const shown = documents.map((document) => shownOf(folder, document));
    const own = await events.of(attempt);
    const untilMs = finishedAtMs ?? Math.max(0, ...documents.map((one) => one.startMs + one.durationMs), ...own.map(({ atMs }) => atMs));
    const noticed = [...fresh, ...judgeBrowser(own, rules, untilMs, pauses)];
    const judged = judge(measured, detectors, rules, noticed).map((one): Judged => (segmentOf(one, shown) ? one : { ...one, unseen: true }));
    return { judged, texts: readIn(measured, detectors, rules), show: (one) => show(one, shown, signal), by };
  }

  /**
   * The rules in force for the attempt, none where it is not in the database any more; where the face is to be compared, with what; and
   * its end, and when it was over before.
   */
  async #attemptOf(id: string): Promise<{ rules: JudgeRules & BrowserRules; onboarding?: string; fresh: Judged[]; by: JudgedBy; finishedAtMs: number | undefined; pauses: readonly { startMs: number }[] }> {
    const projection = { exam: 1, accommodations: 1, terms: 1, onboarding: 1, freshLook: 1, faceChangedAt: 1, startedAt: 1, finishedAt: 1, pauses: 1 };
    const attempt = await this.#attempts.findOne({ _id: id }, { projection });
    const exam = attempt && (await this.#exams.findOne({ _id: attempt.exam }, { projection: { rules: 1 } }));
    const over = { finishedAtMs: attempt?.finishedAt?.getTime(), pauses: attempt?.pauses ?? [] };
    if (!exam) return { rules: {}, fresh: [], by: { exam: '', rules: judgedBy({}) }, ...over };
    const rules = rulesFor(exam.rules, attempt.accommodations, attempt.terms);
    const by = { exam: exam._id, rules: judgedBy(rules, attempt) };
    if (rules.identity && attempt.onboarding !== undefined && attempt.onboarding !== 'declined')
      return { rules, onboarding: attempt.onboarding, fresh: freshFinding(attempt, rules), by, ...over };
    // What was compared before the rule or the student changed their mind counts no more.
    return { rules: { ...rules, off: [...(rules.off ?? []), 'other-person'] }, fresh: [], by, ...over };
  }
}

/** What the look before the exam found, shown by how the exam begins. */
function freshFinding({ freshLook, startedAt }: AttemptRules, rules: ExamRules): Judged[] {
  if (freshLook?.outcome !== 'unlike' || !startedAt) return [];
  const startMs = startedAt.getTime();
  return [
    {
      kind: 'other-person',
      track: 'webcam',
      startMs,
      // However long it must be to count.
      endMs: startMs + rulesOf(rules)['other-person'].minimumMs,
      confidence: Math.min(1, freshLook.distance ?? 0),
      shownAtMs: startMs + 1_000,
      detector: { name: 'fresh-look', version: '1', model: 'none', thresholds: {} },
    },
  ];
}

/** Without reading the screen where the rules look for no words: what was read would be kept for nothing. */
const askedFor = (detectors: Detectors, { off }: JudgeRules): Detectors => ({ ...detectors, all: detectors.all.filter(({ reads }) => !reads || !off?.includes('screen-words')) });

/**
 * What of a segment's measurements still counts, and whether that is all that is `asked` for: distances from another baseline do not,
 * and a detector may not have been asked for. Undefined: another file was measured, or by detectors of another version.
 */
function countingOf(own: Measured, { track, sha256 }: SegmentDocument, baseline: string | undefined, asked: readonly Detector[]): { measured: Measured; all: boolean } | undefined {
  const theirs = asked.filter((one) => one.track === track).map(({ stamp }) => ({ stamp, made: own.detectors.find((one) => one.stamp.name === stamp.name)?.stamp }));
  if (own.sha256 !== sha256 || theirs.some(({ stamp, made }) => made && (made.version !== stamp.version || made.model !== stamp.model))) return undefined;
  const compared = track !== 'webcam' || baseline === undefined || own.baseline === baseline;
  return {
    measured: compared ? own : { ...own, detectors: own.detectors.filter(({ stamp }) => stamp.name !== 'identity') },
    all: compared && theirs.every(({ made }) => made),
  };
}

function shownOf(folder: string, segment: Sidecar): ShownSegment {
  const { track, startMs, durationMs, video, audio } = segment;
  return { file: segmentFile(folder, segment), track, startMs, durationMs, video: video?.frames ? video : undefined, audio: Boolean(audio?.frames) };
}
