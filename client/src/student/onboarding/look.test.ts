import type { LookAnswer, LookProblem, OnboardingView } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import { Unreachable } from '../session/api.js';
import { look } from './look.js';

const answer = (...problems: LookProblem[]): LookAnswer => ({ passed: problems.length === 0, problems, onboarding: {} as OnboardingView });

/** A look on a clock of its own; each answer takes `answerMs`. */
function make(answers: (LookAnswer | Error)[], answerMs = 100) {
  const signal = new AbortController();
  const heard: LookProblem[][] = [];
  let nowMs = 0;
  let open = 0;
  let most = 0;
  const sentAtMs: number[] = [];
  const parts = {
    take: () => Promise.resolve(new Blob(['jpeg'])),
    send: async () => {
      sentAtMs.push(nowMs);
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      nowMs += answerMs;
      open -= 1;
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (!next || next instanceof Error) throw next ?? new Error('no answer');
      return next;
    },
    heard: ({ problems }: LookAnswer) => void heard.push(problems),
    pause: (ms: number) => {
      nowMs += ms;
      return Promise.resolve();
    },
    now: () => nowMs,
  };
  return { run: () => look(parts, signal.signal), stop: signal, heard, sentAtMs, most: () => most };
}

describe('a look', () => {
  it('sends one picture after the other until one passes, a quarter of a second between', async () => {
    const { run, heard, sentAtMs, most } = make([answer('too-dark'), answer('turned-away'), answer()]);
    expect(await run()).toMatchObject({ passed: true });
    expect(heard).toEqual([['too-dark'], ['turned-away'], []]);
    expect(sentAtMs).toEqual([0, 350, 700]);
    expect(most()).toBe(1);
  });

  it('ends after 20 s without success, with what the last one lacked', async () => {
    const { run, sentAtMs } = make([answer('no-face')]);
    expect(await run()).toMatchObject({ passed: false, problems: ['no-face'] });
    expect(sentAtMs.at(-1)).toBeGreaterThanOrEqual(19_500);
    expect(sentAtMs.at(-1)).toBeLessThan(20_500);
  });

  it('gives a few tries to those whose answers are slow', async () => {
    const { run, sentAtMs } = make([answer('no-face')], 15_000);
    await run();
    expect(sentAtMs).toHaveLength(4);
  });

  it('is silent once it is ended', async () => {
    const { run, stop, heard } = make([answer('too-dark')]);
    stop.abort();
    expect(await run()).toBeUndefined();
    expect(heard).toEqual([]);
  });

  it('tells what sending throws', async () => {
    await expect(make([new Unreachable()]).run()).rejects.toBeInstanceOf(Unreachable);
  });
});
