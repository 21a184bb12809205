import type { AttemptTimeline, TimelineIncident } from '@vigil/protocol';
import { describe, expect, test } from 'vitest';
import { quietAt, worthPlaying } from './quiet.js';

const originMs = 1_700_000_000_000;
const lengthMs = 600_000;
type Part = AttemptTimeline['tracks'][number];
const track = (more: Partial<Part> = {}): Part => ({ track: 'webcam', segments: [], gaps: [], ...more });
const incident = (fromS: number, toS: number): TimelineIncident => ({
  id: `${fromS}`,
  kind: 'phone',
  track: 'webcam',
  startMs: originMs + fromS * 1_000,
  endMs: originMs + toS * 1_000,
  confidence: 1,
  findings: [],
  detector: { name: 'd', version: '1', model: 'm', thresholds: {} },
  evidence: 'frame',
});
const played = (incidents: TimelineIncident[], speech: [number, number][] = [], tracks: Part[] = [track()]) =>
  worthPlaying({ startMs: originMs, endMs: originMs + lengthMs, tracks, incidents }, speech.map(([fromS, toS]) => ({ fromMs: fromS * 1_000, toMs: toS * 1_000 }))).map(
    ({ fromMs, toMs }) => [fromMs / 1_000, toMs / 1_000],
  );

describe('what is played', () => {
  test('is a finding with five seconds before and after it, and speech with two', () => {
    expect(played([incident(100, 110)], [[200, 203]])).toEqual([[95, 115], [198, 205]]);
  });

  test('is joined where too little lies between', () => {
    expect(played([incident(100, 110), incident(124, 125)])).toEqual([[95, 130]]);
    expect(played([incident(100, 110), incident(126, 127)])).toEqual([[95, 115], [121, 132]]);
    expect(played([incident(300, 310), incident(100, 400)])).toEqual([[95, 405]]);
  });

  test('stays inside of the attempt, whose ends are not worth a jump either', () => {
    expect(played([incident(2, 3), incident(592, 700)])).toEqual([[0, 8], [587, 600]]);
    expect(played([incident(9, 10), incident(585, 590.5)])).toEqual([[0, 15], [580, 600]]);
  });

  test('is what is not analysed, whatever is in there', () => {
    const segment = (fromS: number, analysis: Part['segments'][number]['analysis']) =>
      ({ id: `s${fromS}`, epoch: 1, startMs: originMs + fromS * 1_000, durationMs: 20_000, zeroMs: 0, backfill: false, bytes: 1, mimeType: '', analysis });
    expect(played([], [], [track({ segments: [segment(20, 'done'), segment(40, 'dead'), segment(100, 'pending'), segment(120, 'leased')] })])).toEqual([[40, 60], [100, 140]]);
  });

  test('is where a longer gap begins, not the gap', () => {
    const gap = (fromS: number, toS: number) => ({ source: 'webcam' as const, startMs: originMs + fromS * 1_000, endMs: originMs + toS * 1_000, cause: 'connection' as const });
    expect(played([], [], [track({ gaps: [gap(50, 54), gap(100, 300)] })])).toEqual([[97, 103]]);
  });

  test('is nothing where nothing is', () => {
    expect(played([])).toEqual([]);
  });
});

describe('a position', () => {
  const parts = [{ fromMs: 10, toMs: 20 }, { fromMs: 50, toMs: 60 }];
  test.each([
    [0, { fromMs: 0, toMs: 10 }],
    [10, undefined],
    [20, { fromMs: 20, toMs: 50 }],
    [59, undefined],
    [60, { fromMs: 60, toMs: 100 }],
    [100, undefined],
  ])('%i lies in the quiet part %o', (at, quiet) => expect(quietAt(parts, at, 100)).toEqual(quiet));
  test('lies in one quiet part where nothing is worth playing', () => expect(quietAt([], 5, 100)).toEqual({ fromMs: 0, toMs: 100 }));
});
