import { isQuality, type AttemptSummary, type DetectorStamp, type Evidence, type FindingKind, type FromStudent, type GapCause, type LookProblem, type OnboardingState, type OnboardingStep, type Progress, type Rank, type RankTerm, type ReviewMove, type ReviewState, type Source, type TimelineIncident, type Track, type Verdict } from '@vigil/protocol';
import { formatDuration } from './player/time-format.js';

/** Findings in words: what was seen or heard, not what it means. */
export const kindWords: Record<FindingKind, string> = {
  'face-absent': 'No face in view',
  'faces-several': 'More than one face',
  'person-several': 'Perhaps another person, face not seen',
  'other-person': 'The face is unlike the student’s',
  'looking-away': 'Looking away',
  phone: 'Perhaps a phone',
  book: 'Perhaps a book',
  'second-screen': 'Perhaps another screen',
  speech: 'Speech',
  'voices-several': 'More than one voice',
  'virtual-camera': 'Perhaps not a real camera',
  'camera-black': 'Camera shows nothing',
  'camera-frozen': 'Camera picture stands still',
  'camera-looped': 'Camera picture repeats itself',
  'screen-black': 'Screen is black',
  'screen-frozen': 'Screen does not change',
  'screen-words': 'Words on the screen that the rules name',
  'screen-switched': 'Another program or page on the screen',
  'screen-surface': 'Not the whole screen was shared',
  'second-monitor': 'More than one monitor',
  'page-left': 'The exam’s page was left',
  'fullscreen-left': 'Full screen was left',
  copy: 'Something was copied',
  paste: 'Something was pasted',
  'device-changed': 'A camera or microphone was plugged in or out',
  'developer-tools': 'Perhaps the browser’s developer tools',
  'camera-dark': 'Too dark to judge',
  'camera-blurred': 'Too blurred to judge',
  'face-unclear': 'Face not clear enough to judge',
  'sound-clipped': 'Sound too loud to judge',
};

/** An incident in words, e.g. `Words on the screen that the rules name: “chatgpt.com”`. */
export const incidentWords = ({ kind, detail }: Pick<TimelineIncident, 'kind' | 'detail'>): string => (detail ? `${kindWords[kind]}: ${detail}` : kindWords[kind]);

/** The same, short, for tables. */
export const kindShort: Record<FindingKind, string> = {
  'face-absent': 'No face',
  'faces-several': 'Several faces',
  'person-several': 'Second person',
  'other-person': 'Other face',
  'looking-away': 'Looking away',
  phone: 'Phone',
  book: 'Book',
  'second-screen': 'Second screen',
  speech: 'Speech',
  'voices-several': 'Several voices',
  'virtual-camera': 'Virtual camera',
  'camera-black': 'Camera black',
  'camera-frozen': 'Camera still',
  'camera-looped': 'Camera looped',
  'screen-black': 'Screen black',
  'screen-frozen': 'Screen still',
  'screen-words': 'Words',
  'screen-switched': 'Other program',
  'screen-surface': 'Not whole screen',
  'second-monitor': 'Second monitor',
  'page-left': 'Page left',
  'fullscreen-left': 'Full screen left',
  copy: 'Copied',
  paste: 'Pasted',
  'device-changed': 'Device changed',
  'developer-tools': 'Developer tools',
  'camera-dark': 'Too dark',
  'camera-blurred': 'Blurred',
  'face-unclear': 'Face unclear',
  'sound-clipped': 'Too loud',
};

const times = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

export const pointsWords = (points: number): string => times(Math.round(points * 10) / 10, 'point', 'points');

/** One term of a rank, e.g. `Phone: 2 times, 1 min 15 s in all; 6 points each, and again for each full half minute: 24`. */
export function termWords({ kind, with: other, incidents, setAside = 0, lengthMs, halfMinutes, weight, points }: RankTerm): string {
  const which = `${kindShort[kind]}${other ? ` together with ${kindShort[other].toLowerCase()}` : ''}`;
  const marked = setAside ? `${setAside} marked as explained or false, not counted` : '';
  if (!incidents) return `${which}: ${marked}`;
  const counted = countedWords({ kind, with: other, incidents, lengthMs, halfMinutes, weight, points }, which);
  return marked ? `${counted}; ${marked}` : counted;
}

function countedWords({ kind, with: other, incidents, lengthMs, halfMinutes, weight, points }: RankTerm, which: string): string {
  const what = `${which}: ${times(incidents, 'time', 'times')}${lengthMs ? `, ${formatDuration(lengthMs)} in all` : ''}`;
  if (isQuality(kind)) return `${what}; only says what could not be judged`;
  if (weight === 0) return `${what}; not counted`;
  const again = halfMinutes ? `, and again for each full half minute (${halfMinutes})` : '';
  return `${what}; ${pointsWords(weight)} ${other ? 'more ' : ''}each${again}: ${Math.round(points * 10) / 10}`;
}

/** A rank, term by term. */
export const rankSentence = ({ terms }: Rank): string => terms.map(termWords).join('\n');

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
  finished: 'the exam was over, and was opened again later; nothing is missing',
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

/** How far an attempt is, by its progress alone. */
export const progressWords: Record<Progress, string> = {
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
export function stateWords({ progress, openedAtMs, declinedAtMs, startedAtMs }: Pick<AttemptSummary, 'progress' | 'openedAtMs' | 'declinedAtMs' | 'startedAtMs'>): string {
  if (progress === 'ready' && startedAtMs !== null) return 'Open again, not gone on yet';
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

/** What a person says of a finding. */
export const verdictWords: Record<Verdict, string> = { explained: 'Explained', false: 'False finding', real: 'Real' };

/** What came from the student and waits for somebody. */
export const fromStudentWords = ({ newReplies, dispute, erasure }: FromStudent): string =>
  [newReplies && times(newReplies, 'new reply', 'new replies'), dispute && 'contests', erasure && 'asks for deletion'].filter(Boolean).join('; ').replace(/^./, (first) => first.toUpperCase());

/** What persons have decided about an attempt so far. */
export const reviewWords: Record<ReviewState, string> = {
  none: 'Not decided',
  flagged: 'Marked to look at again',
  second_review: 'Waits for a second reviewer',
  cleared: 'Cleared',
  violation: 'Violation',
};

/** What was done about an attempt. */
export const moveWords: Record<ReviewMove, string> = {
  flag: 'Marked to look at again',
  unflag: 'Mark taken off',
  clear: 'Cleared',
  find: 'Violation',
  propose: 'Violation proposed',
  confirm: 'Violation confirmed',
  sendBack: 'Sent back',
  reopen: 'Opened again',
};

export const analysisWords: Record<AttemptSummary['analysis'], string> = {
  none: '–',
  pending: 'Waiting',
  running: 'Running',
  'up-to-date': 'Up to date',
  done: 'Done',
  failed: 'Partly failed',
};

/** How far an onboarding is. */
export const onboardingWords: Record<OnboardingState, string> = {
  open: 'Not finished yet',
  'with-person': 'Waits for a person',
  passed: 'Passed',
  refused: 'Has to be shown again',
  declined: 'Did not agree',
};

/** What a step of the onboarding shows. */
export const stepWords: Record<OnboardingStep, string> = {
  front: 'Front',
  left: 'Turned to their left',
  right: 'Turned to their right',
  closer: 'Closer',
  document: 'Identity document',
  room: 'Room',
};

/** Why a program did not accept what was shown. */
export const lookProblemWords: Record<LookProblem, string> = {
  unreadable: 'It cannot be read',
  'too-dark': 'Too dark',
  'too-blurred': 'Too blurred',
  'no-face': 'No face found',
  'several-faces': 'More than one face',
  'face-small': 'The face is small',
  'face-cut-off': 'The face is cut off',
  'turned-away': 'Not looking into the camera',
  'not-turned': 'Not turned far enough',
  'turned-too-far': 'Turned too far',
  'wrong-way': 'Turned to the other side',
  'not-closer': 'Not closer than before',
  glasses: 'With glasses',
  'other-face': 'Unlike the face of the first picture',
  'no-document': 'No words found on a document',
  'name-differs': 'The name was not found on the document',
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
  reopened: 'Opened again by an instructor',
  quality: 'Picture adapted to the line',
  ring: 'Recording on the student’s computer',
  backfilled: 'Sent later',
  evidence: 'Record checked',
  identity: 'Identity',
  'asked-again': 'The exam was changed: asked again',
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
  voices: 'Detector of more than one voice',
  'face-unclear': 'Detector of a face that cannot be judged',
  'sound-clipped': 'Detector of sound that is too loud',
  identity: 'Comparison with the student’s face',
  'looking-away': 'Detector of head and eyes',
  objects: 'Detector of things',
  'camera-picture': 'Detector of a camera that shows little',
  'camera-still': 'Detector of a camera picture that stands still or repeats itself',
  'screen-black': 'Detector of a black screen',
  'screen-frozen': 'Detector of a screen that does not change',
  browser: 'Told by the student’s browser, which can be made to say anything',
  'screen-words': 'Reader of the words on the screen',
  'screen-switched': 'Detector of another picture on the whole screen',
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
  blackMean: 'Black: mean brightness below, of 255',
  blackDeviation: 'Black: spread of brightness below, of 255',
  flatDeviation: 'Covered: spread of brightness below, of 255',
  flatSharpness: 'Covered: detail below',
  flatShare: 'Covered: detail below, as a part of the usual',
  contrast: 'Blurred: spread of brightness above, as a part of the usual',
  deviations: 'Eyes away from the usual, in deviations',
  darkMean: 'Dark: mean brightness below, of 255',
  blurred: 'Blurred: detail below, as a part of the usual',
  still: 'Still: change from look to look below, of 255',
  stillMs: 'Shortest still picture, in ms',
  windowMs: 'Compared at a time, in ms',
  shortestMs: 'Shortest repetition, in ms',
  longestMs: 'Longest repetition, in ms',
  likeness: 'Likeness of the motion above',
  motion: 'Least motion that can be compared',
  yaw: 'Head turned, in degrees',
  pitch: 'Head up or down, in degrees',
  frontal: 'Eyes judged up to this turn, in degrees',
  gaze: 'Eyes away from the usual, in half widths of the eye',
  eyeWidth: 'Smallest eye, in pixels',
  open: 'Eye open at least',
  leastSamples: 'Looks needed to know what is usual',
  distance: 'Distance from the student’s face above',
  faceWidth: 'Smallest face, in pixels',
  cut: 'Part of the face outside of the picture, above',
  agreeing: 'Looks that are taken together',
  phone: 'Phone: certainty above',
  confirm: 'Second detector asked from',
  both: 'Phone: mean of both above',
  person: 'Person: certainty above',
  book: 'Book: certainty above',
  screen: 'Screen: certainty above',
  voicesAlike: 'Two voices: likeness below',
  windows: 'Pieces of 1.6 s needed of each voice',
  voiced: 'Part of a piece with a tone, at least',
  aboveNoise: 'Voice above the noise, in dB, at least',
  full: 'Full loudness from',
  loudShare: 'Part of a second at full loudness, above',
  word: 'Pixels of a row that must change',
  calmMs: 'Read when nothing changed for, in ms',
  waitMs: 'Read at the latest after, in ms',
  aMinute: 'Readings a minute, at most',
  largeShare: 'Large change: part of the picture from',
  smallMs: 'Small changes read after, in ms',
  exact: 'Confidence as it is written',
  alike: 'Confidence with letters like those written',
  texture: 'Part of the screen with something in it: spread of brightness from, of 255',
  parts: 'Parts with something in them, at least',
  same: 'Part unchanged: likeness from',
  changedShare: 'Parts that must change',
  scrolled: 'Scrolled: difference left, at most',
  changed: 'Change that is looked at at once, of 255',
  told: 'Confidence in what the browser tells plainly',
  name: 'Confidence in a camera’s name',
  keys: 'Confidence in keys for developer tools',
  size: 'Confidence in a page that shrank',
};

/** A name of the code as a label, e.g. `minimumScore` → `minimum score`. */
const spaced = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

/** A detector's threshold, as a label. */
export const thresholdWords = (name: string): string => (isKey(thresholds, name) ? (thresholds[name] ?? name) : spaced(name));
