import { expect, test } from 'vitest';
import { noticeFor } from './notice.js';

const config = { VIGIL_INSTITUTION: 'Example University', VIGIL_CONTACT: 'privacy@example.edu', VIGIL_BACKFILL_HOURS: 48 };
const exam = { rules: { webcam: true, microphone: false, screen: 'monitor' as const }, retentionDays: 30, address: '', embed: false, durationMinutes: 60 };
const course = { name: 'Logic' };

test('names what is recorded, who sees it, how long it is kept and whom to ask', () => {
  const { shown, text } = noticeFor(exam, course, config);
  expect(text).toContain('Example University records during the exam: the picture of your camera, your whole screen.');
  expect(text).not.toContain('microphone');
  for (const reader of shown.seenBy) expect(text).toContain(reader);
  expect(text).toContain('30 days');
  expect(text).toContain('privacy@example.edu');
});

test('does without the name of an institution', () => {
  const { shown, text } = noticeFor(exam, course, { ...config, VIGIL_INSTITUTION: '' });
  expect(text).toContain('Recorded during the exam: the picture of your camera');
  expect(shown.seenBy).toEqual(['the instructors of Logic', 'those who run this server']);
});

test('does not say that nobody looks while the exam runs', () => {
  expect(noticeFor(exam, course, config).text).toContain('Nobody watches live; what is stored can be looked at about a minute later, also during the exam.');
});

test('says what the browser keeps on the computer, and until when it may be sent', () => {
  const { shown, text } = noticeFor(exam, course, config);
  expect(text).toContain('Only from the moment you start the exam until you finish it.');
  expect(text).toContain('a small, sealed recording of its own on your computer, only until the server has that time.');
  expect(text).toContain('after the exam too, for at most 48 hours.');
  expect(shown.sendHours).toBe(48);
});

test('says what the page notes of the browser', () => {
  expect(noticeFor(exam, course, config).text).toContain('of the browser: when something is copied or pasted on it (how much, not what)');
  // Only there it can.
  expect(noticeFor({ ...exam, address: 'https://exam.example/', embed: true }, course, config).text).toContain('when the exam’s page or full screen is left');
});

test('has another version when anything in it is another', () => {
  const versions = [
    noticeFor(exam, course, config),
    noticeFor({ ...exam, retentionDays: 31 }, course, config),
    noticeFor({ ...exam, durationMinutes: 90 }, course, config),
    noticeFor({ ...exam, rules: { ...exam.rules, microphone: true } }, course, config),
    noticeFor({ ...exam, rules: { ...exam.rules, screen: 'any' } }, course, config),
    noticeFor(exam, { name: 'Ethics' }, config),
    noticeFor(exam, course, { ...config, VIGIL_CONTACT: 'other@example.edu' }),
    noticeFor(exam, course, { ...config, VIGIL_BACKFILL_HOURS: 72 }),
  ].map(({ shown }) => shown.version);
  expect(new Set(versions).size).toBe(versions.length);
  expect(noticeFor(exam, course, config).shown.version).toBe(versions[0]);
});
