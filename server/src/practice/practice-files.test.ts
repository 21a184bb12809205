import { expect, test } from 'vitest';
import type { ExamDocument } from '../store/index.js';
import { practiceOf } from './practice-files.js';

const exam: ExamDocument = {
  _id: 'e'.repeat(24),
  course: 'c'.repeat(24),
  title: 'Logic',
  instructions: '',
  address: '',
  embed: false,
  durationMinutes: 90,
  graceMinutes: 10,
  opensAt: new Date(1_000),
  closesAt: new Date(2_000),
  rules: { webcam: true, microphone: false, screen: 'any' },
  retentionDays: 30,
  createdAt: new Date(0),
};

test('a practice has the exam’s rules, lasts a minute, and is open at any time', () => {
  const practice = practiceOf(exam);
  expect(practice).toMatchObject({ rules: exam.rules, durationMinutes: 1 });
  expect([practice.opensAt, practice.closesAt]).toEqual([undefined, undefined]);
  expect(exam.opensAt).toEqual(new Date(1_000));
});
