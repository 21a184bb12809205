import { expect, test } from 'vitest';
import { causeSentence, describeEvent, detectorWords, fromStudentWords, incidentWords, stateWords, termWords, thresholdWords } from './words.js';

test('an event says what, of which source, and why', () => {
  expect(describeEvent({ kind: 'started' })).toBe('Started');
  expect(describeEvent({ kind: 'source-off', source: 'screen', cause: 'muted' })).toBe(
    'Screen: recording stopped (switched off on the student’s device)',
  );
  expect(describeEvent({ kind: 'opened', detail: 'Firefox' })).toBe('Page opened (Firefox)');
  expect(describeEvent({ kind: 'source-on', source: 'webcam' })).toBe('Webcam: recording started');
  expect(describeEvent({ kind: 'agreed', detail: '3a7d' })).toBe('Agreed to be recorded');
  expect(describeEvent({ kind: 'evidence', detail: 'Parts are missing: 21 s in all.' })).toBe('Record checked. Parts are missing: 21\u00a0s in all.');
});

test('an event of a newer server is shown as it is', () => {
  expect(describeEvent({ kind: 'moved', source: 'keyboard', cause: 'magic' })).toBe('moved');
});

test('detectors and thresholds have words; those of a newer worker at least spaces', () => {
  expect(detectorWords({ name: 'faces', version: '1' })).toBe('Face detector, version 1');
  expect(detectorWords({ name: 'gaze', version: '2' })).toBe('gaze, version 2');
  expect(thresholdWords('on')).toBe('Speech begins at');
  expect(thresholdWords('minimumScore')).toBe('minimum score');
});

test('a screen that is not sent was not shared', () => {
  expect(causeSentence('not-published', 'screen')).toBe('It was not shared.');
  expect(causeSentence('not-published', 'webcam')).toBe('It was not sent.');
  expect(describeEvent({ kind: 'interrupted', cause: 'page-closed' })).toBe('Interrupted (the page was closed or reloaded)');
});

test('an attempt that was not started says what the student did with the link', () => {
  const state = (openedAtMs: number | null, declinedAtMs: number | null) => stateWords({ progress: 'created', openedAtMs, declinedAtMs, startedAtMs: null });
  expect([state(null, null), state(1, null), state(1, 2)]).toEqual(['Not opened yet', 'Opened', 'Did not agree']);
  expect(stateWords({ progress: 'checking', openedAtMs: 1, declinedAtMs: 2, startedAtMs: null })).toBe('Opened, agreed');
  expect(stateWords({ progress: 'ready', openedAtMs: 1, declinedAtMs: null, startedAtMs: 3 })).toBe('Open again, not gone on yet');
});

test('a term of a rank says how it is counted, also where two kinds come together', () => {
  const plain = (words: string): string => words.replaceAll('\u00a0', ' ');
  const term = { kind: 'looking-away', incidents: 2, lengthMs: 70_000, halfMinutes: 1, weight: 1, points: 3 } as const;
  expect(plain(termWords({ ...term, setAside: 1 }))).toBe(`${plain(termWords(term))}; 1 marked as explained or false, not counted`);
  expect(termWords({ ...term, incidents: 0, setAside: 2, lengthMs: 0, points: 0 })).toBe('Looking away: 2 marked as explained or false, not counted');
  expect(plain(termWords(term))).toBe('Looking away: 2 times, 1 min 10 s in all; 1 point each, and again for each full half minute (1): 3');
  expect(plain(termWords({ ...term, with: 'speech', halfMinutes: 0, weight: 2, points: 4 }))).toBe('Looking away together with speech: 2 times, 1 min 10 s in all; 2 points more each: 4');
});

test('an incident says which words, where it is about some', () => {
  expect(incidentWords({ kind: 'screen-words', detail: '“chatgpt.com”' })).toBe('Words on the screen that the rules name: “chatgpt.com”');
  expect(incidentWords({ kind: 'phone' })).toBe('Perhaps a phone');
});

test('what waits of a student is one line', () => {
  expect(fromStudentWords({ newReplies: 1, dispute: false, erasure: false })).toBe('1 new reply');
  expect(fromStudentWords({ newReplies: 2, dispute: true, erasure: true })).toBe('2 new replies; contests; asks for deletion');
  expect(fromStudentWords({ newReplies: 0, dispute: false, erasure: true })).toBe('Asks for deletion');
});
