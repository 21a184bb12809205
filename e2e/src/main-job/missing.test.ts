import type { Sidecar } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import type { Captured } from '../clock/capture-truth.js';
import { missingFrom } from './missing.js';

const frames = (...atMs: number[]): Captured[] => atMs.map((at) => ({ atMs: at, code: null }));
/** Four in each second. */
const steady = (fromMs: number, toMs: number): Captured[] => frames(...Array.from({ length: (toMs - fromMs) / 250 }, (_, i) => fromMs + i * 250));
const segment = (startMs: number, durationMs: number, ...atMs: number[]) => ({
  sidecar: { startMs, durationMs } as Sidecar,
  frames: frames(...atMs),
  sound: new Float32Array(),
});

describe('missingFrom', () => {
  const window = { fromMs: 0, toMs: 10_000 };

  it('counts what the browser captured, and lets a screen’s picture stand to the end of its segment', () => {
    const recording = { webcam: [segment(0, 4_000, 100, 1_100, 3_100)], screen: [segment(0, 4_000, 100), segment(6_000, 1_000, 6_000)] };
    const truth = { webcam: [steady(0, 4_000)], microphone: [], screen: [steady(0, 5_000), steady(6_000, 8_000)] };
    expect(missingFrom(recording, truth, window)).toEqual({ webcam: [2_000], microphone: [], screen: [4_000, 7_000] });
  });

  it('goes by the server’s clock, and leaves out a second of which little was captured', () => {
    const truth = { webcam: [steady(61_000, 63_000), frames(63_000, 63_200)], microphone: [], screen: [] };
    expect(missingFrom({ webcam: [segment(1_000, 1_000, 1_000)], screen: [] }, truth, window, 60_000).webcam).toEqual([2_000]);
  });
});
