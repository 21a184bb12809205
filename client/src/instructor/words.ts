import type { AttemptSummary, DetectorStamp, Evidence, FindingKind, GapCause, Progress, Source, Track } from '@vigil/protocol';

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
  'face-absent': 'No face',
  'faces-several': 'Several faces',
  speech: 'Speech',
  'camera-black': 'Camera black',
  'screen-black': 'Screen black',
  'screen-frozen': 'Screen still',
};

const causes: Record<GapCause, string> = {
  'packet-loss': 'data was lost on the network',
  muted: 'switched off on the student’s device',
  'not-published': 'it was not sent',
  connection: 'the connection to the server was interrupted',
  'page-closed': 'the page was closed or reloaded',
  'taken-over': 'the exam was opened in another tab or on another device',
  'media-server': 'the media server restarted',
  server: 'the server was stopped',
  disk: 'the server could not write to its disk',
  'thin-line': 'the student’s line was too thin',
  'not-kept': 'the student’s browser kept no recording of it',
  unknown: 'the cause is not known',
};

/** Why something of a source is not in the record, as the end of a sentence. A screen is not sent because nobody shares it. */
export const causeWords = (cause: GapCause, source?: Source): string =>
  cause === 'not-published' && source === 'screen' ? 'it was not shared' : causes[cause];

/** The same as a sentence of its own. */
export const causeSentence = (cause: GapCause, source?: Source): string =>
  `${causeWords(cause, source).replace(/^./, (first) => first.toUpperCase())}.`;

export const sourceWords: Record<Source, string> = {
  webcam: 'Webcam',
  microphone: 'Microphone',
  screen: 'Screen',
};

export const trackWords: Record<Track, string> = { webcam: 'Webcam', screen: 'Screen' };

const progressWords: Record<Progress, string> = {
  created: 'Not opened yet',
  checking: 'Opened, agreed',
  ready: 'Ready to start',
  recording: 'Being recorded',
  interrupted: 'Interrupted',
  submitted: 'Finished',
  expired: 'Link expired',
  withdrawn: 'Did not agree',
};

/** How far an attempt is. */
export function stateWords({ progress, openedAtMs, declinedAtMs }: Pick<AttemptSummary, 'progress' | 'openedAtMs' | 'declinedAtMs'>): string {
  if (progress !== 'created') return progressWords[progress];
  return declinedAtMs !== null ? 'Did not agree' : openedAtMs !== null ? 'Opened' : progressWords.created;
}

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
  'up-to-date': 'Up to date',
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
  'source-on': 'Recording started',
  'source-off': 'Recording stopped',
  'disk-full': 'The server’s disk was full',
  'disk-ok': 'The server’s disk has room again',
  submitted: 'Finished',
  expired: 'Link expired',
  quality: 'Picture adapted to the line',
  ring: 'Recording on the student’s computer',
  backfilled: 'Sent later',
  evidence: 'Record checked',
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
  const why = cause && isKey(causes, cause) ? causeWords(cause, source && isKey(sourceWords, source) ? source : undefined) : undefined;
  const head = `${subject}${subject ? what.toLowerCase() : what}${why ? ` (${why})` : ''}`;
  // The notice's version is a name that only helps to look the notice up.
  if (!detail || kind === 'agreed') return head;
  const note = detail.replace(/(\d) (?=s\b)/g, '$1\u00a0');
  return note.endsWith('.') ? `${head}. ${note}` : `${head} (${note})`;
}

const detectors: Readonly<Record<string, string>> = {
  faces: 'Face detector',
  speech: 'Speech detector',
  'camera-black': 'Detector of a black camera picture',
  'screen-black': 'Detector of a black screen',
  'screen-frozen': 'Detector of a screen that does not change',
};

/** What found something, in words. */
export const detectorWords = ({ name, version }: Pick<DetectorStamp, 'name' | 'version'>): string =>
  `${isKey(detectors, name) ? detectors[name] : name}, version ${version}`;

const thresholds: Readonly<Record<string, string>> = {
  score: 'Possible face: certainty from',
  flag: 'Counted as a face: certainty above',
  on: 'Speech begins at',
  off: 'Speech ends below',
  minimumMs: 'Shortest, in ms',
  joinMs: 'Pauses joined up to, in ms',
  difference: 'Change of brightness that counts, of 255',
  confidence: 'Confidence that is given',
  mean: 'Mean brightness below, of 255',
  deviation: 'Spread of brightness below, of 255',
};

/** A name of the code as a label, e.g. `minimumScore` → `minimum score`. */
const spaced = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

/** A detector's threshold, as a label. */
export const thresholdWords = (name: string): string => (isKey(thresholds, name) ? (thresholds[name] ?? name) : spaced(name));
