import type { CoverageAnswer } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import { verdictOn, type Verdict } from './coverage.js';

const piece = { track: 'webcam' as const, startMs: 10_000, endMs: 15_000 };
const answer = (settledToMs: number, ...missing: [number, number][]) => ({
  tracks: [{ track: 'webcam' as const, settledToMs, missing: missing.map(([startMs, endMs]) => ({ source: 'webcam' as const, startMs, endMs })) }],
});

describe('verdictOn', () => {
  it.each([
    ['delete', 'nothing is missing', answer(20_000)],
    ['delete', 'what is missing lies elsewhere', answer(20_000, [0, 10_000], [15_000, 20_000])],
    ['delete', 'what is missing is too little', answer(20_000, [0, 10_200], [12_000, 12_200])],
    ['send', 'its beginning is missing', answer(20_000, [0, 10_201])],
    ['send', 'its middle is missing', answer(15_000, [12_000, 12_300])],
    ['keep', 'it is not settled', answer(14_799, [10_000, 14_799])],
    ['keep', 'the server does not say', { tracks: [] }],
  ] satisfies [Verdict, string, Pick<CoverageAnswer, 'tracks'>][])('%s: %s', (verdict, _why, seen) => expect(verdictOn(piece, seen)).toBe(verdict));

  it('wants nothing after the end of the attempt', () => {
    expect(verdictOn(piece, answer(12_000, [9_000, 12_000]), 12_000)).toBe('send');
    expect(verdictOn(piece, answer(12_000), 12_000)).toBe('delete');
    expect(verdictOn(piece, answer(9_000, [5_000, 9_000]), 9_000)).toBe('delete');
  });
});
