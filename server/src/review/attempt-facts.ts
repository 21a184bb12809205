import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';
import type { AttemptEvent, AttemptSummary } from '@vigil/protocol';
import { joinMoments, rankOf, rulesFor, rulesOf } from '@vigil/protocol';
import { gapsOf, missingAt, missingBySource, missingSeconds, recordOf, windowOf } from '../attempts/gaps.js';
import type { AttemptOutline, ExamDocument, FindingOutline, Judging, ResolutionDocument, SegmentOutline } from '../store/index.js';
import { findingOutlinesOf, historiesOf, judgingOf, resolutionsOf, segmentOutlinesOf } from '../store/index.js';
import { analysisOf } from './analysis.js';
import { setAsideBy } from './resolved.js';

/** What is worked out from an attempt's segments and findings. */
export type Facts = Pick<AttemptSummary, 'analysis' | 'rank' | 'missingSeconds' | 'missingBySource' | 'missingNow'>;

/** Facts that were worked out before. */
interface Kept {
  /** Of the attempt as it was: another one makes the facts void. */
  version: string;
  facts: Facts;
  /** When they are worked out anew, by the clock `elapsed`. */
  untilMs: number;
}

/** An attempt that is over and analysed does not change by itself; what else may happen to it shows after this, ms. */
const settledMs = 3_600_000;
/** After working facts out, so many times as long as it took goes by before it is done again: recording comes first. */
const restFactor = 10;
/** Attempts whose facts are kept, some hundred bytes each. */
const mostKept = 5_000;
/** Recorded time that is read at once, ms: some 60,000 segments. The embedded database has all that it finds in its memory. */
const portionMs = 250 * 3_600_000;
/** Attempts that are read at once: whoever waits sees something after each portion. */
const mostInPortion = 50;

/**
 * Works out what the list of an exam's attempts says of each, for pages that ask every few seconds, in a process that may be
 * recording. There can be a thousand segments in an attempt: those of an attempt that is over and analysed are read once.
 */
export class AttemptFacts {
  readonly #now: () => number;
  readonly #elapsed: () => number;
  /** Those asked for last at the end. */
  readonly #kept = new Map<string, Kept>();
  #turn: Promise<unknown> = Promise.resolve();
  /** Exams whose facts are being worked out while nobody waits for all of them. */
  readonly #behind = new Map<string, Promise<unknown>>();
  /** Of those, what went wrong and nobody was told yet. */
  readonly #failures = new Map<string, Error>();

  /** @param now server wall clock, ms since 1970. @param elapsed a clock that is never set, ms. */
  constructor(now: () => number, elapsed = () => performance.now()) {
    this.#now = now;
    this.#elapsed = elapsed;
  }

  /** The facts of attempts at an exam, in the same order. */
  async of(exam: ExamDocument, attempts: readonly AttemptOutline[]): Promise<{ attempt: AttemptOutline; facts: Facts }[]> {
    const known = new Map<string, Facts>();
    const unknown = (): AttemptOutline[] =>
      attempts.filter((attempt) => {
        const facts = this.#fresh(exam, attempt);
        if (facts) known.set(attempt._id, facts);
        return !facts;
      });
    if (unknown().length > 0)
      // Who waited for its turn may find that all is done.
      await this.#inTurn(async () => {
        for (const [id, facts] of await this.#workOut(exam, unknown())) known.set(id, facts);
      });
    return attempts.flatMap((attempt) => {
      const facts = known.get(attempt._id);
      return facts ? [{ attempt, facts }] : [];
    });
  }

  /**
   * What is known of attempts at an exam after at most `patienceMs`, also where it is to be worked out anew; that goes on behind.
   * @returns facts by attempt, and whether there will be more, or others.
   */
  async soon(exam: ExamDocument, attempts: readonly AttemptOutline[], patienceMs: number): Promise<{ facts: Map<string, Facts>; more: boolean }> {
    const failure = this.#failures.get(exam._id);
    this.#failures.delete(exam._id);
    if (failure) throw failure;
    const isDue = (): boolean => attempts.some((attempt) => !this.#fresh(exam, attempt));
    if (isDue()) {
      const behind =
        this.#behind.get(exam._id) ??
        this.of(exam, attempts)
          .catch((error: unknown) => {
            // Whoever asks next is told, should nobody wait any more.
            this.#failures.set(exam._id, error instanceof Error ? error : new Error(String(error)));
          })
          .finally(() => this.#behind.delete(exam._id));
      this.#behind.set(exam._id, behind);
      const patience = new AbortController();
      await Promise.race([behind, pause(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
      patience.abort();
      const now = this.#failures.get(exam._id);
      this.#failures.delete(exam._id);
      if (now) throw now;
    }
    const known = attempts.flatMap(({ _id }): [string, Kept][] => {
      const kept = this.#kept.get(_id);
      return kept ? [[_id, kept]] : [];
    });
    // Of another version is what was before a change: it is not told any more.
    const versions = new Map(attempts.map((attempt) => [attempt._id, versionOf(attempt, exam)]));
    return { facts: new Map(known.filter(([id, { version }]) => version === versions.get(id)).map(([id, { facts }]) => [id, facts])), more: isDue() };
  }

  #fresh(exam: ExamDocument, attempt: AttemptOutline): Facts | undefined {
    const kept = this.#kept.get(attempt._id);
    if (kept?.version !== versionOf(attempt, exam) || this.#elapsed() >= kept.untilMs) return undefined;
    this.#keep(attempt._id, kept);
    return kept.facts;
  }

  #keep(id: string, kept: Kept): void {
    this.#kept.delete(id);
    this.#kept.set(id, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #workOut(exam: ExamDocument, attempts: readonly AttemptOutline[]): Promise<Map<string, Facts>> {
    const all = new Map<string, Facts>();
    if (attempts.length === 0) return all;
    const beganMs = this.#elapsed();
    const nowMs = this.#now();
    const keepUntil = (untilMs: (attempt: AttemptOutline, facts: Facts) => number, which = attempts): void => {
      for (const attempt of which) {
        const facts = all.get(attempt._id);
        if (facts) this.#keep(attempt._id, { version: versionOf(attempt, exam), facts, untilMs: untilMs(attempt, facts) });
      }
    };
    try {
      for (const portion of portionsOf(attempts, nowMs)) {
        const records = await recordsOf(exam, portion);
        for (const attempt of portion) {
          const record = records.get(attempt._id);
          if (record) all.set(attempt._id, factsOf(attempt, exam, record, nowMs));
          // Packets that came meanwhile.
          await breathe();
        }
        // Who does not wait for all of them is told these.
        keepUntil(() => Infinity, portion);
      }
    } finally {
      const endedMs = this.#elapsed();
      keepUntil((attempt, facts) => endedMs + (isSettled(attempt, facts) ? settledMs : (endedMs - beganMs) * restFactor));
    }
    return all;
  }
}

/** Attempts in portions of at most `portionMs` and `mostInPortion`, or of one. */
function portionsOf(attempts: readonly AttemptOutline[], nowMs: number): AttemptOutline[][] {
  const portions: AttemptOutline[][] = [];
  let leftMs = 0;
  for (const attempt of attempts) {
    const { startMs, endMs } = windowOf(attempt, nowMs);
    leftMs -= endMs - startMs;
    const last = portions.at(-1);
    if (last && leftMs >= 0 && last.length < mostInPortion) last.push(attempt);
    else {
      portions.push([attempt]);
      leftMs = portionMs - (endMs - startMs);
    }
  }
  return portions;
}

/** All that facts follow from and that is not in the segments and findings. */
const versionOf = ({ progress, startedAt, finishedAt, restored = 0, resolved = 0, accommodations, terms, faceChangedAt, onboarding }: AttemptOutline, { rules }: ExamDocument): string =>
  [progress, startedAt?.getTime(), finishedAt?.getTime(), restored, resolved, JSON.stringify([rules, accommodations, terms, faceChangedAt, onboarding])].join(' ');

/** Whether nothing is recorded or analysed any more, or yet. */
const isSettled = ({ progress }: AttemptOutline, { analysis }: Facts): boolean =>
  progress !== 'recording' && progress !== 'interrupted' && (analysis === 'done' || analysis === 'none');

/** What there is of an attempt. */
interface Material {
  segments: SegmentOutline[];
  findings: FindingOutline[];
  /** Only of an attempt that is being recorded: it tells whether the part that is being written is there. */
  history: readonly AttemptEvent[];
  judging: Judging | undefined;
  resolutions: ResolutionDocument[];
}

async function recordsOf(exam: ExamDocument, attempts: readonly AttemptOutline[]): Promise<Map<string, Material>> {
  const ids = attempts.map(({ _id }) => _id);
  const records = new Map<string, Material>(ids.map((id) => [id, { segments: [], findings: [], history: [], judging: undefined, resolutions: [] }]));
  const gather = async <T extends { attempt: string }>(from: AsyncIterable<T>, into: (record: Material) => T[]): Promise<void> => {
    for await (const each of from) {
      const record = records.get(each.attempt);
      if (record) into(record).push(each);
    }
  };
  const recording = attempts.filter(({ progress }) => progress === 'recording').map(({ _id }) => _id);
  // In this order: an attempt is asked for before its last segment is measured, and its findings are stored before it is judged.
  const [histories] = await Promise.all([recording.length > 0 ? historiesOf(recording) : [], gather(segmentOutlinesOf(ids), ({ segments }) => segments)]);
  const judging = await judgingOf(exam, attempts);
  const [resolutions] = await Promise.all([resolutionsOf(ids), gather(findingOutlinesOf(ids), ({ findings }) => findings)]);
  for (const [id, history] of histories) {
    const record = records.get(id);
    if (record) record.history = history;
  }
  for (const resolution of resolutions) records.get(resolution.attempt)?.resolutions.push(resolution);
  for (const [id, record] of records) record.judging = judging.get(id);
  return records;
}

function factsOf(attempt: AttemptOutline, { rules }: ExamDocument, { segments, findings, history, judging, resolutions }: Material, nowMs: number): Facts {
  const { progress } = attempt;
  const incidentRules = rulesOf(rulesFor(rules, attempt.accommodations));
  const isSetAside = resolutions.length ? setAsideBy(joinMoments(findings.toSorted((a, b) => a.startMs - b.startMs), incidentRules), resolutions) : undefined;
  const record = recordOf(attempt, { rules }, segments, history, nowMs);
  const gaps = gapsOf(record);
  return {
    analysis: analysisOf(progress, segments.map(({ analysis }) => analysis.state), judging),
    rank: rankOf(findings, incidentRules, isSetAside),
    missingSeconds: missingSeconds(gaps),
    missingBySource: missingBySource(gaps),
    missingNow: progress === 'recording' ? missingAt(gaps, record.window.endMs) : [],
  };
}
