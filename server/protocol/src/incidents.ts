import { z } from 'zod';
import type { ExamRules } from './attempts.js';
import { FindingKind, isQuality, type DetectorStamp, type Finding } from './findings.js';
import type { Track } from './ids.js';

/** How findings of one kind become incidents, and what an incident adds to an attempt's rank. */
export interface IncidentRule {
  /** Shorter ones are not shown, ms. */
  minimumMs: number;
  /** Findings at most so far apart are one incident, ms. */
  joinMs: number;
  /** Points of an incident; each further half minute of it adds as many again. 0: shown, but not ranked. */
  weight: number;
}
export type IncidentRules = Readonly<Record<FindingKind, IncidentRule>>;

/** What holds unless an exam says otherwise. */
export const defaultRules: IncidentRules = {
  'face-absent': { minimumMs: 3_000, joinMs: 2_000, weight: 2 },
  'faces-several': { minimumMs: 2_000, joinMs: 3_000, weight: 5 },
  'person-several': { minimumMs: 4_000, joinMs: 4_000, weight: 3 },
  'other-person': { minimumMs: 6_000, joinMs: 10_000, weight: 8 },
  'looking-away': { minimumMs: 3_000, joinMs: 2_000, weight: 1 },
  phone: { minimumMs: 3_000, joinMs: 5_000, weight: 6 },
  book: { minimumMs: 6_000, joinMs: 6_000, weight: 1 },
  'second-screen': { minimumMs: 10_000, joinMs: 20_000, weight: 1 },
  speech: { minimumMs: 500, joinMs: 2_000, weight: 1 },
  'voices-several': { minimumMs: 1_000, joinMs: 20_000, weight: 4 },
  'virtual-camera': { minimumMs: 0, joinMs: 5_000, weight: 8 },
  'camera-black': { minimumMs: 2_000, joinMs: 2_000, weight: 3 },
  'camera-frozen': { minimumMs: 4_000, joinMs: 3_000, weight: 3 },
  'camera-looped': { minimumMs: 8_000, joinMs: 10_000, weight: 8 },
  'screen-black': { minimumMs: 2_000, joinMs: 2_500, weight: 3 },
  // A still screen is normal while someone reads. A clock that shows minutes changes within 60 s; a caret blinks.
  'screen-frozen': { minimumMs: 90_000, joinMs: 500, weight: 0 },
  'screen-words': { minimumMs: 0, joinMs: 30_000, weight: 4 },
  'screen-switched': { minimumMs: 0, joinMs: 2_000, weight: 0 },
  'screen-surface': { minimumMs: 0, joinMs: 5_000, weight: 3 },
  'second-monitor': { minimumMs: 0, joinMs: 5_000, weight: 2 },
  'page-left': { minimumMs: 1_000, joinMs: 2_000, weight: 1 },
  'fullscreen-left': { minimumMs: 1_000, joinMs: 2_000, weight: 1 },
  copy: { minimumMs: 0, joinMs: 2_000, weight: 1 },
  paste: { minimumMs: 0, joinMs: 2_000, weight: 1 },
  'device-changed': { minimumMs: 0, joinMs: 2_000, weight: 1 },
  'developer-tools': { minimumMs: 0, joinMs: 5_000, weight: 3 },
  'camera-dark': { minimumMs: 5_000, joinMs: 5_000, weight: 0 },
  'camera-blurred': { minimumMs: 5_000, joinMs: 5_000, weight: 0 },
  'face-unclear': { minimumMs: 10_000, joinMs: 5_000, weight: 0 },
  'sound-clipped': { minimumMs: 2_000, joinMs: 5_000, weight: 0 },
};

/** What happened once, as a person sees it: findings of one kind that belong together. */
export interface Incident {
  /** The first finding's id. */
  id: string;
  kind: FindingKind;
  track: Track;
  startMs: number;
  endMs: number;
  confidence: number;
  /** Ids of its findings, in order of time; the evidence of each can be fetched. */
  findings: string[];
  detector: DetectorStamp;
}

/** What decides which findings are one incident. */
export type Moment = Pick<Finding, 'kind' | 'startMs' | 'endMs'>;

export interface Joined<F extends Moment> extends Moment {
  parts: [F, ...F[]];
}

/** Joins what belongs together, and drops what is too short. @param byTime in order of their start. */
export function joinMoments<F extends Moment>(byTime: readonly F[], rules: IncidentRules): Joined<F>[] {
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

/** The confidence of what lasts as long as its parts, each weighed by its length. */
export function meanConfidence(parts: readonly Pick<Finding, 'startMs' | 'endMs' | 'confidence'>[]): number {
  const weightOf = ({ startMs, endMs }: { startMs: number; endMs: number }): number => Math.max(1, endMs - startMs);
  const weight = parts.reduce((sum, part) => sum + weightOf(part), 0);
  return parts.reduce((sum, part) => sum + part.confidence * weightOf(part), 0) / weight;
}

/** The incidents in an attempt's findings, in order of time. */
export function incidentsOf(findings: readonly Finding[], rules: IncidentRules = defaultRules): Incident[] {
  const byTime = [...findings].sort((a, b) => a.startMs - b.startMs || a._id.localeCompare(b._id));
  return joinMoments(byTime, rules).map(({ kind, startMs, endMs, parts }) => {
    const { _id: id, track, detector } = parts[0];
    return { id, kind, track, startMs, endMs, confidence: meanConfidence(parts), detector, findings: parts.map(({ _id }) => _id) };
  });
}

/** What one kind adds to a rank: `points` = `weight` × (`incidents` + `halfMinutes`). */
export const RankTerm = z.object({
  kind: FindingKind,
  incidents: z.number(),
  /** How long they last in all, ms. */
  lengthMs: z.number(),
  /** Full half minutes, counted in each incident by itself. */
  halfMinutes: z.number(),
  weight: z.number(),
  points: z.number(),
});
export type RankTerm = z.infer<typeof RankTerm>;

/** How much there is to look at in an attempt, and why: its terms, the largest first. Quality is counted, and adds nothing. */
export const Rank = z.object({ points: z.number(), terms: z.array(RankTerm) });
export type Rank = z.infer<typeof Rank>;

/** The rules of an exam: its weights in place of the ordinary ones. */
export const rulesOf = ({ weights = {} }: Pick<ExamRules, 'weights'>): IncidentRules =>
  Object.fromEntries(
    FindingKind.options.map((kind) => [kind, { ...defaultRules[kind], ...(weights[kind] !== undefined && { weight: weights[kind] }) }]),
  ) as Record<FindingKind, IncidentRule>;

/** Findings of the kinds that are looked for; those of a kind that was turned off later may still be there. */
export const lookedFor = <F extends Pick<Finding, 'kind'>>(findings: readonly F[], { off }: Pick<ExamRules, 'off'>): F[] =>
  findings.filter(({ kind }) => !off?.includes(kind));

const HALF_MINUTE_MS = 30_000;

/** Ranks an attempt by its findings. Only incidents count that a person is shown. */
export function rankOf(findings: readonly Moment[], rules: IncidentRules = defaultRules): Rank {
  const terms = new Map<FindingKind, RankTerm>();
  for (const { kind, startMs, endMs } of joinMoments([...findings].sort((a, b) => a.startMs - b.startMs), rules)) {
    const weight = isQuality(kind) ? 0 : rules[kind].weight;
    const term = terms.get(kind) ?? { kind, incidents: 0, lengthMs: 0, halfMinutes: 0, weight, points: 0 };
    term.incidents += 1;
    term.lengthMs += endMs - startMs;
    term.halfMinutes += Math.floor((endMs - startMs) / HALF_MINUTE_MS);
    term.points = weight * (term.incidents + term.halfMinutes);
    terms.set(kind, term);
  }
  const order = FindingKind.options;
  const sorted = [...terms.values()].sort((a, b) => b.points - a.points || order.indexOf(a.kind) - order.indexOf(b.kind));
  return { points: sorted.reduce((sum, { points }) => sum + points, 0), terms: sorted };
}
