import {
  FindingKind,
  sourcesOf,
  trackOf,
  type AttemptTimeline,
  type Gap,
  type ReviewNote,
  type Source,
  type TimelineIncident,
} from '@vigil/protocol';
import type { Range } from './ranges.js';
import { SegmentIndex } from './segment-index.js';

/** A line of the timeline: one source with what was recorded of it, live and later, one kind of finding, or the notes. Times are ms from the start. */
export type Lane =
  | { kind: 'source'; id: Source; recorded: Range[]; later: Range[]; gaps: (Range & { cause: Gap['cause'] })[] }
  | { kind: 'finding'; id: FindingKind; marks: (Range & { incident: TimelineIncident })[] }
  | { kind: 'notes'; id: 'notes'; marks: (Range & { note: ReviewNote })[] };

/** The timeline's lines: asked-for sources first, then the kinds of findings that there are, and the notes. */
export function lanesOf(timeline: AttemptTimeline): Lane[] {
  const { startMs: origin, endMs, tracks, incidents, notes, exam } = timeline;
  // What lies outside of the recorded window has no place on the line.
  const inside = (startMs: number, toMs: number): Range => ({
    fromMs: Math.max(0, startMs - origin),
    toMs: Math.min(endMs, toMs) - origin,
  });
  const sources = sourcesOf(exam.rules).map((id): Lane => {
    const track = tracks.find((one) => one.track === trackOf(id));
    const index = new SegmentIndex(track?.segments ?? [], origin);
    const gaps = (track?.gaps ?? [])
      .filter((gap) => gap.source === id)
      .map((gap) => ({ ...inside(gap.startMs, gap.endMs), cause: gap.cause }))
      .filter(({ fromMs, toMs }) => toMs > fromMs)
      .sort((a, b) => a.fromMs - b.fromMs);
    const what = id === 'microphone' ? 'sound' : 'picture';
    return { kind: 'source', id, recorded: index.stretches(what, false), later: index.stretches(what, true), gaps: joined(gaps) };
  });
  const findings = FindingKind.options.flatMap((id): Lane[] => {
    const marks = incidents
      .filter((incident) => incident.kind === id)
      .map((incident) => ({ ...inside(incident.startMs, incident.endMs), incident }));
    return marks.length ? [{ kind: 'finding', id, marks }] : [];
  });
  const noted = notes.map((note) => ({ ...inside(note.startMs, note.endMs), note }));
  return [...sources, ...findings, ...(noted.length ? [{ kind: 'notes', id: 'notes', marks: noted } as const] : [])];
}

/** Gaps nearer than this are told as one, ms: what lies between is too short to look at. */
const NEAR_MS = 1_000;

/** Neighbours of one cause that nearly touch become one. @param gaps of one source, by time. */
function joined<G extends Range & { cause: Gap['cause'] }>(gaps: readonly G[]): G[] {
  const all: G[] = [];
  for (const gap of gaps) {
    const last = all.at(-1);
    if (last?.cause === gap.cause && gap.fromMs - last.toMs < NEAR_MS) last.toMs = Math.max(last.toMs, gap.toMs);
    else all.push({ ...gap });
  }
  return all;
}

const near = (a: Range, b: Range): boolean => Math.abs(a.fromMs - b.fromMs) < NEAR_MS && Math.abs(a.toMs - b.toMs) < NEAR_MS;

/** A stretch that is missing, of one or more sources. */
export interface Missing extends Range {
  sources: Source[];
  cause: Gap['cause'];
}

/** The gaps of all sources by time; those that sources share, to within a second, are one line. */
export function missingOf(lanes: readonly Lane[]): Missing[] {
  const missing: Missing[] = [];
  for (const lane of lanes) {
    if (lane.kind !== 'source') continue;
    for (const { fromMs, toMs, cause } of lane.gaps) {
      const same = missing.find((one) => one.cause === cause && !one.sources.includes(lane.id) && near(one, { fromMs, toMs }));
      if (same) {
        same.sources.push(lane.id);
        same.fromMs = Math.min(same.fromMs, fromMs);
        same.toMs = Math.max(same.toMs, toMs);
      } else missing.push({ sources: [lane.id], fromMs, toMs, cause });
    }
  }
  return missing.sort((a, b) => a.fromMs - b.fromMs);
}

/** Steps between the labels of the time scale, ms. */
const STEPS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600].map((seconds) => seconds * 1_000);

/** Where to write times on a scale so that about `count` of them fit into `spanMs`. */
export function ticksOf(lengthMs: number, spanMs: number, count: number): number[] {
  const step = STEPS.find((one) => spanMs / one <= count) ?? 7_200_000;
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, i) => i * step);
}
