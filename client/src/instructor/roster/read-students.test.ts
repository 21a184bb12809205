import { studentKey } from '@vigil/protocol';
import { describe, expect, test } from 'vitest';
import { readStudents } from './read-students.js';

const read = (text: string, ...there: { name: string; email: string }[]) => readStudents(text, new Set(there.map(studentKey)));
const short = (text: string) => read(text).lines.map(({ name, email, extraMinutes, problem }) => problem ?? [name, email, extraMinutes]);

describe('a list of students', () => {
  test('has name, e-mail and extra minutes, in this order or as its first line says', () => {
    const both = [['Ann Doe', 'a@x.org', 30], ['Bo Li', '', 0]];
    expect(short('Ann Doe,a@x.org,30\nBo Li')).toEqual(both);
    expect(short('E-Mail;Extra minutes;ID;Name\na@x.org;30;7;Ann  Doe\n;;8;Bo Li')).toEqual(both);
    expect(short('First name\tSurname\tEmail address\tExtra time\nAnn\tDoe\ta@x.org\t30\nBo\tLi\t\t')).toEqual(both);
    expect(short('First name;Name;Email;Extra minutes\nAnn;Doe;a@x.org;30\nBo;Li;;')).toEqual(both);
    expect(short('a@x.org, Ann Doe, 30')).toEqual([both[0]]);
    expect(read('Email\na@x.org').problem).toContain('No column is called “Name”');
    expect(read('').lines).toEqual([]);
  });

  test('says what is wrong in which line, and what to do', () => {
    const { lines } = read(['Name,Email,Extra minutes', 'Ann,a@x.org', ',b@x.org', 'Cy,c(at)x.org', 'Di,d@x.org,half an hour', 'Ed,e@x.org,1441', 'An,A@X.org', 'Fo', 'fo', '"Gu,g@x.org'].join('\n'));
    expect(lines.map(({ line, problem }) => [line, problem])).toEqual([
      [2, undefined],
      [3, 'Write the student’s name.'],
      [4, 'This is not an e-mail address. Correct it, or leave the field empty.'],
      [5, 'Extra time is a whole number of minutes, at most 1440.'],
      [6, 'Extra time is a whole number of minutes, at most 1440.'],
      [7, 'The same e-mail address stands in line 2. Each student has their own.'],
      [8, undefined],
      [9, 'The same name stands in line 8. Add e-mail addresses, so that the two can be told apart.'],
      [10, 'A quotation mark is opened here and never closed. Close it, or take it away.'],
    ]);
  });

  test('knows who is there already, by the address whatever its case, else by the name', () => {
    const { lines } = read('Ann D.,A@x.org\nBo Li\nAnn,', { name: 'Ann Doe', email: 'a@X.org' }, { name: 'bo  li', email: '' });
    expect(lines.map(({ there }) => there)).toEqual([true, true, false]);
  });

  test('is not longer than can be added at once', () => {
    const long = (count: number): string => Array.from({ length: count }, (_, index) => `Student ${index},s${index}@x.org`).join('\n');
    expect(read(`Name,Email\n${long(2_000)}`).lines).toHaveLength(2_000);
    expect(read(long(2_001)).problem).toContain('There are 2001 lines');
  });
});
