import type { AttemptEvent, ExamRules, Gap, GapCause, SegmentDocument, Source, Track } from '@vigil/protocol';
import { rulesFor, sourcesOf, trackOf } from '@vigil/protocol';
import type { AttemptDocument } from '../store/attempts.js';
import type { ExamDocument } from '../store/exams.js';
import type { Interval } from './intervals.js';
import { holesIn, spanOf, totalMs, uncovered, union } from './intervals.js';

/** What the record of an attempt is judged by. */
export interface Coverage {
  /** From the start to the end, or to now while it lasts. */
  window: Interval;
  /** In which the attempt was over, before it was opened again. */
  pauses?: readonly Interval[] | undefined;
  /** A segment of each track may be open: what is being written at this moment counts as there. */
  writing: boolean;
  /** The student's browser has said, after the end, that it has nothing left. */
  allSent?: boolean;
  rules: ExamRules;
  /** `video` and `audio`: whether it has any. */
  segments: readonly (Pick<SegmentDocument, 'track' | 'startMs' | 'durationMs' | 'gaps' | 'closedBy'> & { video?: unknown; audio?: unknown })[];
  history: readonly AttemptEvent[];
}

/** The window that should be in the record: up to `nowMs` while it lasts, and empty before the start. */
export function windowOf({ startedAt, finishedAt, createdAt }: Pick<AttemptDocument, 'startedAt' | 'finishedAt' | 'createdAt'>, nowMs: number): Interval {
  const startMs = (startedAt ?? createdAt).getTime();
  return { startMs, endMs: startedAt ? (finishedAt?.getTime() ?? nowMs) : startMs };
}

/** What was left of an attempt's time when it ended, ms. */
export const leftMs = ({ endsAt, finishedAt }: Pick<AttemptDocument, 'endsAt' | 'finishedAt'>): number => (endsAt && finishedAt ? Math.max(0, endsAt.getTime() - finishedAt.getTime()) : 0);

/** For how long an attempt was over before it was opened again, in all, ms. */
export const pausedMs = ({ pauses = [] }: Pick<AttemptDocument, 'pauses'>): number => totalMs(pauses);

/** An attempt's record as it stands, by what holds for its student. @param nowMs server wall clock, ms since 1970. */
export function recordOf(
  attempt: Pick<AttemptDocument, 'startedAt' | 'finishedAt' | 'pauses' | 'allSentAt' | 'createdAt' | 'progress' | 'accommodations' | 'terms'>,
  { rules }: Pick<ExamDocument, 'rules'>,
  segments: Coverage['segments'],
  history: Coverage['history'],
  nowMs: number,
): Coverage {
  return {
    window: windowOf(attempt, nowMs),
    pauses: attempt.pauses,
    writing: attempt.progress === 'recording',
    allSent: attempt.allSentAt !== undefined,
    rules: rulesFor(rules, attempt.accommodations, attempt.terms),
    segments,
    history,
  };
}

/** Between two segments the clocks of sound and picture leave small holes, which nobody misses. */
const smallestHoleMs = 500;

/** A page that is back sends its sources within this, ms; what takes longer waits for the student. */
const rejoinMs = 5_000;

/**
 * Everything that the exam asked for and that is not in the record, by track, in order of time: holes inside segments as
 * capture noted them, and holes between them with the cause that the attempt's history gives.
 */
export function gapsOf(coverage: Coverage): Map<Track, Gap[]> {
  const gaps = new Map<Track, Gap[]>();
  for (const source of sourcesOf(coverage.rules)) {
    const track = trackOf(source);
    gaps.set(track, [...(gaps.get(track) ?? []), ...gapsOfSource(coverage, source)]);
  }
  for (const list of gaps.values()) list.sort((a, b) => a.startMs - b.startMs);
  return gaps;
}

/** Whether something is missing there that was asked for; while the attempt was over, nothing was. */
export const isMissing = ({ cause }: Pick<Gap, 'cause'>): boolean => cause !== 'finished';

/** Seconds in which anything is missing; what several sources miss at once counts once. */
export const missingSeconds = (gaps: ReadonlyMap<Track, readonly Gap[]>): number => totalMs([...gaps.values()].flat().filter(isMissing)) / 1_000;

/** What is missing of each source that misses anything. */
export function gapsBySource(gaps: ReadonlyMap<Track, readonly Gap[]>): Map<Source, Gap[]> {
  const bySource = new Map<Source, Gap[]>();
  for (const gap of [...gaps.values()].flat().filter(isMissing)) bySource.set(gap.source, [...(bySource.get(gap.source) ?? []), gap]);
  return bySource;
}

/** Seconds in which each source is missing; one that misses nothing is left out. */
export const missingBySource = (gaps: ReadonlyMap<Track, readonly Gap[]>): Partial<Record<Source, number>> =>
  Object.fromEntries([...gapsBySource(gaps)].map(([source, own]) => [source, totalMs(own) / 1_000]));

/** The sources whose gap goes on at this moment, ms. */
export const missingAt = (gaps: ReadonlyMap<Track, readonly Gap[]>, atMs: number): Source[] =>
  [...gapsBySource(gaps)].filter(([, own]) => own.some(({ endMs }) => endMs >= atMs)).map(([source]) => source);

/** Switched off by the student or their device: what the browser kept of that time is silence, and fills nothing. */
export const isSilenced = ({ source, cause }: { source: Source; cause: GapCause | undefined }): boolean => source === 'microphone' && cause === 'muted';

function gapsOfSource({ window, pauses = [], writing, allSent, segments, history }: Coverage, source: Source): Gap[] {
  const own = segments.filter(
    ({ track, video, audio }) => track === trackOf(source) && (source === 'microphone' ? audio : video),
  );
  const present = own.map(spanOf);
  const isLater = ({ closedBy }: Pick<SegmentDocument, 'closedBy'>): boolean => closedBy === 'backfill';
  const notedIn = ({ gaps }: Pick<SegmentDocument, 'gaps'>): Gap[] => gaps.filter((gap) => gap.source === source);
  const liveNoted = segments.filter((segment) => segment.track === trackOf(source) && !isLater(segment)).flatMap(notedIn);
  const states = statesOf(history, source, window);
  const silenced = [...liveNoted, ...states.map((state) => ({ ...state, source }))].filter(isSilenced);
  // What came later fills holes, also those that live segments have inside, but not where it has one itself.
  const later = union(own.filter(isLater).flatMap((segment) => uncovered(spanOf(segment), [...notedIn(segment), ...silenced])));
  const noted = liveNoted
    .map(({ cause, startMs, endMs }) => ({
      source,
      startMs: Math.max(startMs, window.startMs),
      endMs: Math.min(endMs, window.endMs),
      cause,
    }))
    .filter(({ startMs, endMs }) => endMs > startMs)
    .flatMap((gap) => without(gap, later));
  const open = writing ? openTail(states, present, window) : [];
  const live = own.filter((segment) => !isLater(segment)).map(spanOf);
  const over = pauses.map(({ startMs, endMs }): Gap => ({ source, startMs, endMs, cause: 'finished' }));
  const holes = uncovered(window, [...live, ...later, ...noted, ...open, ...over]).filter(
    ({ startMs, endMs }) => endMs - startMs >= smallestHoleMs,
  );
  const gaps = holes.flatMap((hole) => named(hole, states, source));
  return [...noted, ...over, ...(allSent ? gaps.map((gap) => unlessKept(gap, later)) : gaps)];
}

/** What is left of a gap when later pieces, joined, are taken out; crumbs at their edges count as there. */
function without(gap: Gap, later: readonly Interval[]): Gap[] {
  const left = holesIn(gap, later);
  if (left.length === 1 && left[0]?.startMs === gap.startMs && left[0].endMs === gap.endMs) return [gap];
  return left.filter(({ startMs, endMs }) => endMs - startMs >= smallestHoleMs).map((part) => ({ ...gap, ...part }));
}

/**
 * Where the browser kept the beginning of an outage and then no more of it, it was not recording any more: for the rest it does not
 * matter how long the outage lasted.
 */
function unlessKept(gap: Gap, later: readonly Interval[]): Gap {
  const isOutage = gap.cause === 'server' || gap.cause === 'media-server' || gap.cause === 'connection';
  return isOutage && later.some(({ endMs }) => Math.abs(endMs - gap.startMs) < smallestHoleMs) ? { ...gap, cause: 'not-kept' } : gap;
}

/** From `startMs` on until the next state: why the source is not recorded; undefined: it is. */
interface State extends Interval {
  cause: GapCause | undefined;
}

/** What the history says of a source, as stretches without holes over the window. */
function statesOf(history: readonly AttemptEvent[], source: Source, window: Interval): State[] {
  const states: State[] = [{ ...window, cause: 'not-published' }];
  const put = (atMs: number, cause: GapCause | undefined): void => {
    const last = states.at(-1);
    const startMs = Math.max(atMs, window.startMs);
    if (!last || startMs >= window.endMs) return;
    last.endMs = startMs;
    states.push({ startMs, endMs: window.endMs, cause });
  };
  let beforeDisk: GapCause | undefined;
  const events = history.filter((event) => event.source === undefined || event.source === source).sort((a, b) => a.atMs - b.atMs);
  for (const [index, event] of events.entries()) {
    switch (event.kind) {
      case 'source-on':
        put(event.atMs, undefined);
        break;
      // Of one that was opened again: from here on nothing is sent until the student has gone on.
      case 'submitted':
        put(event.atMs, 'not-published');
        break;
      case 'source-off':
        put(event.atMs, event.cause ?? 'not-published');
        break;
      case 'interrupted':
        put(event.atMs, event.cause ?? 'connection');
        break;
      case 'disk-full':
        beforeDisk = states.at(-1)?.cause;
        put(event.atMs, 'disk');
        break;
      case 'disk-ok':
        put(event.atMs, beforeDisk);
        break;
      // Back, but not yet recorded. A source that follows by itself is still missing because of the interruption; one that does
      // not, from here on because it is not sent.
      case 'resumed': {
        const next = events.slice(index + 1).find(({ kind }) => kind === 'source-on' || kind === 'source-off' || kind === 'interrupted');
        if (Math.min(next?.atMs ?? Infinity, window.endMs) - event.atMs > rejoinMs) put(event.atMs, 'not-published');
        break;
      }
      case 'taken-over':
      case 'identity':
      case 'asked-again':
      case 'created':
      case 'opened':
      case 'agreed':
      case 'declined':
      case 'checked':
      case 'started':
      case 'expired':
      case 'reopened':
      case 'quality':
      case 'ring':
      case 'backfilled':
      case 'evidence':
        break;
    }
  }
  return states.filter(({ startMs, endMs }) => endMs > startMs);
}

/** What a running attempt is writing now: nothing announces it until its segment is closed. */
function openTail(states: readonly State[], present: readonly Interval[], window: Interval): Interval[] {
  const last = states.at(-1);
  if (!last || last.cause !== undefined) return [];
  // A segment that began before the last change ends with it at the latest, so the open one begins here or later.
  const lastEnd = Math.max(window.startMs, ...present.map(({ endMs }) => endMs));
  return [{ startMs: Math.max(last.startMs, lastEnd), endMs: window.endMs }];
}

/**
 * Gives a hole its causes. The history learns of a loss late (a lost connection shows after seconds), and of the return
 * early: a stretch for which it knows no cause belongs to the cause that follows, else to the one before.
 */
function named(hole: Interval, states: readonly State[], source: Source): Gap[] {
  const pieces = states
    .map(({ startMs, endMs, cause }) => ({
      startMs: Math.max(startMs, hole.startMs),
      endMs: Math.min(endMs, hole.endMs),
      cause,
    }))
    .filter(({ startMs, endMs }) => endMs > startMs);
  const gaps: Gap[] = [];
  for (const [index, { startMs, endMs, cause: known }] of pieces.entries()) {
    const last = gaps.at(-1);
    const next = pieces.slice(index + 1).find(({ cause }) => cause !== undefined)?.cause;
    const cause = known ?? next ?? last?.cause ?? 'unknown';
    if (last && (last.cause === cause || endMs - startMs < smallestHoleMs)) last.endMs = endMs;
    else gaps.push({ source, startMs, endMs, cause });
  }
  return gaps;
}
