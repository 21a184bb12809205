import { describe, expect, test } from 'vitest';
import { squeeze } from './fast-sound.js';

const rate = 24_000;
const seconds = (length: number, sample: (second: number) => number): Float32Array => Float32Array.from({ length: length * rate }, (_, at) => sample(at / rate));
const loudness = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
/** How often it crosses zero upwards, a second. */
const pitchOf = (samples: Float32Array): number => (samples.filter((sample, at) => sample >= 0 && (samples[at - 1] ?? 0) < 0).length / samples.length) * rate;

describe('sound that is made shorter', () => {
  test.each([5, 8])('takes a %ith of the time', (speed) => {
    expect(squeeze(seconds(20, () => 0), rate, speed)).toHaveLength((20 * rate) / speed);
  });

  test('keeps its pitch, and about its loudness', () => {
    const tone = seconds(16, (second) => 0.5 * Math.sin(2 * Math.PI * 220 * second));
    const short = squeeze(tone, rate, 8);
    expect(pitchOf(short)).toBeGreaterThan(190);
    expect(pitchOf(short)).toBeLessThan(250);
    expect(loudness(short)).toBeGreaterThan(0.2);
    expect(Math.max(...short)).toBeLessThanOrEqual(1);
  });

  test('has each short sound in its place, wherever in its stretch it lies', () => {
    for (const begin of [4.03, 4.2, 4.3, 4.41, 4.55]) {
      // A knock of 50 ms in 8 s of silence.
      const short = squeeze(seconds(8, (second) => (second >= begin && second < begin + 0.05 ? 0.8 : 0)), rate, 8);
      const at = short.findIndex((sample) => sample > 0.3) / rate;
      expect(at, `from ${begin} s`).toBeGreaterThan(begin / 8 - 0.09);
      expect(at, `from ${begin} s`).toBeLessThan(begin / 8 + 0.09);
    }
  });

  test('is nothing where nothing is, also when it is shorter than a piece', () => {
    expect(squeeze(new Float32Array(0), rate, 8)).toHaveLength(0);
    expect(squeeze(seconds(0.05, () => 0.5), rate, 8)).toHaveLength(150);
  });
});
