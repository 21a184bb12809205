import { expect, test } from 'vitest';
import { attemptPath, examPath, newExamPath, onboardingsPath, parseRoute, setupPath, studentsPath } from './routes.js';

const id = '0123456789abcdef01234567';
const parse = (path: string): ReturnType<typeof parseRoute> => parseRoute(new URL(path, 'http://vigil.test'));

test('every path that is written is read back', () => {
  expect(parse('/')).toEqual({ page: 'courses' });
  expect(parse(examPath(id))).toEqual({ page: 'exam', exam: id, search: '' });
  expect(parse(examPath(id, 'sort=name'))).toEqual({ page: 'exam', exam: id, search: '?sort=name' });
  expect(parse(onboardingsPath(id))).toEqual({ page: 'onboardings', course: id });
  expect(parse(studentsPath(id))).toEqual({ page: 'students', exam: id });
  expect(parse(setupPath(id))).toEqual({ page: 'setup', exam: id });
  expect(parse(`${examPath(id)}/rules`)).toEqual({ page: 'setup', exam: id });
  expect(parse(newExamPath(id))).toEqual({ page: 'new-exam', course: id, copyOf: '' });
  expect(parse(newExamPath(id, id))).toEqual({ page: 'new-exam', course: id, copyOf: id });
  expect(parse(newExamPath(id, 'nonsense'))).toEqual({ page: 'new-exam', course: id, copyOf: '' });
  expect(parse(attemptPath(id))).toEqual({ page: 'attempt', attempt: id, atMs: 0 });
  expect(parse(attemptPath(id, 83_456))).toEqual({ page: 'attempt', attempt: id, atMs: 83_400 });
  expect(parse(attemptPath(id, 4_100))).toMatchObject({ atMs: 4_100 });
  expect(attemptPath(id, 83_456)).toBe(`/review/attempts/${id}?t=83.4`);
  const finding = `${id}-phone-1700000000000`;
  expect(parse(attemptPath(id, 83_456, finding))).toEqual({ page: 'attempt', attempt: id, atMs: 83_400, finding });
  expect(parse(attemptPath(id, 0, finding))).toEqual({ page: 'attempt', attempt: id, atMs: 0, finding });
});

test.each(['/review/exams/', '/review/exams/nonsense', `/review/attempts/${id}/more`, `/review/attempts/${id}/rules`, `/review/exams/${id}/rules/more`, '/elsewhere', `/review/${id}`])(
  '%s is no page',
  (path) => expect(parse(path)).toEqual({ page: 'unknown' }),
);

test.each(['x', '-5', 'Infinity'])('a position of %s is the start', (t) => {
  expect(parse(`/review/attempts/${id}?t=${t}`)).toMatchObject({ atMs: 0 });
});
