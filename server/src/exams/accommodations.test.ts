import type { Accommodations, Progress } from '@vigil/protocol';
import { describe, expect, test } from 'vitest';
import { none, permit, tidied } from './accommodations.js';

const rules = { webcam: true, microphone: true, screen: 'monitor' as const };
const exam = { rules, durationMinutes: 60 };
const startedAt = new Date(1_000_000);
const attempt = (progress: Progress, accommodations?: Accommodations) => ({
  progress,
  ...(accommodations && { accommodations }),
  ...(progress !== 'created' && progress !== 'checking' && progress !== 'ready' && { startedAt }),
});
const easier = (change: Partial<Accommodations>): Accommodations => ({ ...none, ...change });

test('each thing is kept once, and only what the exam asks for', () => {
  const twice = easier({ off: ['speech', 'phone', 'speech'], without: ['screen', 'webcam', 'screen'] });
  expect(tidied(twice, { ...rules, screen: 'off' })).toEqual({ off: ['phone', 'speech'], without: ['webcam'], extraMinutes: 0 });
});

describe('what can be set', () => {
  test('before the student agrees: all, as long as something is recorded', () => {
    expect(permit(attempt('created'), exam, easier({ without: ['webcam'], extraMinutes: 30, off: ['phone'] }), 0)).toEqual({ progress: ['created'] });
    expect(() => permit(attempt('created'), exam, easier({ without: ['webcam', 'microphone', 'screen'] }), 0)).toThrow('Something has to be recorded');
  });

  test('after the student has agreed: nothing more is recorded than was agreed to', () => {
    const before = easier({ without: ['webcam'] });
    const agreement = (sources: ('webcam' | 'microphone' | 'screen')[]) => ({ agreement: { at: startedAt, noticeVersion: '', notice: '', sources } });
    const without = { ...attempt('ready', before), ...agreement(['microphone', 'screen']) };
    expect(() => permit(without, exam, none, 0)).toThrow('has agreed to be recorded without the camera');
    expect(permit(without, exam, easier({ without: ['webcam', 'screen'] }), 0)).toEqual({ progress: ['checking', 'ready'] });
    // Taken back before the start: the student had agreed to the camera as well.
    expect(permit({ ...attempt('ready', before), ...agreement(['webcam', 'microphone', 'screen']) }, exam, none, 0)).toEqual({ progress: ['checking', 'ready'] });
  });

  test('during the exam: what is looked for, and the time, from the start of the exam', () => {
    const running = attempt('recording', easier({ extraMinutes: 10 }));
    const now = startedAt.getTime() + 65 * 60_000;
    expect(permit(running, exam, easier({ extraMinutes: 30, off: ['phone'] }), now)).toEqual({
      progress: ['recording', 'interrupted'],
      endsAt: new Date(startedAt.getTime() + 90 * 60_000),
    });
    expect(() => permit(running, exam, easier({ extraMinutes: 10, without: ['webcam'] }), now)).toThrow('can only be changed before the start');
    expect(() => permit(running, exam, none, now)).toThrow('would be over already');
    // Past its time, but within the grace: the rest still can be set.
    expect(permit(running, exam, easier({ extraMinutes: 10, off: ['phone'] }), now + 6 * 60_000).progress).toEqual(['recording', 'interrupted']);
  });

  test('opened again, before the student goes on: the time that is left, and what is looked for', () => {
    const [finishedAt, endsAt] = [new Date(2_000_000), new Date(2_000_000 + 20 * 60_000)];
    const again = { ...attempt('ready', easier({ extraMinutes: 10 })), startedAt, finishedAt, endsAt };
    expect(permit(again, exam, easier({ extraMinutes: 15 }), 9e9)).toEqual({ progress: ['ready'], endsAt: new Date(endsAt.getTime() + 5 * 60_000) });
    expect(() => permit({ ...again, endsAt: new Date(finishedAt.getTime() + 5 * 60_000) }, exam, none, 9e9)).toThrow('would be over already');
    expect(() => permit(again, exam, easier({ extraMinutes: 10, without: ['webcam'] }), 9e9)).toThrow('can only be changed before the start');
  });

  test('during an exam that was opened again, extra time comes on top of what it has', () => {
    const endsAt = new Date(startedAt.getTime() + 500 * 60_000);
    expect(permit({ ...attempt('recording', easier({ extraMinutes: 10 })), endsAt }, exam, easier({ extraMinutes: 30 }), startedAt.getTime()).endsAt).toEqual(new Date(endsAt.getTime() + 20 * 60_000));
  });

  test('after the end: only what is looked for', () => {
    const before = easier({ extraMinutes: 10, without: ['webcam'] });
    const over = attempt('submitted', before);
    expect(permit(over, exam, { ...before, off: ['phone'] }, 0)).toEqual({ progress: ['submitted'] });
    expect(() => permit(over, exam, { ...before, extraMinutes: 20 }, 0)).toThrow('The attempt is over');
    expect(() => permit(over, exam, { ...before, without: [] }, 0)).toThrow('The attempt is over');
  });
});
