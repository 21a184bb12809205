import { describe, expect, it } from 'vitest';
import type { StudentAttempt } from '@vigil/protocol';
import { clockText, elsewhereOf, leftText, minutesText, stepFor } from './flow.js';

const at = (progress: StudentAttempt['progress'], opensAtMs: number | null = null, onboarding: StudentAttempt['onboarding'] = null, openAgainMs: number | null = null) =>
  ({ progress, exam: { opensAtMs }, onboarding, openAgainMs }) as Pick<StudentAttempt, 'progress' | 'exam' | 'onboarding' | 'openAgainMs'>;

describe('stepFor', () => {
  it('puts a student where the attempt stands', () => {
    expect(stepFor(at('created'), 0)).toBe('notice');
    expect(stepFor(at('checking'), 0)).toBe('checks');
    expect(stepFor(at('ready'), 0)).toBe('checks');
    expect(stepFor(at('interrupted'), 0)).toBe('exam');
    expect(stepFor(at('submitted'), 0)).toBe('done');
    expect(stepFor(at('expired'), 0)).toBe('trouble');
  });
  it('waits for the exam to open, but not with an exam that runs', () => {
    expect(stepFor(at('ready', 100), 99)).toBe('not-open');
    expect(stepFor(at('ready', 100), 100)).toBe('checks');
    expect(stepFor(at('recording', 100), 99)).toBe('exam');
  });
  it.each(['open', 'refused'] as const)('asks for an onboarding that is %s, also before the exam opens, but not twice and not during the exam', (state) => {
    expect(stepFor(at('created', null, state), 0)).toBe('notice');
    expect(stepFor(at('checking', null, state), 0)).toBe('onboarding');
    expect(stepFor(at('ready', 100, state), 0)).toBe('onboarding');
    expect(stepFor(at('ready', 100, state), 0, true)).toBe('not-open');
    expect(stepFor(at('ready', null, state), 0, true)).toBe('checks');
    expect(stepFor(at('interrupted', null, state), 0)).toBe('exam');
  });
  it('goes to the checks with an exam that was opened again, whatever was asked for before its start', () => {
    expect(stepFor(at('ready', 100, 'open', 60_000), 0)).toBe('checks');
    expect(leftText(at('ready', null, null, 34.9 * 60_000))).toBe('34 minutes');
    expect(leftText(at('ready'))).toBe('');
  });
  it.each(['declined', 'with-person', 'passed'] as const)('goes on with an onboarding that is %s', (state) => {
    expect(stepFor(at('checking', null, state), 0)).toBe('checks');
  });
});

describe('elsewhereOf', () => {
  it('says what became of an exam that was opened in another place', () => {
    expect(elsewhereOf('ready')).toBe('not-started');
    expect(elsewhereOf('recording')).toBe('recorded');
    expect(elsewhereOf('interrupted')).toBe('interrupted');
    expect(elsewhereOf('submitted')).toBeUndefined();
  });
});

describe('times', () => {
  it('are written as clocks', () => {
    expect(clockText(7_999)).toBe('0:07');
    expect(clockText(750_000)).toBe('12:30');
    expect(clockText(3_723_000)).toBe('1:02:03');
    expect(clockText(-5)).toBe('0:00');
  });
  it('are written in words', () => {
    expect(minutesText(45)).toBe('45 minutes');
    expect(minutesText(60)).toBe('1 hour');
    expect(minutesText(121)).toBe('2 hours 1 minute');
  });
});
