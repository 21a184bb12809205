import type { AttemptTimeline } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { lanesOf, missingOf, ticksOf } from './lanes.js';

const id = '0123456789abcdef01234567';
const origin = 1_700_000_000_000;
const timeline: AttemptTimeline = {
  id,
  student: { name: 'S', email: '' },
  exam: { id, title: 'E', rules: { webcam: true, microphone: true, screen: 'off' } },
  progress: 'submitted',
  evidence: 'complete',
  sendUntilMs: null,
  analysis: 'done',
  rank: { points: 0, terms: [] },
  lostResolutions: [],
  review: 'none',
  decisions: [],
  moves: [],
  notes: [],
  startMs: origin,
  endMs: origin + 100_000,
  tracks: [
    {
      track: 'webcam',
      segments: [0, 20].map((fromS, i) => ({
        id: `${id}-webcam-1-${i}`,
        epoch: 1,
        startMs: origin + fromS * 1_000,
        zeroMs: origin + fromS * 1_000,
        backfill: false,
        durationMs: 20_000,
        bytes: 1,
        mimeType: i ? 'audio/webm; codecs="opus"' : 'video/webm; codecs="vp8,opus"',
        analysis: 'done' as const,
      })),
      gaps: [
        { source: 'webcam', startMs: origin + 20_000, endMs: origin + 40_000, cause: 'muted' },
        { source: 'microphone', startMs: origin + 40_000, endMs: origin + 500_000, cause: 'connection' },
      ],
    },
  ],
  incidents: [
    {
      id: 'h',
      kind: 'speech',
      track: 'webcam',
      startMs: origin + 5_000,
      endMs: origin + 6_000,
      confidence: 0.9,
      findings: ['h'],
      detector: { name: 'd', version: '1', model: 'm', thresholds: {} },
      evidence: 'waveform',
    },
  ],
  history: [],
};

test('a source that the exam does not ask for has no lane; kinds without findings neither', () => {
  expect(lanesOf(timeline).map(({ id: lane }) => lane)).toEqual(['webcam', 'microphone', 'speech']);
  const note = { id, startMs: origin + 2_000, endMs: origin + 500_000, text: 'Look here.', by: { id, name: 'I' }, atMs: origin };
  expect(lanesOf({ ...timeline, notes: [note] }).at(-1)).toEqual({ kind: 'notes', id: 'notes', marks: [{ fromMs: 2_000, toMs: 100_000, note }] });
});

test('picture and sound of one track have their own stretches and gaps', () => {
  const [webcam, microphone] = lanesOf(timeline);
  expect(webcam).toMatchObject({
    recorded: [{ fromMs: 0, toMs: 20_000 }],
    gaps: [{ fromMs: 20_000, toMs: 40_000, cause: 'muted' }],
  });
  expect(microphone).toMatchObject({
    recorded: [{ fromMs: 0, toMs: 40_000 }],
    gaps: [{ fromMs: 40_000, toMs: 100_000, cause: 'connection' }],
  });
});

test('a gap that sources share is one line', () => {
  const gap = { fromMs: 10, toMs: 20, cause: 'connection' as const };
  const own = { fromMs: 5, toMs: 20, cause: 'muted' as const };
  const lane = (id: 'webcam' | 'screen', ...gaps: typeof gap[] | typeof own[]) => ({ kind: 'source' as const, id, recorded: [], later: [], gaps });
  expect(missingOf([lane('webcam', gap), lane('screen', gap), lane('screen', own)])).toEqual([
    { ...own, sources: ['screen'] },
    { ...gap, sources: ['webcam', 'screen'] },
  ]);
});

test('gaps of one source and cause that nearly touch are one', () => {
  const gap = (fromS: number, toS: number, cause: 'muted' | 'connection') => ({ source: 'webcam' as const, startMs: origin + fromS * 1_000, endMs: origin + toS * 1_000, cause });
  const gaps = [gap(5, 8, 'muted'), gap(8.9, 20, 'muted'), gap(20, 21, 'connection'), gap(22, 23, 'connection')];
  const [webcam] = lanesOf({ ...timeline, tracks: [{ track: 'webcam', segments: [], gaps }] });
  expect(webcam?.kind === 'source' && webcam.gaps).toEqual([
    { fromMs: 5_000, toMs: 20_000, cause: 'muted' },
    { fromMs: 20_000, toMs: 21_000, cause: 'connection' },
    { fromMs: 22_000, toMs: 23_000, cause: 'connection' },
  ]);
});

test('gaps that sources share to within a second are one line, but not two of one source', () => {
  const gap = (fromMs: number, toMs: number) => ({ fromMs, toMs, cause: 'server' as const });
  const lane = (id: 'webcam' | 'microphone' | 'screen', ...gaps: ReturnType<typeof gap>[]) => ({ kind: 'source' as const, id, recorded: [], later: [], gaps });
  expect(missingOf([lane('webcam', gap(10_000, 60_000)), lane('microphone', gap(10_400, 59_800)), lane('screen', gap(9_900, 62_000))])).toEqual([
    { ...gap(9_900, 62_000), sources: ['screen'] },
    { ...gap(10_000, 60_000), sources: ['webcam', 'microphone'] },
  ]);
  expect(missingOf([lane('webcam', gap(0, 500), gap(900, 1_400))])).toHaveLength(2);
});

test('ticks are few and round', () => {
  expect(ticksOf(300_000, 300_000, 6)).toEqual([0, 60_000, 120_000, 180_000, 240_000, 300_000]);
  expect(ticksOf(60_000, 60_000, 6)).toHaveLength(7);
  expect(ticksOf(10_800_000, 10_800_000, 7)).toHaveLength(7);
});
