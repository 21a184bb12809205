import type { FindingKind, GapCause, OwnAttempt, Source, Standing } from '@vigil/protocol';
import { clockText } from '../flow.js';

/** What a program noticed, as a student is told: what was seen or heard, not what it means. */
export const findingWords: Record<FindingKind, string> = {
  'face-absent': 'No face was in the camera’s picture',
  'faces-several': 'More than one face was in the camera’s picture',
  'person-several': 'Perhaps another person was in the camera’s picture',
  'other-person': 'The face was unlike the one of your onboarding',
  'looking-away': 'The eyes or the head were turned away from the screen',
  phone: 'Perhaps a phone was in the camera’s picture',
  book: 'Perhaps a book was in the camera’s picture',
  'second-screen': 'Perhaps another screen was in the camera’s picture',
  speech: 'Somebody spoke',
  'voices-several': 'More than one voice was heard',
  'virtual-camera': 'The camera may have been a program',
  'camera-black': 'The camera showed nothing',
  'camera-frozen': 'The camera’s picture stood still',
  'camera-looped': 'The camera’s picture repeated itself',
  'screen-black': 'The screen was black',
  'screen-frozen': 'The screen did not change',
  'screen-words': 'Words on the screen that the exam’s rules name',
  'screen-switched': 'The screen showed another program or page',
  'screen-surface': 'Not the whole screen was shared',
  'second-monitor': 'There was more than one monitor',
  'page-left': 'The exam’s page was left',
  'fullscreen-left': 'Full screen was left',
  copy: 'Something was copied',
  paste: 'Something was pasted',
  'device-changed': 'A camera or microphone was plugged in or out',
  'developer-tools': 'Perhaps the browser’s developer tools were open',
  'camera-dark': 'The camera’s picture was too dark',
  'camera-blurred': 'The camera’s picture was too blurred',
  'face-unclear': 'The face was not clear enough to be seen well',
  'sound-clipped': 'The sound was too loud',
};

export const sourceWords: Record<Source, string> = { webcam: 'Camera', microphone: 'Microphone', screen: 'Screen' };

/** Why something is missing, as the end of a sentence. */
const causes: Record<GapCause, string> = {
  'packet-loss': 'data was lost on the network',
  muted: 'it was switched off',
  'not-published': 'it was not sent',
  connection: 'the connection was interrupted',
  'page-closed': 'the page was closed or reloaded',
  'taken-over': 'the exam was opened in another tab or on another device',
  'media-server': 'the server restarted',
  server: 'the server was not there',
  disk: 'the server could not store it',
  'thin-line': 'the line was too thin',
  'not-kept': 'your browser could not keep it meanwhile',
  finished: 'the exam was over meanwhile',
  unknown: 'the cause is not known',
};

/** A length of time in words; what is there at all has at least a second. */
export function lengthText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [hours && `${hours} h`, minutes && `${minutes} min`, (rest || seconds === 0) && `${rest} s`].filter(Boolean).join(' ');
}

/** Where the review stands. */
export function standingText(standing: Standing, decidedOn: string): string {
  switch (standing) {
    case 'waiting':
      return 'Nobody has looked at it yet.';
    case 'looking':
      return 'A person is looking at it. Nothing is decided.';
    case 'cleared':
      return `Cleared on ${decidedOn}: a person has looked, and all is well.`;
    case 'decided':
      return `A decision was made on ${decidedOn}. Ask your instructor what it is, and why.`;
  }
}

type Recorded = NonNullable<OwnAttempt['recorded']>;

/** Shorter holes nobody misses, ms. */
const worthTellingMs = 1_000;

/** What is missing of a source, in order of time: when, for how long, why. */
export const missingLines = ({ missing }: Recorded['sources'][number], startMs: number): { at: string; text: string }[] =>
  missing
    .filter((gap) => gap.endMs - gap.startMs >= worthTellingMs)
    .map((gap) => ({ at: clockText(gap.startMs - startMs), text: `${lengthText(gap.endMs - gap.startMs)}: ${causes[gap.cause]}` }));

/** How much of a source is there, e.g. `all of it` or `all but 12 s`. */
export function completeText({ missing }: Recorded['sources'][number], { startMs, endMs }: Pick<Recorded, 'startMs' | 'endMs'>): string {
  const ms = missing.filter((gap) => gap.endMs - gap.startMs >= worthTellingMs).reduce((sum, gap) => sum + gap.endMs - gap.startMs, 0);
  if (ms === 0) return 'all of it';
  return endMs - startMs - ms < worthTellingMs ? 'nothing' : `all but ${lengthText(ms)}`;
}
