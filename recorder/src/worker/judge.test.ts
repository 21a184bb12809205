import { expect, it } from 'vitest';
import { z } from 'zod';
import { frameDetector } from './detectors/detector.js';
import { stretchesOf } from './detectors/stretches.js';
import { judge, type MeasuredSegment } from './judge.js';

const stamp = { name: 'test', version: '2', model: 'none', thresholds: {} };
const detector = frameDetector({
  stamp,
  track: 'webcam',
  sample: z.number(),
  look: () => () => 0,
  judge: (samples) => stretchesOf('phone', samples, (score) => score || undefined),
});
const detectors = { all: [detector], findFaces: () => Promise.resolve({ sure: [], nearest: 0 }) };
const segment = (startMs: number, samples: [number, number, unknown][], version = '2', track: 'webcam' | 'screen' = 'webcam'): MeasuredSegment => ({
  track,
  startMs,
  measured: { version: 1, detectors: [{ stamp: { ...stamp, version }, samples }] },
});

it('joins what goes on in the next segment, in whatever order segments come', () => {
  const segments = [segment(10_000, [[0, 8_000, 0], [8_000, 10_000, 1]]), segment(20_000, [[0, 3_000, 1], [3_000, 5_000, 0]])];
  const expected = [{ kind: 'phone', startMs: 18_000, endMs: 23_000, confidence: 1, shownAtMs: 18_000, track: 'webcam', detector: stamp }];
  expect(judge(segments, detectors)).toEqual(expected);
  expect(judge([...segments].reverse(), detectors)).toEqual(expected);
});

it('leaves out another track, and what another version measured', () => {
  expect(judge([segment(0, [[0, 1_000, 1]], '1'), segment(0, [[0, 1_000, 1]], '2', 'screen')], detectors)).toEqual([]);
});

it('does not take values that a detector cannot have measured', () => {
  expect(() => judge([segment(0, [[0, 1_000, 'much']])], detectors)).toThrow(/expected number/);
});
