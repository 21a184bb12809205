import { expect, it } from 'vitest';
import { medianOf, stretchesOf } from './stretches.js';
import type { Timed } from './detector.js';

const samples = (...parts: readonly (readonly [startMs: number, endMs: number, score: number | null])[]): Timed<number | null>[] =>
  parts.map(([startMs, endMs, value]) => ({ startMs, endMs, value }));
const found = (list: Timed<number | null>[], minimumMs?: number) => stretchesOf('phone', list, (score) => score ?? undefined, minimumMs);

it('a stretch lasts while samples with a score follow each other, also across a segment’s border, and weighs them by their length', () => {
  expect(found(samples([0, 1_000, null], [1_000, 4_000, 1], [4_010, 5_010, 0.6], [5_010, 6_000, null]))).toEqual([
    { kind: 'phone', startMs: 1_000, endMs: 5_010, confidence: 0.9, shownAtMs: 1_000 },
  ]);
});

it('is torn by a sample without a score, however short, and by a hole in the record', () => {
  const times = (list: Timed<number | null>[]) => found(list).map(({ startMs, endMs }) => [startMs, endMs]);
  expect(times(samples([0, 1_000, 1], [1_000, 1_200, null], [1_200, 2_000, 1]))).toEqual([[0, 1_000], [1_200, 2_000]]);
  expect(times(samples([0, 1_000, 1], [3_000, 4_000, 1]))).toEqual([[0, 1_000], [3_000, 4_000]]);
});

it('shows the moment with the best score, and drops what is too short', () => {
  expect(found(samples([0, 1_000, 0.5], [1_000, 2_000, 0.9], [2_000, 3_000, 0.7]))[0]?.shownAtMs).toBe(1_000);
  expect(found(samples([0, 1_000, 1]), 1_001)).toEqual([]);
});

it('medianOf', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([4, 1, 2, 3])).toBe(2.5);
  expect(medianOf([])).toBeNaN();
});
