import { describe, expect, test } from 'vitest';
import { csvOf, decoded, parseCsv } from './csv.js';

const cellsOf = (text: string): string[][] => parseCsv(text).map(({ cells }) => cells);

describe('reading a table', () => {
  test.each([',', ';', '\t'])('with %j between its cells', (delimiter) => {
    expect(cellsOf(['Ann', 'a@x.org', '30'].join(delimiter))).toEqual([['Ann', 'a@x.org', '30']]);
  });

  test('quotation marks hold what separates, what ends a line, and themselves', () => {
    expect(cellsOf('"Doe, Ann";"a@x.org"\n"Bo ""B"" Li"; b@x.org \n"two\nlines";c@x.org')).toEqual([
      ['Doe, Ann', 'a@x.org'],
      ['Bo "B" Li', 'b@x.org'],
      ['two\nlines', 'c@x.org'],
    ]);
    // A comma stands in names too.
    expect(cellsOf('Doe, Ann\ta@x.org')).toEqual([['Doe, Ann', 'a@x.org']]);
    expect(cellsOf('Size 5" screen,a@x.org')).toEqual([['Size 5" screen', 'a@x.org']]);
  });

  test('lines are counted as an editor does, whatever ends them', () => {
    expect(parseCsv('\uFEFFa,1\r\n\r\n"b\r\nb",2\rc,3\n').map(({ line, cells }) => [line, cells[0]])).toEqual([[1, 'a'], [3, 'b\r\nb'], [5, 'c']]);
  });

  test('a quotation mark that is not closed is noticed', () => {
    expect(parseCsv('Ann,a@x.org\n"Bo,b@x.org\nCy,c@x.org')).toEqual([{ line: 1, cells: ['Ann', 'a@x.org'] }, { line: 2, cells: ['Bo,b@x.org\nCy,c@x.org'], open: true }]);
    expect(parseCsv(' \n\n')).toEqual([]);
  });

  test('text is read in UTF-8, UTF-16 and Windows-1252', () => {
    expect(decoded(new TextEncoder().encode('\uFEFFJosé'))).toBe('José');
    expect(decoded(Uint8Array.from([0x4a, 0x6f, 0x73, 0xe9]))).toBe('José');
    expect(decoded(Uint8Array.from([0xff, 0xfe, 0x4a, 0, 0xe9, 0]))).toBe('Jé');
  });
});

describe('writing a table', () => {
  test('what is written is read again', () => {
    const rows = [['Name', 'E-mail'], ['Doe, "Ann"', 'a@x.org'], ['Łukasz', '']];
    expect(cellsOf(csvOf(rows))).toEqual(rows);
    expect(csvOf([['a']])).toBe('\uFEFF"a"\r\n');
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', '=HYPERLINK("https://evil.example","x")'])('%j is no formula', (name) => {
    expect(csvOf([[name]]).slice(1)).toMatch(/^"'/);
  });
});
