import { z } from 'zod';
import { Id, SegmentId, Track } from './ids.js';

/** What a detector can say that it saw or heard. Evidence for a person, never a verdict. */
export const FindingKind = z.enum([
  'face-absent',
  'faces-several',
  'speech',
  'camera-black',
  'screen-black',
  'screen-frozen',
]);
export type FindingKind = z.infer<typeof FindingKind>;

/** What made a finding, so that it can be made again. */
export const DetectorStamp = z.object({
  name: z.string(),
  version: z.string(),
  /** File name and the first 12 digits of its SHA-256, or `none` where no model is used. */
  model: z.string(),
  /** Named thresholds in force. */
  thresholds: z.record(z.string(), z.number()),
});
export type DetectorStamp = z.infer<typeof DetectorStamp>;

/**
 * One detector's observation inside one segment. A happening that crosses a segment's border has a finding in each;
 * `mergeFindings` joins them for people.
 */
export const Finding = z.object({
  /** `<segment>-<kind>-<n>`: the same segment analysed again gives the same ids. */
  _id: z.string(),
  attempt: Id,
  segment: SegmentId,
  track: Track,
  kind: FindingKind,
  /** Server wall clock, ms since 1970. */
  startMs: z.number(),
  endMs: z.number(),
  /** Mean score over the interval, 0 to 1. */
  confidence: z.number().min(0).max(1),
  detector: DetectorStamp,
  /** File under `<data>/evidence/` that shows it: a frame (JPEG) or a waveform (PNG). */
  evidence: z.object({ type: z.enum(['frame', 'waveform']), file: z.string() }),
});
export type Finding = z.infer<typeof Finding>;

/** A happening as a person sees it: the findings of one kind that touch each other. */
export interface Happening {
  /** The first finding's id. */
  id: string;
  kind: FindingKind;
  track: Track;
  startMs: number;
  endMs: number;
  confidence: number;
  /** Ids of the findings in it, in order of time; the evidence of each can be fetched. */
  findings: string[];
  detector: DetectorStamp;
}

/**
 * How long, in ms, something must last before a person is shown it, and how far apart two findings may be
 * and still be one happening.
 */
export const happeningRules: Record<FindingKind, { minimumMs: number; joinMs: number }> = {
  'face-absent': { minimumMs: 2_000, joinMs: 2_000 },
  'faces-several': { minimumMs: 1_500, joinMs: 2_000 },
  speech: { minimumMs: 250, joinMs: 1_000 },
  'camera-black': { minimumMs: 2_000, joinMs: 2_000 },
  'screen-black': { minimumMs: 2_000, joinMs: 2_500 },
  // A still screen is normal while someone reads. A clock that shows minutes changes within 60 s; a caret blinks.
  'screen-frozen': { minimumMs: 90_000, joinMs: 2_500 },
};

/** What decides which findings are one happening. */
type Moment = Pick<Finding, 'kind' | 'startMs' | 'endMs'>;

/** Findings of one kind that touch, in order of time. */
interface Joined<F extends Moment> {
  kind: FindingKind;
  startMs: number;
  endMs: number;
  parts: [F, ...F[]];
}

/** Joins what touches, and drops what is too short. @param byTime in order of their start. */
function join<F extends Moment>(byTime: readonly F[], rules: typeof happeningRules): Joined<F>[] {
  const open = new Map<FindingKind, Joined<F>>();
  const all: Joined<F>[] = [];
  for (const finding of byTime) {
    const { kind, startMs, endMs } = finding;
    const last = open.get(kind);
    if (last && startMs - last.endMs <= rules[kind].joinMs) {
      last.endMs = Math.max(last.endMs, endMs);
      last.parts.push(finding);
      continue;
    }
    const next: Joined<F> = { kind, startMs, endMs, parts: [finding] };
    open.set(kind, next);
    all.push(next);
  }
  return all.filter(({ kind, startMs, endMs }) => endMs - startMs >= rules[kind].minimumMs);
}

/** Joins findings of one kind that touch (also across segments), drops what is too short, sorts by time. */
export function mergeFindings(findings: readonly Finding[], rules = happeningRules): Happening[] {
  const byTime = [...findings].sort((a, b) => a.startMs - b.startMs || a._id.localeCompare(b._id));
  return join(byTime, rules).map(({ kind, startMs, endMs, parts }) => {
    const { _id: id, track, detector } = parts[0];
    const weightOf = (part: Finding): number => Math.max(1, part.endMs - part.startMs);
    const weight = parts.reduce((sum, part) => sum + weightOf(part), 0);
    const confidence = parts.reduce((sum, part) => sum + part.confidence * weightOf(part), 0) / weight;
    return { id, kind, track, startMs, endMs, confidence, detector, findings: parts.map(({ _id }) => _id) };
  });
}

/** How many happenings of each kind `mergeFindings` makes of these. */
export function countHappenings(findings: readonly Moment[], rules = happeningRules): Partial<Record<FindingKind, number>> {
  const counts: Partial<Record<FindingKind, number>> = {};
  for (const { kind } of join([...findings].sort((a, b) => a.startMs - b.startMs), rules)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
