import { describe, expect, it } from 'vitest';
import { checkFindings } from './findings.js';
import { truthEvents } from './truth-events.js';

const camera = [{ kind: 'camera-black' as const, from: 34, to: 42 }];
const speech = [{ from: 28, to: 33 }];
const frames = (startMs: number, from: number, to: number): { atMs: number; code: number }[] =>
  Array.from({ length: (to - from) * 30 }, (_, i) => ({ atMs: startMs + from * 1000 + i * (1000 / 30), code: from * 30 + i }));
const bursts = (startMs: number, from: number, to: number): { atMs: number; code: number }[] =>
  Array.from({ length: to - from }, (_, i) => ({ atMs: startMs + (from + i) * 1000, code: (from + i) % 16 }));

describe('truth of a session', () => {
  it('puts the clips’ events at the time when they were played, also where a device went on under a second track', () => {
    const truth = {
      webcam: [frames(100_000, 0, 10), frames(100_000, 10, 60)],
      // The second track begins in second 20 of the same sound: its codes alone would say second 4.
      microphone: [bursts(101_000, 0, 20), bursts(101_000, 20, 60)],
    };
    const events = truthEvents(truth, { camera, speech, black: { fromMs: 150_000, toMs: 160_000 } }, { fromMs: 100_000, toMs: 155_000 });
    expect(events.map(({ kind, fromMs, toMs }) => [kind, Math.round(fromMs), Math.round(toMs)])).toEqual([
      ['speech', 129_000, 134_000],
      ['camera-black', 134_000, 142_000],
      ['screen-black', 150_000, 155_000],
    ]);
  });

  it('knows found, missed, late and invented findings', () => {
    const truth = [
      { kind: 'speech' as const, fromMs: 10_000, toMs: 15_000 },
      { kind: 'camera-black' as const, fromMs: 20_000, toMs: 28_000 },
      { kind: 'screen-black' as const, fromMs: 40_000, toMs: 50_000 },
      // May be found, or not: a moment, and what the end of the recording cut short.
      { kind: 'screen-switched' as const, fromMs: 52_000, toMs: 53_000 },
      { kind: 'face-absent' as const, fromMs: 90_000, toMs: 93_500 },
    ];
    const found = [
      { kind: 'speech' as const, startMs: 10_400, endMs: 14_900 },
      { kind: 'face-absent' as const, startMs: 20_500, endMs: 28_000 },
      { kind: 'screen-black' as const, startMs: 44_000, endMs: 50_000 },
      { kind: 'faces-several' as const, startMs: 60_000, endMs: 63_000 },
    ];
    expect(checkFindings(truth, found).map(({ kind, holds }) => [kind, holds])).toEqual([
      ['speech', true],
      ['camera-black', false],
      ['screen-black', false],
      ['faces-several', false],
    ]);
  });
});
