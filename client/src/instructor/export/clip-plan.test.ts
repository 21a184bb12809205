import type { AttemptTimeline, TimelineSegment, Track } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { planClip } from './clip-plan.js';

const startMs = 1_000_000;
const segment = (track: Track, sequence: number, fromMs: number, toMs: number, change: Partial<TimelineSegment> = {}): TimelineSegment => ({
  id: `${'a'.repeat(24)}-${track}-1-${sequence}`,
  epoch: 1,
  startMs: startMs + fromMs,
  durationMs: toMs - fromMs,
  zeroMs: startMs + fromMs,
  backfill: false,
  bytes: 1,
  mimeType: track === 'webcam' ? 'video/webm;codecs="vp8,opus"' : 'video/webm;codecs=vp9',
  analysis: 'done',
  ...change,
});
type Gaps = AttemptTimeline['tracks'][number]['gaps'];
const timeline = (webcam: TimelineSegment[], screen: TimelineSegment[], gaps: Gaps = [], rules = {}): Pick<AttemptTimeline, 'tracks' | 'startMs' | 'exam'> => ({
  startMs,
  exam: { id: 'b'.repeat(24), title: 'x', rules: { webcam: true, microphone: true, screen: 'monitor', ...rules } },
  tracks: [
    { track: 'webcam', segments: webcam, gaps },
    { track: 'screen', segments: screen, gaps: [] },
  ],
});

test('a long clip is made in parts; each has the recordings that it shows, at their own times', () => {
  const plan = planClip(timeline([0, 1, 2, 3].map((i) => segment('webcam', i, i * 20_000, (i + 1) * 20_000)), [segment('screen', 0, 200, 60_000)]), { fromMs: 10_000, toMs: 55_000 });
  expect([plan.frames, plan.parts.map(({ fromMs, frames }) => [fromMs, frames])]).toEqual([450, [[10_000, 300], [40_000, 150]]]);
  const [first, second] = plan.parts;
  expect(first!.pictures.webcam!.map(({ zeroMs, fromMs, toMs }) => [zeroMs, fromMs, toMs])).toEqual([[-10_000, 0, 10_000], [10_000, 10_000, 30_000]]);
  expect(first!.sounds).toEqual(first!.pictures.webcam);
  expect(first!.pictures.screen).toMatchObject([{ zeroMs: -9_800, fromMs: 0, toMs: 30_000 }]);
  expect(second!.pictures.webcam!.map(({ zeroMs }) => zeroMs)).toEqual([0]);
  expect(second!.pictures.screen).toMatchObject([{ zeroMs: -39_800, fromMs: 0, toMs: 15_000 }]);
  expect(plan.parts.map(({ missing }) => missing)).toEqual([{ webcam: [], screen: [] }, { webcam: [], screen: [] }]);
});

test('what is missing is said on its pane alone; what the player bridges is not', () => {
  const { parts } = planClip(timeline([segment('webcam', 0, 0, 10_000), segment('webcam', 1, 10_300, 20_000)], [segment('screen', 0, 5_000, 8_000)]), { fromMs: 0, toMs: 25_000 });
  // The last picture stands for half a second.
  expect(parts[0]!.missing).toEqual({ webcam: [{ fromMs: 20_500, toMs: 25_000 }], screen: [{ fromMs: 0, toMs: 5_000 }, { fromMs: 8_500, toMs: 25_000 }] });
  expect(parts[0]!.pictures.webcam!.map(({ toMs }) => toMs)).toEqual([10_300, 20_500]);
});

test('a part that the server misses inside a segment is missing, but not where another source is missed', () => {
  const gap = (source: 'webcam' | 'microphone') => ({ source, startMs: startMs + 4_000, endMs: startMs + 9_000, cause: 'connection' }) satisfies Gaps[number];
  const whole = [segment('webcam', 0, 0, 30_000)];
  expect(planClip(timeline(whole, whole, [gap('webcam')]), { fromMs: 5_000, toMs: 20_000 }).parts[0]!.missing.webcam).toEqual([{ fromMs: 0, toMs: 4_000 }]);
  expect(planClip(timeline(whole, whole, [gap('microphone')]), { fromMs: 5_000, toMs: 20_000 }).parts[0]!.missing.webcam).toEqual([]);
});

test('a segment that goes on after a later piece keeps its own time zero', () => {
  const parts = [segment('webcam', 0, 0, 5_000), segment('webcam', 9, 5_000, 8_000, { backfill: true }), segment('webcam', 0, 8_000, 12_000, { zeroMs: startMs })];
  const { pictures } = planClip(timeline(parts, []), { fromMs: 0, toMs: 12_000 }).parts[0]!;
  expect(pictures.webcam!.map(({ zeroMs, fromMs, toMs }) => [zeroMs, fromMs, toMs])).toEqual([[0, 0, 5_000], [5_000, 5_000, 8_000], [0, 8_000, 12_000]]);
});

test('sound alone has no picture, and the other way round', () => {
  const [part] = planClip(timeline([segment('webcam', 0, 0, 5_000, { mimeType: 'audio/webm;codecs=opus' }), segment('webcam', 1, 5_000, 9_000, { mimeType: 'video/webm;codecs=vp8' })], []), { fromMs: 0, toMs: 9_000 }).parts;
  expect([part!.sounds.length, part!.pictures.webcam!.length, part!.missing.webcam]).toEqual([1, 1, [{ fromMs: 0, toMs: 5_000 }]]);
});

test.each([
  [{}, 1_600, 720, ['screen', 'webcam']],
  [{ webcam: false }, 1_600, 720, ['screen']],
  [{ screen: 'off' }, 960, 480, ['webcam']],
  [{ screen: 'off', webcam: false }, 320, 480, []],
])('with %j the picture has room for what is recorded', (rules, width, height, panes) => {
  const { layout } = planClip(timeline([], [], [], rules), { fromMs: 0, toMs: 1_000 });
  expect([layout.width, layout.height, Object.keys(layout.panes)]).toEqual([width, height, panes]);
  const all = [...Object.values(layout.panes), layout.panel, layout.clock];
  expect(all.reduce((sum, box) => sum + box.width * box.height, 0)).toBe(width * height);
});
