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

test('what a person said of a finding or decided is named', () => {
  expect(auditWords({ action: 'resolution', detail: { kind: 'phone', before: null, after: 'false' } })).toBe('Phone: false finding');
  expect(auditWords({ action: 'resolution', detail: { kind: 'phone', before: 'false', after: null } })).toBe('Phone: no longer false finding');
  expect(auditWords({ action: 'review', detail: { move: 'propose', before: 'none', after: 'second_review' } })).toBe('Decision: violation proposed');
  expect(auditWords({ action: 'review', detail: { move: null, before: 'cleared', after: 'none' } })).toBe('Decision: not decided');
});

test('an export says which part was taken', () => {
  expect(auditWords({ action: 'export', detail: { fromMs: 62_000, toMs: 3_661_000 } })).toBe('Clip exported: 1:02 to 1:01:01');
});

test('what a newer server records is at least named', () => {
  expect(auditWords({ action: 'rules', detail: { after: { weights: { telepathy: 1 } } } })).toBe('Rules of the exam: rules changed');
});
