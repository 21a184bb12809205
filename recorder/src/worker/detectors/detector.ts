import type { DetectorStamp, ExamRules, FindingKind, Track } from '@vigil/protocol';
import type { z } from 'zod';
import type { Hearing } from './hearing.js';
import type { Look } from './look.js';

/** A value that holds for some time, ms: from the file's time zero while a segment is measured, server wall clock when it is judged. */
export interface Timed<T> {
  startMs: number;
  endMs: number;
  value: T;
}

/** What a detector says happened; ms as the samples it judged. */
export interface Observation {
  kind: FindingKind;
  startMs: number;
  endMs: number;
  /** 0 to 1. */
  confidence: number;
  /** The moment that shows it best. */
  shownAtMs: number;
  /** What exactly, e.g. which words; at most 200 characters, more of them separated by semicolons. */
  detail?: string | undefined;
}

/** What is known before an attempt is looked at. */
export interface Known {
  /** Descriptors of the student's face (`descriptorOf`), where the exam's rules and the student allow to compare. */
  baseline?: readonly Float32Array[] | undefined;
}

/** What of an exam's rules decides what is a finding. */
export type JudgeRules = Pick<ExamRules, 'off' | 'words' | 'minimumSeconds'>;

/**
 * A detector works in two steps. It **measures** each segment by itself: frames or samples in, values out, kept beside the
 * segment. And it **judges** the values of a whole attempt, in order of time: observations out. So segments can be measured in any
 * order, by any worker, again after a crash; what is relative to a student's own ordinary state is known when it is judged; and
 * nothing is torn at a segment's border.
 */
export interface Detector {
  readonly stamp: DetectorStamp;
  readonly track: Track;
  /** Begins a segment: the function it gives is called for each frame. Undefined: what was measured last still holds. */
  readonly look?: (known: Known) => (look: Look) => unknown;
  /** Looks at frames in their full size as well. */
  readonly reads?: boolean;
  /** Hears a segment's sound. */
  readonly hear?: (hearing: Hearing) => Promise<Timed<unknown>[]>;
  /** @throws {z.ZodError} the values are not what this detector measures. */
  readonly judge: (samples: readonly Timed<unknown>[], rules: JudgeRules) => Observation[];
}

interface Common<T> {
  stamp: DetectorStamp;
  /** What is measured, as it is stored. */
  sample: z.ZodType<T>;
  judge: (samples: readonly Timed<T>[], rules: JudgeRules) => Observation[];
}

const parsed = <T>({ sample, judge }: Common<T>) => (samples: readonly Timed<unknown>[], rules: JudgeRules): Observation[] =>
  judge(
    samples.map(({ startMs, endMs, value }) => ({ startMs, endMs, value: sample.parse(value) })),
    rules,
  );

/** A detector that looks at a track's frames. */
export const frameDetector = <T>(
  parts: Common<T> & { track: Track; reads?: true; look: (known: Known) => (look: Look) => Promise<T | undefined> | T | undefined },
): Detector => ({
  stamp: parts.stamp,
  track: parts.track,
  look: parts.look,
  reads: parts.reads ?? false,
  judge: parsed(parts),
});

/** A detector that hears the microphone. */
export const soundDetector = <T>(parts: Common<T> & { hear: (hearing: Hearing) => Promise<Timed<T>[]> }): Detector => ({
  stamp: parts.stamp,
  track: 'webcam',
  hear: parts.hear,
  judge: parsed(parts),
});
