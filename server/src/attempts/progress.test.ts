import { Progress } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import { hasEnded, isAllowed, refusal, transitions } from './progress.js';
import type { Transition } from './progress.js';

/** Written out by hand, not made from the table. */
const allowed = new Set([
  'created agree checking',
  'checking pass ready',
  'ready begin recording',
  'recording interrupt interrupted',
  'interrupted resume recording',
  'recording submit submitted',
  'interrupted submit submitted',
  'submitted reopen ready',
  'expired reopen ready',
  'ready lapse submitted',
  'created expire expired',
  'checking expire expired',
  'ready expire expired',
  'checking askAgain created',
  'ready askAgain created',
  'created withdraw withdrawn',
  'checking withdraw withdrawn',
  'ready withdraw withdrawn',
  'recording withdraw withdrawn',
  'interrupted withdraw withdrawn',
]);

describe('progress of an attempt', () => {
  for (const from of Progress.options)
    for (const transition of Object.keys(transitions) as Transition[]) {
      const move = `${from} ${transition} ${transitions[transition].to}`;
      it(`${move}: ${allowed.has(move) ? 'may' : 'may not'}`, () => {
        expect(isAllowed(from, transition)).toBe(allowed.has(move));
      });
    }

  it('says why', () => {
    expect(refusal('submitted', 'begin').reason).toBe('attemptEnded');
    expect(refusal('withdrawn', 'agree').reason).toBe('attemptEnded');
    expect(refusal('created', 'pass').reason).toBe('notAgreed');
    expect(refusal('checking', 'begin').reason).toBe('wrongState');
  });

  it('nothing follows an end, unless a person opens it again', () => {
    const after = Progress.options.filter((from) =>
      (Object.keys(transitions) as Transition[]).every((transition) => transition === 'reopen' || !isAllowed(from, transition)),
    );
    expect(after).toEqual(Progress.options.filter(hasEnded));
  });
});
