import { describe, expect, test } from 'vitest';
import { endAgain } from './reopen.js';

const minute = 60_000;
const at = (minutes: number): Date => new Date(minutes * minute);
const over = { progress: 'submitted' as const, evidence: 'complete' as const, startedAt: at(0), endsAt: at(60), finishedAt: at(20) };

describe('an attempt that is opened again', () => {
  test('has what was left, or what is given, from its end on', () => {
    expect(endAgain(over, undefined)).toEqual(at(60));
    expect(endAgain(over, 5)).toEqual(at(25));
    expect(endAgain({ ...over, progress: 'expired' }, undefined)).toEqual(at(60));
  });

  test('needs minutes where nothing, or next to nothing, was left', () => {
    for (const finishedAt of [at(62), at(60), new Date(59.5 * minute)]) expect(() => endAgain({ ...over, finishedAt }, undefined)).toThrow('Say how many minutes');
    expect(endAgain({ ...over, finishedAt: at(62) }, 10)).toEqual(at(72));
  });

  test('is over, was started, and has its recording', () => {
    expect(() => endAgain({ ...over, progress: 'recording' }, 5)).toThrow('is not over');
    expect(() => endAgain({ ...over, progress: 'ready' }, 5)).toThrow('open again already');
    expect(() => endAgain({ ...over, progress: 'withdrawn' }, 5)).toThrow('never started');
    expect(() => endAgain({ progress: 'expired', evidence: 'receiving' }, 5)).toThrow('never started');
    expect(() => endAgain({ ...over, evidence: 'purged' }, 5)).toThrow('was deleted');
  });
});
