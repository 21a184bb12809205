import { describe, expect, it } from 'vitest';
import { clippedIn, fullScaleIn, soundClippedDetector } from './sound-clipped.js';
import { speechDetector } from './speech.js';
import { voicesDetector } from './voices.js';

const model = { label: 'none' } as Parameters<typeof voicesDetector>[0];

describe('more than one voice', () => {
  /** Windows of 0.8 s, a letter for each one's speaker; `across`: how alike two speakers are. */
  const heard = (speakers: string, across: number) => ({
    startMs: 10_000,
    endMs: 10_000 + speakers.length * 800 + 800,
    value: {
      fromMs: Array.from(speakers).map((_, at) => at * 800),
      likeness: Array.from(speakers).flatMap((one, at) => Array.from(speakers.slice(at + 1)).map((other) => (one === other ? 0.85 : across))),
    },
  });
  const found = (speakers: string, across: number) => voicesDetector(model).judge([heard(speakers, across)], {}).map(({ startMs, endMs }) => [startMs, endMs]);

  it('is two groups that are unlike, from the second one’s begin on', () => {
    expect(found('aaaaabbbaa', 0.45)).toEqual([[14_000, 18_815]]);
    expect(found('aaabbb', 0.45)).toEqual([[12_400, 15_615]]);
  });

  it('is not one who changes the tone, nor a sound or two of something else', () => {
    expect(found('aaaaabbbaa', 0.7)).toEqual([]);
    expect(found('aaaaaaaaaa', 0.45)).toEqual([]);
    expect(found('aaabaaacaa', 0.3)).toEqual([]);
    expect(found('aaabbaaaaa', 0.3)).toEqual([]);
  });
});

describe('an overdriven microphone', () => {
  const rate = 16_000;
  /** Seconds of a tone, each with its gain, cut off at full scale. */
  const tone = (...gains: readonly number[]) =>
    Float32Array.from({ length: gains.length * rate }, (_, at) => Math.max(-1, Math.min(1, gains[Math.floor(at / rate)]! * Math.sin(at / 7) * Math.sin(at / 900))));
  const found = (samples: Float32Array) => soundClippedDetector().judge(fullScaleIn(samples), {}).map(({ kind, startMs, endMs }) => [kind, startMs, endMs]);

  it('is found where sound is cut off, and not where it is only loud', () => {
    expect(found(tone(0.3, 3, 3, 0.8, 0.3))).toEqual([['sound-clipped', 1_000, 3_000]]);
    expect(found(tone(0.9, 0.9))).toEqual([]);
    expect(found(new Float32Array(0))).toEqual([]);
  });

  it('tells which stretches it spoils: those most of which lies in it or in the second beside it', () => {
    const isClipped = clippedIn(tone(0.3, 0.3, 0.3, 3, 3, 0.3, 0.3, 0.3));
    expect([[0, 900], [0, 2_900], [3_200, 4_000], [4_500, 5_900], [6_500, 7_500]].map(([startMs, endMs]) => isClipped({ startMs: startMs!, endMs: endMs! }))).toEqual([false, false, true, true, false]);
  });

  it('is no place to say that somebody speaks', () => {
    const stretch = { startMs: 1_000, endMs: 2_000 };
    const judged = (value: object) => speechDetector(model).judge([{ ...stretch, value }], {}).length;
    expect([judged({ score: 0.9 }), judged({ score: 0.9, clipped: true })]).toEqual([1, 0]);
  });
});
