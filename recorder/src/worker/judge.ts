import { joinDetails, joinMoments, meanConfidence, rulesOf, type DetectorStamp, type ScreenText, type Track } from '@vigil/protocol';
import type { Detectors } from './detectors/all.js';
import type { Detector, JudgeRules, Observation, Timed } from './detectors/detector.js';
import { screenTextsOf } from './detectors/screen-words.js';
import type { Measured } from './measure.js';

/** What was measured in a segment that begins at `startMs`, server wall clock. */
export interface MeasuredSegment {
  track: Track;
  startMs: number;
  measured: Measured;
}

/** An observation with what made it. */
export interface Judged extends Observation {
  track: Track;
  detector: DetectorStamp;
  /** Nothing is recorded, or not yet, that shows it. */
  unseen?: true;
}

/** What a detector measured in an attempt, in order of time. */
export function samplesOf(segments: readonly MeasuredSegment[], { stamp, track }: Pick<Detector, 'stamp' | 'track'>): Timed<unknown>[] {
  return segments
    .filter((segment) => segment.track === track)
    .flatMap(({ startMs: zeroMs, measured }) => {
      const own = measured.detectors.find((one) => one.stamp.name === stamp.name && one.stamp.version === stamp.version);
      return (own?.samples ?? []).map(([startMs, endMs, value]): Timed<unknown> => ({ startMs: zeroMs + startMs, endMs: zeroMs + endMs, value }));
    })
    .sort((a, b) => a.startMs - b.startMs);
}

/** All that the detectors observe in what was measured, and what was `noticed` besides, however short. Values of a detector of another version, and kinds that are off, are left out. */
export function observe(segments: readonly MeasuredSegment[], { all }: Pick<Detectors, 'all'>, rules: JudgeRules = {}, noticed: readonly Judged[] = []): Judged[] {
  const observed = all.flatMap((detector): Judged[] => {
    const { stamp, track } = detector;
    const samples = samplesOf(segments, detector);
    return samples.length ? detector.judge(samples, rules).map((observation) => ({ ...observation, track, detector: stamp })) : [];
  });
  return [...observed, ...noticed].filter(({ kind }) => !rules.off?.includes(kind)).sort((a, b) => a.startMs - b.startMs || a.kind.localeCompare(b.kind));
}

/**
 * Judges what was measured in an attempt, and `noticed` by its browser or before it: a pure function of both, in any order. What is one
 * incident by the rules is one; what is too short for any is none.
 */
export function judge(segments: readonly MeasuredSegment[], detectors: Pick<Detectors, 'all'>, rules: JudgeRules = {}, noticed: readonly Judged[] = []): Judged[] {
  return joinMoments(observe(segments, detectors, rules, noticed), rulesOf(rules)).map(({ startMs, endMs, parts }) => {
    const best = parts.reduce((a, b) => (b.confidence > a.confidence ? b : a));
    return { ...best, startMs, endMs, confidence: meanConfidence(parts), ...joinDetails(parts) };
  });
}

/** What was read on an attempt's screen; nothing where the rules do not look for words. */
export function readIn(segments: readonly MeasuredSegment[], { all }: Pick<Detectors, 'all'>, rules: JudgeRules = {}): ScreenText[] {
  const detector = all.find(({ stamp }) => stamp.name === 'screen-words');
  return detector && !rules.off?.includes('screen-words') ? screenTextsOf(samplesOf(segments, detector)) : [];
}
