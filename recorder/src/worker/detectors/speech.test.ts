import { describe, expect, it } from 'vitest';
import { speechSpans } from './speech.js';

/** Probabilities from `[value, steps of 32 ms]`. */
const steps = (...parts: readonly (readonly [probability: number, count: number])[]) =>
  Float32Array.from(parts.flatMap(([probability, count]) => Array.from({ length: count }, () => probability)));
const times = (probabilities: Float32Array) => speechSpans(probabilities).map(({ startMs, endMs }) => [startMs, endMs]);

describe('speechSpans', () => {
  it('begins at 0.5 and lasts while it stays at 0.35', () => {
    expect(times(steps([0.4, 20], [0.6, 5], [0.4, 5], [0.3, 30]))).toEqual([[640, 960]]);
  });

  it('joins what is at most 400 ms apart', () => {
    expect(times(steps([0, 10], [1, 10], [0, 12], [1, 10], [0, 20]))).toEqual([[320, 1_344]]);
    expect(times(steps([0, 10], [1, 10], [0, 13], [1, 10], [0, 20]))).toEqual([[320, 640], [1_056, 1_376]]);
  });

  it('drops what is shorter than 250 ms, but not where it may go on in the segment before or after', () => {
    expect(times(steps([0, 10], [1, 7], [0, 20]))).toEqual([]);
    expect(times(steps([0, 10], [1, 8], [0, 20]))).toEqual([[320, 576]]);
    expect(times(steps([1, 2], [0, 30], [1, 3]))).toEqual([[0, 64], [1_024, 1_120]]);
  });

  it('is as sure as the sound was on average, pauses included', () => {
    const [span] = speechSpans(steps([0, 10], [1, 10], [0, 10], [1, 10], [0, 20]));
    expect(span?.confidence).toBeCloseTo(2 / 3);
    expect(speechSpans(steps())).toEqual([]);
  });
});
