import { expect, test } from 'vitest';
import { linesOf } from './clip-pictures.js';

const lines = (text: string, width: number, most = 9): string[] => linesOf(text, ({ length }) => length, width, most);

test('words go into lines; a word that is too long is broken, what is too much is cut', () => {
  expect(lines('Ada  King Lovelace', 9)).toEqual(['Ada King', 'Lovelace']);
  expect(lines('Thermodynamics 1', 6)).toEqual(['Thermo', 'dynami', 'cs 1']);
  expect(lines('one two three four', 5, 2)).toEqual(['one', 'tw…']);
  expect(lines('', 5)).toEqual([]);
});
