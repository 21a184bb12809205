import { FindingKind } from '@vigil/protocol';
import { describe, expect, test } from 'vitest';
import { completeText, findingWords, lengthText, missingLines, standingText } from './words.js';

const window = { startMs: 1_000, endMs: 61_000 };
const gap = (startMs: number, endMs: number) => ({ startMs, endMs, cause: 'connection' as const });

describe('what is missing of a source', () => {
  test('is told with when, how long and why', () => {
    const source = { source: 'webcam' as const, missing: [gap(11_000, 24_400), gap(31_000, 31_400)] };
    expect(missingLines(source, window.startMs)).toEqual([{ at: '0:10', text: '13 s: the connection was interrupted' }]);
    expect(completeText(source, window)).toBe('all but 13 s');
  });

  test('is nothing where holes are too small to miss, and all where nothing came', () => {
    expect(completeText({ source: 'screen', missing: [gap(11_000, 11_900)] }, window)).toBe('all of it');
    expect(completeText({ source: 'screen', missing: [gap(1_000, 60_500)] }, window)).toBe('nothing');
  });
});

test('a length of time reads as people say it', () => {
  expect([400, 59_000, 60_000, 3_600_000, 3_723_000].map(lengthText)).toEqual(['1 s', '59 s', '1 min', '1 h', '1 h 2 min 3 s']);
});

test('no word of a finding or a standing blames anybody', () => {
  const all = [...FindingKind.options.map((kind) => findingWords[kind]), ...(['waiting', 'looking', 'cleared', 'decided'] as const).map((one) => standingText(one, '1 May'))];
  for (const text of all) expect(text).not.toMatch(/cheat|suspic|violat|fraud|your fault|guilty|misconduct/i);
});
