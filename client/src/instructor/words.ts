import type { AttemptSummary, Evidence, FindingKind, GapCause, Progress, Source, Track } from '@vigil/protocol';

/** Findings in words: what was seen or heard, not what it means. */
export const kindWords: Record<FindingKind, string> = {
  'face-absent': 'No face in view',
  'faces-several': 'More than one face',
  speech: 'Speech',
  'camera-black': 'Camera picture is black',
  'screen-black': 'Screen is black',
  'screen-frozen': 'Screen does not change',
};

/** The same, short, for tables. */
export const kindShort: Record<FindingKind, string> = {
  'face-absent': 'no face',
  'faces-several': 'several faces',
  speech: 'speech',
  'camera-black': 'camera black',
  'screen-black': 'screen black',
  'screen-frozen': 'screen still',
};

/** Why something is not in the record, as the end of a sentence. */
export const causeWords: Record<GapCause, string> = {
  'packet-loss': 'data was lost on the network',
  muted: 'switched off on the student’s device',
  'not-published': 'the browser did not send it',
  connection: 'the connection to the server was interrupted',
  'media-server': 'the media server restarted',
  server: 'the server was stopped',
  disk: 'the server could not write to its disk',
  'thin-line': 'the student’s line was too thin',
  unknown: 'the cause is not known',
};

/** The same as a sentence of its own. */
export const causeSentence = (cause: GapCause): string =>
  `${causeWords[cause].replace(/^./, (first) => first.toUpperCase())}.`;

export const sourceWords: Record<Source, string> = {
  webcam: 'Webcam',
  microphone: 'Microphone',
  screen: 'Screen',
};

export const trackWords: Record<Track, string> = { webcam: 'Webcam', screen: 'Screen' };

export const progressWords: Record<Progress, string> = {
  created: 'Not opened yet',
  checking: 'Checking the device',
  ready: 'Ready to start',
  recording: 'Being recorded',
  interrupted: 'Interrupted',
  submitted: 'Finished',
  expired: 'Link expired',
  withdrawn: 'Did not agree',
};

/** What is known of the whole record, as a table shows it; while it is recorded there is nothing to say. */
export const evidenceWords: Record<Evidence, string> = {
  receiving: '–',
  partial: 'Incomplete',
  complete: 'Complete',
  held: 'Kept for a dispute',
  purged: 'Deleted',
};

export const analysisWords: Record<AttemptSummary['analysis'], string> = {
  none: '–',
  pending: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Partly failed',
};

const eventWords: Readonly<Record<string, string>> = {
  created: 'Link made',
  opened: 'Page opened',
  agreed: 'Agreed to be recorded',
  declined: 'Did not agree',
  checked: 'Device checks passed',
  started: 'Started',
  interrupted: 'Interrupted',
  resumed: 'Connection back',
  'taken-over': 'Opened in another tab or on another device',
  'source-on': 'Recorded',
  'source-off': 'Not recorded',
  'disk-full': 'The server’s disk was full',
  'disk-ok': 'The server’s disk has room again',
  submitted: 'Finished',
  expired: 'Link expired',
  quality: 'Picture adapted to the line',
  ring: 'Recording on the student’s computer',
  backfilled: 'Sent later',
  evidence: 'Record',
};

const isKey = <T extends object>(record: T, key: string): key is Extract<keyof T, string> => Object.hasOwn(record, key);

/** One line of an attempt's history. */
export function describeEvent(event: {
  kind: string;
  source?: string | undefined;
  cause?: string | undefined;
  detail?: string | undefined;
}): string {
  const { kind, source, cause, detail } = event;
  const subject = source && isKey(sourceWords, source) ? `${sourceWords[source]}: ` : '';
  const what = eventWords[kind] ?? kind;
  const why = cause && isKey(causeWords, cause) ? causeWords[cause] : undefined;
  // The notice's version: a long name that only helps to look the notice up.
  const note = kind === 'agreed' && detail ? `notice ${detail}` : detail;
  const more = [why, note].filter(Boolean).join('; ');
  return `${subject}${subject ? what.toLowerCase() : what}${more ? ` (${more})` : ''}`;
}

/** A detector's threshold as a label, e.g. `minimumScore` → `minimum score`. */
export const spaced = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
