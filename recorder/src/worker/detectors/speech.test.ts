import { describe, expect, it } from 'vitest';
import { speechOf, speechStretches } from './speech.js';

/** Probabilities from `[value, steps of 32 ms]`. */
const steps = (...parts: readonly (readonly [probability: number, count: number])[]) =>
  Float32Array.from(parts.flatMap(([probability, count]) => Array.from({ length: count }, () => probability)));
const judged = (probabilities: Float32Array) => speechOf(speechStretches(probabilities));
const times = (probabilities: Float32Array) => judged(probabilities).map(({ startMs, endMs }) => [startMs, endMs]);

describe('speech', () => {
  it('begins at 0.5 and lasts while it stays at 0.35', () => {
    expect(times(steps([0.4, 20], [0.6, 5], [0.4, 5], [0.3, 30]))).toEqual([[640, 960]]);
  });

  it('joins what is at most 400 ms apart', () => {
    expect(times(steps([0, 10], [1, 10], [0, 12], [1, 10], [0, 20]))).toEqual([[320, 1_344]]);
    expect(times(steps([0, 10], [1, 10], [0, 13], [1, 10], [0, 20]))).toEqual([[320, 640], [1_056, 1_376]]);
  });

  it('drops what is shorter than 250 ms, but not what goes on in the next segment', () => {
    expect(times(steps([0, 10], [1, 7], [0, 20]))).toEqual([]);
    expect(times(steps([0, 10], [1, 8], [0, 20]))).toEqual([[320, 576]]);
    const [end, begin] = [speechStretches(steps([0, 10], [1, 5])), speechStretches(steps([1, 5], [0, 10]))];
    const next = begin.map(({ startMs, endMs, value }) => ({ startMs: startMs + 480, endMs: endMs + 480, value }));
    expect(speechOf(end)).toEqual([]);
    expect(speechOf([...end, ...next])).toMatchObject([{ startMs: 320, endMs: 640 }]);
  });

  it('is as sure as the sound was on average, without the pauses', () => {
    const [span] = judged(steps([0, 10], [0.6, 10], [0, 10], [1, 10], [0, 20]));
    expect(span?.confidence).toBeCloseTo(0.8);
    expect(judged(steps())).toEqual([]);
  });
});
