import { expect, test } from 'vitest';
import { analysisOf } from './analysis.js';

test.each([
  // Only what the browser noticed was judged.
  ['submitted', [], 'done'],
  ['recording', [], 'up-to-date'],
  ['submitted', ['pending', 'pending'], 'pending'],
  ['submitted', ['done', 'pending'], 'running'],
  ['submitted', ['leased'], 'running'],
  ['submitted', ['done', 'done'], 'done'],
  ['recording', ['done', 'done'], 'up-to-date'],
  ['interrupted', ['done'], 'up-to-date'],
  ['interrupted', ['done', 'leased'], 'running'],
  ['submitted', ['done', 'dead', 'pending'], 'failed'],
] as const)('%s with %j is %s', (progress, states, expected) => {
  expect(analysisOf(progress, states, 'done')).toBe(expected);
});

test('an attempt without a recording has nothing to analyse, unless its browser noticed something', () => {
  expect(analysisOf('submitted', [], undefined)).toBe('none');
  expect(analysisOf('submitted', [], 'open')).toBe('running');
});

test('an attempt that is over is done when it was judged', () => {
  expect(analysisOf('submitted', ['done'], 'open')).toBe('running');
  expect(analysisOf('submitted', ['done'], 'failed')).toBe('failed');
  // As it was analysed before there was judging.
  expect(analysisOf('submitted', ['done'], undefined)).toBe('done');
  expect(analysisOf('recording', ['done'], 'open')).toBe('up-to-date');
});
