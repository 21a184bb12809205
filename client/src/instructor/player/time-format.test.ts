import { expect, test } from 'vitest';
import { formatDuration, formatPosition, parsePosition, speakPosition } from './time-format.js';

test.each([
  [0, '0:00'],
  [-5, '0:00'],
  [59_999, '0:59'],
  [247_000, '4:07'],
  [3_600_000, '1:00:00'],
  [3_847_000, '1:04:07'],
])('%i ms is the position %s', (ms, text) => expect(formatPosition(ms)).toBe(text));

test('tenths are cut, not rounded, so that a position never runs ahead', () => {
  expect(formatPosition(59_990, true)).toBe('0:59.9');
});

test.each([
  [400, '0.4 s'],
  [3_000, '3 s'],
  [9_949, '9.9 s'],
  [9_960, '9.9 s'],
  [59_600, '59 s'],
  [385_700, '6 min 25 s'],
  [185_000, '3 min 5 s'],
  [7_200_000, '2 h'],
  [7_440_000, '2 h 4 min'],
])('%i ms lasts %s', (ms, text) => expect(formatDuration(ms)).toBe(text.replaceAll(' ', '\u00a0')));

test('a position is spoken without empty units', () => {
  expect(speakPosition(3_601_000)).toBe('1 hour 1 second');
  expect(speakPosition(0)).toBe('0 seconds');
  expect(speakPosition(125_000)).toBe('2 minutes 5 seconds');
});

test('a position is read as people write it', () => {
  expect(['4:07', '1:04:07', '95', ' 0:05.5 ', '0:05,5', '75:00'].map(parsePosition)).toEqual([247_000, 3_847_000, 95_000, 5_500, 5_500, 4_500_000]);
  for (const text of ['', '4:60', '1:60:00', 'x', '-1', '1:2:3:4', '1:', ':5']) expect(parsePosition(text), text).toBeUndefined();
});
