import { expect, test } from 'vitest';
import { accommodationWords, auditWords } from './audit-words.js';

test('accommodations say what is easier', () => {
  expect(accommodationWords({ off: ['looking-away', 'speech'], without: ['webcam'], extraMinutes: 30 })).toBe(
    '30 minutes more; not recorded: Webcam; not looked for: Looking away, Speech',
  );
  expect(accommodationWords({ off: [], without: [], extraMinutes: 1 })).toBe('1 minute more');
  expect(auditWords({ action: 'accommodations', detail: { after: { off: [], without: [], extraMinutes: 0 } } })).toBe('For this student: nothing is made easier');
});

test('a change of rules says what became another', () => {
  expect(auditWords({ action: 'rules', detail: { after: { weights: { phone: 8.5 }, words: ['chat'], identity: { document: true, room: false } } } })).toBe(
    'Rules of the exam: points: Phone 8.5 points; words on the screen: chat; the face is compared, with an identity document',
  );
  expect(auditWords({ action: 'rules', detail: { after: { weights: null, off: null, words: null, identity: null, fullscreen: null, secondReviewer: null } } })).toBe(
    'Rules of the exam: the ordinary points; all kinds are looked for; no words on the screen; the face is not compared; full screen is not asked for; a violation needs no second reviewer',
  );
});

test('a change of the exam says what became another, and what those who had agreed do', () => {
  expect(
    auditWords({
      action: 'exam',
      detail: { before: {}, after: { durationMinutes: 90, microphone: false, screen: 'any', opensAt: null, attemptsAllowed: 2, minimumSeconds: { speech: 4 }, together: [] }, agreed: 'ask' },
    }),
  ).toBe(
    'Exam changed: 90 minutes; no time at which it opens; attempts allowed: 2; the microphone is not recorded; screen: screen, window or tab; shown from: Speech 4 s; nothing counts more together; who had agreed is asked again',
  );
  expect(auditWords({ action: 'exam-made', detail: { title: 'x', copyOfTitle: 'Logic' } })).toBe('Exam made, as a copy of Logic');
});

test('what a person said of a finding or decided is named', () => {
  expect(auditWords({ action: 'resolution', detail: { kind: 'phone', before: null, after: 'false' } })).toBe('Phone: false finding');
  expect(auditWords({ action: 'resolution', detail: { kind: 'phone', before: 'false', after: null } })).toBe('Phone: no longer false finding');
  expect(auditWords({ action: 'review', detail: { move: 'propose', before: 'none', after: 'second_review' } })).toBe('Decision: violation proposed');
  expect(auditWords({ action: 'review', detail: { move: null, before: 'cleared', after: 'none' } })).toBe('Decision: not decided');
});

test('an export says which part was taken', () => {
  expect(auditWords({ action: 'export', detail: { fromMs: 62_000, toMs: 3_661_000 } })).toBe('Clip exported: 1:02 to 1:01:01');
});

test('what was done about the list of students and their attempts is named', () => {
  expect(auditWords({ action: 'students-added', detail: { added: 1 } })).toBe('1 student added');
  expect(auditWords({ action: 'student-removed', detail: { student: 'Ann', number: 1 } })).toBe('Taken off the list: Ann');
  expect(auditWords({ action: 'link-renewed', detail: {} })).toBe('A new link in the place of the one before');
  expect(auditWords({ action: 'reopened', detail: { minutes: 30 } })).toBe('Opened again, with 30 minutes');
  expect(auditWords({ action: 'reopened', detail: { minutes: null } })).toBe('Not opened again');
  expect(auditWords({ action: 'retake', detail: { number: 2 } })).toBe('Another attempt given: number 2');
  expect(auditWords({ action: 'retake', detail: { number: null } })).toBe('No other attempt made');
});

test('what a newer server records is at least named', () => {
  expect(auditWords({ action: 'rules', detail: { after: { weights: { telepathy: 1 } } } })).toBe('Rules of the exam: rules changed');
});

test('what is shown to the student, asked for and answered is named', () => {
  const moment = { kind: 'phone', startMs: 1, endMs: 2 };
  expect(auditWords({ action: 'release', detail: { shown: [moment, { ...moment, kind: 'speech' }] } })).toBe('Shown to the student: Phone, Speech');
  expect(auditWords({ action: 'release', detail: { takenBack: [moment] } })).toBe('No longer shown to the student: Phone');
  expect(auditWords({ action: 'student-request', detail: { kind: 'dispute', request: 'x' } })).toBe('Contested by the student: the recording is kept');
  expect(auditWords({ action: 'student-request', detail: { kind: null, request: 'x' } })).toBe('No new request');
  expect(auditWords({ action: 'student-answered', detail: { kind: 'dispute', before: 'held', after: 'partial' } })).toBe('What the student contests is answered: the hold is taken off');
  expect(auditWords({ action: 'student-answered', detail: { kind: 'erasure', before: 'held', after: 'held' } })).toBe('The request for deletion is answered');
});
