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
  /** Points more of an incident during which there is one of these kinds. */
  together?: Partial<Record<FindingKind, number>>;
}
export type IncidentRules = Readonly<Record<FindingKind, IncidentRule>>;

/** What holds unless an exam says otherwise. */
export const defaultRules: IncidentRules = {
  'face-absent': { minimumMs: 3_000, joinMs: 2_000, weight: 2 },
  'faces-several': { minimumMs: 2_000, joinMs: 3_000, weight: 5 },
  'person-several': { minimumMs: 4_000, joinMs: 4_000, weight: 3 },
  'other-person': { minimumMs: 6_000, joinMs: 10_000, weight: 8 },
  'looking-away': { minimumMs: 3_000, joinMs: 2_000, weight: 1, together: { speech: 1 } },
  phone: { minimumMs: 3_000, joinMs: 5_000, weight: 6, together: { 'looking-away': 2 } },
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
  /** Of its findings together. */
  detail?: string | undefined;
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

/** Longest detail of a finding or an incident, characters. */
const longestDetail = 200;

/** What the parts say exactly, each once, as many as there is room for. */
export function joinDetails(parts: readonly Pick<Finding, 'detail'>[]): Pick<Finding, 'detail'> {
  const all = new Set(parts.flatMap(({ detail }) => detail?.split('; ') ?? []));
  let joined = '';
  for (const detail of all) {
    const longer = joined ? `${joined}; ${detail}` : detail.slice(0, longestDetail);
    if (longer.length > longestDetail) break;
    joined = longer;
  }
  return joined ? { detail: joined } : {};
}

/** The incidents in an attempt's findings, in order of time. */
export function incidentsOf(findings: readonly Finding[], rules: IncidentRules = defaultRules): Incident[] {
  const byTime = [...findings].sort((a, b) => a.startMs - b.startMs || a._id.localeCompare(b._id));
  return joinMoments(byTime, rules).map(({ kind, startMs, endMs, parts }) => {
    const { _id: id, track, detector } = parts[0];
    return { id, kind, track, startMs, endMs, confidence: meanConfidence(parts), ...joinDetails(parts), detector, findings: parts.map(({ _id }) => _id) };
  });
}

/** What one kind, or two that come together, add to a rank: `points` = `weight` × (`incidents` + `halfMinutes`). */
export const RankTerm = z.object({
  kind: FindingKind,
  /** Only those incidents during which there is one of this kind; they are in the kind's own term as well. */
  with: FindingKind.optional(),
  /** Those that count. */
  incidents: z.number(),
  /** Besides these: incidents that a person has marked as explained or false, and that count nothing. */
  setAside: z.number().optional(),
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

/** The rules of an exam: what they say in place of what is ordinary. Of a kind that is off there is no incident, whatever was found before. */
export function rulesOf({ weights = {}, minimumSeconds = {}, together, off = [] }: Pick<ExamRules, 'weights' | 'minimumSeconds' | 'together' | 'off'>): IncidentRules {
  const ruleOf = (kind: FindingKind): IncidentRule => {
    const { minimumMs, joinMs, weight, together: ordinary } = defaultRules[kind];
    const more = together ? Object.fromEntries(together.filter((one) => one.kind === kind).map((one) => [one.with, one.weight])) : ordinary;
    const seconds = minimumSeconds[kind];
    return {
      minimumMs: off.includes(kind) ? Infinity : seconds === undefined ? minimumMs : seconds * 1_000,
      joinMs,
      weight: weights[kind] ?? weight,
      ...(more && { together: more }),
    };
  };
  return Object.fromEntries(FindingKind.options.map((kind) => [kind, ruleOf(kind)])) as Record<FindingKind, IncidentRule>;
}

const HALF_MINUTE_MS = 30_000;

/**
 * Ranks an attempt by its findings. Only incidents count that a person is shown.
 * @param isSetAside whether a person has marked an incident as explained or false: it counts nothing, also not together with others.
 */
export function rankOf(findings: readonly Moment[], rules: IncidentRules = defaultRules, isSetAside: (incident: Moment) => boolean = () => false): Rank {
  const all = joinMoments([...findings].sort((a, b) => a.startMs - b.startMs), rules);
  const incidents = all.filter((one) => !isSetAside(one));
  const aside = all.filter((one) => !incidents.includes(one));
  const ofKind = (kind: FindingKind): Moment[] => incidents.filter((one) => one.kind === kind);
  const terms = FindingKind.options.flatMap((kind): RankTerm[] => {
    const own = ofKind(kind);
    const setAside = aside.filter((one) => one.kind === kind).length;
    if (!own.length && !setAside) return [];
    const halfMinutes = own.reduce((sum, { startMs, endMs }) => sum + Math.floor((endMs - startMs) / HALF_MINUTE_MS), 0);
    const more = Object.entries(rules[kind].together ?? {}) as [FindingKind, number][];
    return [
      termOf({ kind, incidents: own.length, ...(setAside && { setAside }), lengthMs: lengthOf(own), halfMinutes, weight: isQuality(kind) ? 0 : rules[kind].weight }),
      ...more.flatMap(([other, weight]): RankTerm[] => {
        const both = own.filter((one) => ofKind(other).some(({ startMs, endMs }) => startMs < one.endMs && endMs > one.startMs));
        if (!both.length || isQuality(kind) || isQuality(other) || !weight) return [];
        return [termOf({ kind, with: other, incidents: both.length, lengthMs: lengthOf(both), halfMinutes: 0, weight })];
      }),
    ];
  });
  // Of the same points those first that come first among the kinds.
  const sorted = terms.sort((a, b) => b.points - a.points);
  return { points: sorted.reduce((sum, { points }) => sum + points, 0), terms: sorted };
}

const lengthOf = (moments: readonly Moment[]): number => moments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
const termOf = (term: Omit<RankTerm, 'points'>): RankTerm => ({ ...term, points: term.weight * (term.incidents + term.halfMinutes) });
