import type { Gap, SegmentDocument } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { partsOf } from './parts.js';

const video = { codec: 'vp8' as const, width: 320, height: 240, frames: 1 };
const audio = { codec: 'opus' as const, frames: 1 };
interface Named extends Pick<SegmentDocument, 'startMs' | 'durationMs' | 'gaps' | 'backfill' | 'video' | 'audio'> {
  name: string;
}
const live = (name: string, startMs: number, endMs: number, ...holes: [number, number][]): Named => ({
  name,
  startMs,
  durationMs: endMs - startMs,
  video,
  gaps: holes.map(([from, to]): Gap => ({ source: 'webcam', startMs: from, endMs: to, cause: 'packet-loss' })),
});
const later = (name: string, startMs: number, endMs: number): Named => ({ ...live(name, startMs, endMs), backfill: { piece: name, clockErrorMs: 0 } });
const shown = (...segments: Named[]) =>
  partsOf(segments).map(({ segment, startMs, endMs }) => `${segment.name} ${startMs}–${endMs}`);

test('without later pieces each segment is shown whole', () => {
  expect(shown(live('b', 20_000, 40_000), live('a', 0, 20_000, [5_000, 8_000]))).toEqual(['a 0–20000', 'b 20000–40000']);
});
test('a later piece stands between segments', () => {
  expect(shown(live('a', 0, 20_000), live('b', 50_000, 60_000), later('x', 18_000, 35_000), later('y', 34_000, 50_000))).toEqual([
    'a 0–18000',
    'x 18000–34000',
    'y 34000–50000',
    'b 50000–60000',
  ]);
});
test('a hole inside a segment is filled, and the segment goes on after it', () => {
  expect(shown(live('a', 0, 20_000, [6_000, 9_000]), later('x', 5_000, 9_000))).toEqual(['a 0–5000', 'x 5000–9000', 'a 9000–20000']);
});
test('a later piece is not shown where the live recording has all of it', () => {
  expect(shown(live('a', 0, 20_000), later('x', 5_000, 9_000))).toEqual(['a 0–20000']);
  expect(shown(live('a', 0, 20_000), later('x', 15_000, 30_000), later('again', 15_000, 30_000))).toEqual(['a 0–15000', 'x 15000–30000']);
});
test('it ends where the live recording is there again', () => {
  expect(shown(live('a', 0, 20_000), live('b', 26_000, 40_000), later('x', 19_000, 30_000))).toEqual(['a 0–19000', 'x 19000–26000', 'b 26000–40000']);
});

test('a later piece without what is missing is not shown', () => {
  const deaf: Gap = { source: 'microphone', startMs: 5_000, endMs: 15_000, cause: 'unknown' };
  const good = { ...live('a', 0, 20_000), audio, gaps: [deaf] };
  expect(shown(good, later('silent', 4_000, 16_000))).toEqual(['a 0–20000']);
  expect(shown(good, { ...later('whole', 4_000, 15_000), audio })).toEqual(['a 0–4000', 'whole 4000–15000', 'a 15000–20000']);
});
test('sound of a time when there was only a picture is shown, unless it has none itself', () => {
  const { video: _, ...sound } = { ...later('sound', 4_000, 16_000), audio };
  expect(shown(live('a', 0, 20_000), { ...later('whole', 4_000, 16_000), audio })).toEqual(['a 0–4000', 'whole 4000–16000', 'a 16000–20000']);
  expect(shown(live('a', 0, 20_000), sound)).toEqual(['a 0–20000']);
  expect(shown(live('a', 0, 10_000), sound)).toEqual(['a 0–4000', 'sound 4000–16000']);
});
