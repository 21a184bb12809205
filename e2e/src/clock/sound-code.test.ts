import { describe, expect, it } from 'vitest';
import { addBurst, readBursts } from './sound-code.js';

const rate = 16_000;

describe('sound code', () => {
  it('reads every second back, to 8 ms, in noise', () => {
    const samples = new Float32Array(20 * rate);
    let seed = 1;
    for (let i = 0; i < samples.length; i += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      samples[i] = (seed / 2 ** 31 - 0.5) * 0.02;
    }
    for (let second = 0; second < 20; second += 1) addBurst(samples, rate, second);
    const bursts = readBursts(samples, rate);
    // The burst at second 0 is not counted: nothing is before it, so where it began is not known.
    expect(bursts.map(({ symbol }) => symbol)).toEqual(Array.from({ length: 19 }, (_, i) => (i + 1) % 16));
    for (const [i, { atMs }] of bursts.entries()) expect(Math.abs(atMs - (i + 1) * 1000)).toBeLessThan(8);
  });

  it('hears nothing in silence, or in one tone', () => {
    const samples = new Float32Array(3 * rate);
    expect(readBursts(samples, rate)).toEqual([]);
    for (let i = 0; i < samples.length; i += 1) samples[i] = 0.3 * Math.sin((2 * Math.PI * 740 * i) / rate);
    expect(readBursts(samples, rate)).toEqual([]);
  });
});
