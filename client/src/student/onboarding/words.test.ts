import { LookProblem, lookBytes } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { mostBytes } from '../picture.js';
import { problemWords, wordsForProblems } from './words.js';

test('every problem has words of its own', () => {
  expect(Object.keys(problemWords).sort()).toEqual([...LookProblem.options].sort());
  expect(new Set(Object.values(problemWords)).size).toBe(LookProblem.options.length);
});

test('of several problems the one that hides the others is told first', () => {
  expect(wordsForProblems(['not-turned', 'no-face', 'too-dark'])).toEqual([problemWords['too-dark'], problemWords['no-face'], problemWords['not-turned']]);
  expect(wordsForProblems([])).toEqual([]);
});

test('a picture is as large as the server takes', () => {
  expect(mostBytes).toBe(lookBytes);
});
