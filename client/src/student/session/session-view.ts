import type { Announcements, ExamRules, Source } from '@vigil/protocol';
import type { Reason } from '@vigil/protocol/errors';
import { lastStep } from './encodings.js';

type GapCause = NonNullable<Announcements['recording']['cause']>;

/** `ended`: could not be opened, was unplugged, lost its permission, or sharing stopped. */
export type TrackState = 'opening' | 'live' | 'muted' | 'ended';

/** One source, as the browser and the server each see it. */
export interface SourceView {
  track: TrackState;
  /** It has had no track in this page: after a reload, or in a second tab. */
  never: boolean;
  /** The server's last word on it; null before it said any. */
  recorded: boolean | null;
  cause: GapCause | null;
  /** Since when it is as it is; this computer's clock, ms since 1970. */
  sinceMs: number;
}

/** How the recording is over, once it is. */
export type Ending =
  /** `finishedAtMs`: server wall clock, ms since 1970; null where the server only said that it is over. */
  | { how: 'finished' | 'time-over'; finishedAtMs: number | null }
  | { how: 'replaced' }
  /** The server said no for good. */
  | { how: 'refused'; reason: Reason; message: string };

/** Everything that the exam page shows of the session. A new object at every change. */
export interface SessionView {
  network: 'connecting' | 'connected' | 'lost';
  sources: Partial<Record<Source, SourceView>>;
  started: boolean;
  finishing: boolean;
  /** Of `uplinkSteps`: how much the uplink carries. */
  step: number;
  /** It carries less than it should: the picture is smaller, slower, or kept for later. */
  reduced: boolean;
  /** What sending later may take of the line beside the live recording. */
  spare: { paused: boolean; maxBitrate: number | null };
  /** Server wall clock, ms since 1970. */
  startedAtMs: number | null;
  endsAtMs: number | null;
  /** Server wall clock minus this computer's, ms. */
  clockOffsetMs: number;
  /** Sources that this browser records by itself at the moment, to be sent later. */
  kept: readonly Source[];
  ending: Ending | null;
}

/** Which sources the rules ask for, in the order in which they are shown. */
export function sourcesOf(rules: ExamRules): Source[] {
  const asked: [Source, boolean][] = [
    ['webcam', rules.webcam],
    ['microphone', rules.microphone],
    ['screen', rules.screen !== 'off'],
  ];
  return asked.filter(([, wanted]) => wanted).map(([source]) => source);
}

/**
 * What the bar shows of the connection. `slow`: all arrives, with a smaller or slower picture than it could be. `later`: nothing is
 * sent now, and all is kept here.
 */
export function networkState({ network, reduced, step }: SessionView): SessionView['network'] | 'slow' | 'later' {
  if (network !== 'connected' || !reduced) return network;
  return step === lastStep ? 'later' : 'slow';
}

/** What the bar shows of a source. `kept`: not recorded by the server now, but on this computer. */
export type RecordingState = 'recorded' | 'starting' | 'kept' | 'not-recorded';

/** `recorded` only when the server says so and nothing here speaks against it. */
export function recordingState(view: SessionView, source: Source): RecordingState {
  const seen = view.sources[source];
  if (!seen || seen.track === 'ended' || seen.track === 'muted') return 'not-recorded';
  const otherwise = view.kept.includes(source) ? 'kept' : 'not-recorded';
  if (view.network === 'lost') return otherwise;
  // The server says `not-published` until the first pictures come through.
  if (seen.track === 'opening' || seen.recorded === null || seen.cause === 'not-published')
    return view.network === 'connecting' && otherwise === 'kept' ? 'kept' : 'starting';
  return seen.recorded ? 'recorded' : otherwise;
}

const worstFirst = ['not-recorded', 'starting', 'kept', 'recorded'] as const satisfies readonly RecordingState[];

/** All sources in one word, for the title of the tab: that of the one that is worst off. */
export function wholeState(view: SessionView): RecordingState {
  const states = (Object.keys(view.sources) as Source[]).map((source) => recordingState(view, source));
  return worstFirst.find((state) => states.includes(state)) ?? 'starting';
}

/** Something that is not recorded: a sentence, and what the student can do about it. */
export interface Problem {
  id: Source | 'network' | 'disk' | 'server' | 'ring';
  title: string;
  text: string;
  /** A button that opens this source again. */
  reopen?: Source;
  /** The button does it for the first time in this page. */
  first?: boolean;
  /** The browser asks the student something. */
  asks?: boolean;
}

/** Whether there is something that the student should do now: the title of the tab calls for it. */
export const needsStudent = ({ reopen, asks }: Problem): boolean => reopen !== undefined || asks === true;

const names: Record<Source, string> = { webcam: 'camera', microphone: 'microphone', screen: 'screen' };

/** A source that has a track may take this long, ms, to get into the record, before the student is told. */
const graceMs = 8_000;

/**
 * What to tell the student now, the most important first. Empty when all is well.
 * @param nowMs this computer's clock, ms since 1970. @param full there is no room here for what this browser records by itself
 */
export function problemsOf(view: SessionView, nowMs: number, full = false): Problem[] {
  if (!view.started || view.ending) return [];
  if (view.finishing)
    return view.network === 'lost'
      ? [
          {
            id: 'network',
            title: 'The exam server cannot be reached',
            text: 'You have finished, but the server does not know it yet. We keep telling it. Please leave this page open until it says that you have finished.',
          },
        ]
      : [];
  const problems: Problem[] = [];
  if (view.network === 'lost')
    problems.push({
      id: 'network',
      title: 'The connection is lost',
      text: view.kept.length
        ? 'The recording is kept on this computer, and sent when the connection is back. We keep trying. Your exam goes on.'
        : 'We keep trying, and it comes back by itself. Your exam goes on. The missing time is noted, with its cause.',
    });
  if (full)
    problems.push({
      id: 'ring',
      title: 'This computer has no room left',
      text: 'A copy of the recording is kept here, in case the connection breaks, and there is no room for more of it. If you can, free some space on the disk. Your exam goes on.',
    });
  const sources = Object.entries(view.sources) as [Source, SourceView][];
  const causes = new Set(sources.map(([, { recorded, cause }]) => (recorded === false ? cause : null)));
  if (causes.has('disk'))
    problems.push({
      id: 'disk',
      title: 'The server has no room for the recording',
      text: 'This is not because of you. It goes on by itself when there is room. Please go on with your exam; the cause is noted.',
    });
  if (view.network !== 'lost' && (causes.has('media-server') || causes.has('server')))
    problems.push({
      id: 'server',
      title: 'The recording server is starting again',
      text: 'This is not because of you, and takes a few seconds. Please go on with your exam.',
    });
  for (const [source, seen] of sources) {
    const safe = view.network === 'lost' || view.kept.includes(source);
    const problem = problemOf(source, seen, safe, nowMs);
    if (problem) problems.push(problem);
  }
  return problems;
}

/** @param safe it is told elsewhere, or kept here, that the source does not reach the server */
function problemOf(source: Source, seen: SourceView, safe: boolean, nowMs: number): Problem | undefined {
  const title = `Your ${names[source]} is not recorded`;
  if (seen.track === 'opening') {
    if (source === 'screen' || nowMs - seen.sinceMs < graceMs) return undefined;
    return { id: source, title, text: `The browser asks whether this page may use it. Please allow the ${names[source]} there.`, asks: true };
  }
  if (seen.track === 'ended') {
    if (source === 'screen')
      return seen.never
        ? { id: source, title, text: 'In this tab your screen is not shared yet. Please share your whole screen.', reopen: source, first: true }
        : { id: source, title, text: 'Sharing has stopped. Please share your whole screen again.', reopen: source };
    const text = 'It is unplugged, or the browser is not allowed to use it. Plug it in or allow it next to the address bar, then turn it on again.';
    return { id: source, title, text, reopen: source };
  }
  if (seen.track === 'muted') {
    const text =
      source === 'screen'
        ? 'The browser sends no picture of it. If this stays, share your screen again.'
        : `The ${names[source]} is switched off or used by another program. Look for a switch or key on your computer, and close programs for calls.`;
    return { id: source, title, text, reopen: source };
  }
  if (safe || seen.recorded || seen.cause === 'disk' || seen.cause === 'media-server' || seen.cause === 'server') return undefined;
  if (nowMs - seen.sinceMs < graceMs) return undefined;
  return { id: source, title, text: 'It does not reach the server at the moment. We keep trying; your exam goes on.' };
}
