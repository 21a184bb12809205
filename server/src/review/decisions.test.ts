import type { Decision, Progress, ReviewMove, ReviewState } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { permitMove } from './decisions.js';

const [first, second] = ['1'.repeat(24), '2'.repeat(24)];
const proposal: Decision = { atMs: 1, by: { id: first, name: 'First' }, move: 'propose', from: 'none', to: 'second_review' };
interface Case {
  user?: string;
  secondReviewer?: boolean;
  reason?: string;
  progress?: Progress;
  decisions?: Decision[];
}
const permit = (review: ReviewState, move: ReviewMove, { user = first, secondReviewer = false, reason = 'Seen.', progress = 'submitted', decisions = [] }: Case = {}): void =>
  permitMove({ progress, review, decisions }, { rules: { webcam: true, microphone: true, screen: 'off', secondReviewer } }, user, move, reason);

test('a decision needs a reason; a mark to look at again none', () => {
  for (const [from, move] of [['none', 'clear'], ['flagged', 'find'], ['cleared', 'reopen'], ['second_review', 'sendBack']] as const)
    expect(() => permit(from, move, { reason: '' }), move).toThrow('Write the reason.');
  permit('none', 'flag', { reason: '' });
  permit('flagged', 'unflag', { reason: '' });
});

test('nothing but a mark before the end', () => {
  permit('none', 'flag', { progress: 'recording' });
  expect(() => permit('none', 'clear', { progress: 'recording' })).toThrow('The attempt is not over.');
});

test('a violation: alone where the exam says nothing, by two where it asks for that', () => {
  permit('flagged', 'find');
  expect(() => permit('flagged', 'propose')).toThrow('asks for no second reviewer');
  const two = { secondReviewer: true, decisions: [proposal] };
  expect(() => permit('flagged', 'find', two)).toThrow('needs a second reviewer');
  permit('flagged', 'propose', two);
  expect(() => permit('second_review', 'confirm', two)).toThrow('You have proposed it yourself.');
  permit('second_review', 'confirm', { ...two, user: second });
  permit('second_review', 'sendBack', two);
  // Also when the exam does not ask for it any more: it was proposed as such.
  expect(() => permit('second_review', 'confirm', { decisions: [proposal] })).toThrow('You have proposed it yourself.');
  expect(() => permit('flagged', 'find', { decisions: [proposal] })).toThrow('You have proposed it before.');
});

test('of several proposals the last one counts', () => {
  const decisions = [proposal, { ...proposal, by: { id: second, name: 'Second' } }];
  permit('second_review', 'confirm', { secondReviewer: true, decisions });
  expect(() => permit('second_review', 'confirm', { secondReviewer: true, decisions, user: second })).toThrow('yourself');
});

test('what the table does not have is refused', () => {
  expect(() => permit('none', 'confirm')).toThrow('not possible at this point');
  expect(() => permit('violation', 'clear')).toThrow('not possible at this point');
});
