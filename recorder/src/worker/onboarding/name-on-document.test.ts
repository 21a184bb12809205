import { expect, test } from 'vitest';
import { nameProblems } from './name-on-document.js';

const card = (name: string): string => `STUDENT CARD\nUNIVERSITY OF VIGIL\n${name}\n2026`;

test.each([
  ['Anna Müller-Linden', 'MÜLLER-LINDEN\nANNA SOPHIE'],
  ['Anna Müller-Linden', 'IDVIGMUELLER<LINDEN<<ANNA<SOPHIE'],
  ['Anna Müller', 'MULLER\nANNA'],
  ['Søren Ærø', 'SOREN AERO'],
  ['José García Márquez', 'GARCIA MARQUEZ\nJOSE'],
  ['Alexander Hoffmann', 'ALEXANOER HOFFMAMN'],
  ['Bo Ek', 'BO EK'],
  ['Madonna', 'MADONNA'],
])('%s is the name on “%s”', (student, name) => {
  expect(nameProblems(card(name), student)).toEqual([]);
});

test.each([
  ['Anna Müller', 'ANNA SCHMIDT'],
  ['Anna Müller', 'PETER MÜLLER'],
  ['Bo Ek', 'BO ET'],
  ['Александра Иванова', 'ALEXANDRA IVANOVA'],
])('%s is not the name on “%s”', (student, name) => {
  expect(nameProblems(card(name), student)).toEqual(['name-differs']);
});

test('a document that cannot be read names nobody', () => {
  expect(nameProblems('— ,, | a\n_ 7', 'Anna Müller')).toEqual(['no-document']);
});
