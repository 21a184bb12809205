import { about, type Kind, natural } from './kinds.js';
import { lengthOf, overlapOf, type Span, union, widen } from './spans.js';

export interface Found extends Span {
  kind: Kind;
}

/** Something that happens in a clip. An optional event may be found or not: it counts neither way. */
export interface TruthEvent extends Found {
  optional?: boolean;
}

/** What is to be judged of one clip. */
export interface Clip {
  truth: readonly TruthEvent[];
  /** Incidents, and what was said of the quality. */
  found: readonly Found[];
  durationMs: number;
}

/** What one detector did, in one clip or in many. */
export interface Tally {
  /** Length of the material that it was given, ms. */
  ms: number;
  events: number;
  /** Events that were found. */
  hits: number;
  /** Incidents that belong to no event, splits included. */
  wrong: number;
  /** Incidents for an event that had one already. */
  splits: number;
  /** Length of the events without the tolerance at their edges, ms; how much of it was found; what was found outside of any event. */
  eventMs: number;
  hitMs: number;
  wrongMs: number;
  /** Begin of an incident after the begin of its event, ms. */
  delaysMs: number[];
  /** How long it could not judge, ms; events that were missed meanwhile. */
  abstainedMs: number;
  abstainedEvents: number;
  /** For people: what was missed and what was wrong. */
  notes: string[];
}

/** What the truth leaves open at the edges of an event. */
export const toleranceMs = 1_000;

export const emptyTally = (): Tally => ({
  ms: 0, events: 0, hits: 0, wrong: 0, splits: 0, eventMs: 0, hitMs: 0, wrongMs: 0, delaysMs: [], abstainedMs: 0, abstainedEvents: 0, notes: [],
}); // prettier-ignore

export function addTallies(a: Tally, b: Tally): Tally {
  const sum = { ...b };
  for (const key of ['ms', 'events', 'hits', 'wrong', 'splits', 'eventMs', 'hitMs', 'wrongMs', 'abstainedMs', 'abstainedEvents'] as const) sum[key] += a[key];
  return { ...sum, delaysMs: [...a.delaysMs, ...b.delaysMs], notes: [...a.notes, ...b.notes] };
}

const wide = (event: Span): Span => widen(event, toleranceMs);
/** The events that an incident is about: none, unless at least half of it lies there. One that lasts all the time is about nothing. */
function aboutWhich<E extends Span>(incident: Span, events: readonly E[]): E[] {
  const near = events.filter((event) => overlapOf([incident], [wide(event)]) > 0);
  return overlapOf([incident], near.map(wide)) >= (incident.endMs - incident.startMs) / 2 ? near : [];
}
const said = ({ startMs, endMs }: Span): string => `${(startMs / 1_000).toFixed(1)}–${(endMs / 1_000).toFixed(1)} s`;

/** Compares what one detector found in a clip with what is in it: one incident for one event, in order of time. */
export function judge(kind: Kind, { truth, found, durationMs }: Clip): Tally {
  const byTime = <T extends Span>(spans: readonly T[]): T[] => [...spans].sort((a, b) => a.startMs - b.startMs);
  const own = byTime(truth.filter((event) => event.kind === kind));
  const events = own.filter(({ optional }) => !optional);
  const bringsAlong = natural.filter((each) => each.found.includes(kind)).map(({ during }) => during);
  const others = truth.filter((event) => bringsAlong.includes(event.kind));
  const incidents = byTime(found.filter((each) => each.kind === kind));
  const muted = found.filter((each) => about(kind).mutedBy?.includes(each.kind));

  const tally = { ...emptyTally(), ms: durationMs, events: events.length };
  const taken = new Set<TruthEvent>();
  for (const incident of incidents) {
    const near = aboutWhich(incident, own);
    const event = near.find((one) => !one.optional && !taken.has(one));
    if (event) {
      taken.add(event);
      tally.delaysMs.push(incident.startMs - event.startMs);
    } else if (near.some(({ optional }) => !optional)) {
      tally.splits += 1;
      tally.wrong += 1;
      tally.notes.push(`${kind} split ${said(incident)}`);
    } else if (!near.length && !aboutWhich(incident, others).length) {
      tally.wrong += 1;
      tally.notes.push(`${kind} false ${said(incident)}`);
    }
  }
  for (const event of events.filter((one) => !taken.has(one))) {
    const abstained = overlapOf([event], muted) >= (event.endMs - event.startMs) / 2;
    if (abstained) tally.abstainedEvents += 1;
    tally.notes.push(`${kind} missed ${said(event)}${abstained ? ', could not judge' : ''}`);
  }
  const cores = events.map((event) => widen(event, -toleranceMs));
  tally.hits = taken.size;
  tally.eventMs = lengthOf(cores);
  tally.hitMs = overlapOf(incidents, cores);
  tally.wrongMs = lengthOf(incidents) - overlapOf(incidents, union([...own, ...others].map(wide)));
  tally.abstainedMs = overlapOf(muted, [{ startMs: 0, endMs: durationMs }]);
  return tally;
}
