import type { TimelineSegment } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { SegmentIndex } from './segment-index.js';

const attempt = '0123456789abcdef01234567';
const origin = 1_700_000_000_000;

function segment(sequence: number, fromS: number, seconds: number, mimeType = 'video/webm; codecs="vp8,opus"'): TimelineSegment {
  return {
    id: `${attempt}-webcam-1-${sequence}`,
    epoch: 1,
    startMs: origin + fromS * 1_000,
    zeroMs: origin + fromS * 1_000,
    backfill: false,
    durationMs: seconds * 1_000,
    bytes: 1,
    mimeType,
    analysis: 'done',
  };
}
const ids = (segments: readonly { id: string }[]): number[] =>
  segments.map(({ id }) => Number(id.split('@')[0]?.split('-').at(-1)));

test('finds the segment at a position, whatever the order they came in', () => {
  const index = new SegmentIndex([segment(1, 20, 20), segment(0, 0, 20)], origin);
  expect(index.at(0)?.id).toMatch(/-0@/);
  expect(index.at(19_999)?.id).toMatch(/-0@/);
  expect(index.at(20_000)?.id).toMatch(/-1@/);
  expect(index.at(40_400)?.id).toMatch(/-1@/);
  expect(index.at(40_500)).toBeUndefined();
  expect(index.at(-500)).toBeUndefined();
});

test('the first segment stands for the moment before it, but not for a gap there', () => {
  const index = new SegmentIndex([segment(0, 0.3, 20), segment(1, 20.3, 20)], origin);
  expect(index.at(0)?.id).toMatch(/-0@/);
  expect(ids(index.wanted(0, 30_000))).toEqual([0, 1]);
  expect(new SegmentIndex([segment(0, 0.5, 20)], origin).at(0)).toBeUndefined();
});

test('a hole under half a second is held over, a longer one is a gap', () => {
  const index = new SegmentIndex([segment(0, 0, 19.6), segment(1, 20, 19), segment(2, 40, 20)], origin);
  expect(index.at(19_900)?.id).toMatch(/-0@/);
  expect(index.at(39_500)).toBeUndefined();
  expect(index.after(39_500)?.id).toMatch(/-2@/);
});

test('where two segments overlap the later one is shown, and the earlier one ends there', () => {
  const index = new SegmentIndex([segment(0, 0, 21), segment(1, 20, 20)], origin);
  expect(index.at(20_500)?.id).toMatch(/-1@/);
  expect(index.segments[0]?.toMs).toBe(20_000);
});

test('of three hours it wants only what is near the position', () => {
  const all = Array.from({ length: 540 }, (_, i) => segment(i, i * 20, 20));
  const index = new SegmentIndex(all, origin);
  expect(ids(index.wanted(5_000_000, 40_000))).toEqual([250, 251]);
  expect(ids(index.wanted(5_005_000, 40_000))).toEqual([250, 251, 252]);
  expect(ids(index.wanted(10_799_000, 40_000))).toEqual([539]);
});

test('in a gap it wants what comes after', () => {
  const index = new SegmentIndex([segment(0, 0, 20), segment(1, 50, 20)], origin);
  expect(ids(index.wanted(30_000, 40_000))).toEqual([1]);
});

test('kinds follow from the MIME type', () => {
  const index = new SegmentIndex(
    [
      segment(0, 0, 20),
      segment(1, 20, 20, 'audio/webm; codecs="opus"'),
      segment(2, 40, 20, 'video/webm; codecs="vp09.00.10.08"'),
    ],
    origin,
  );
  expect(index.segments.map(({ kind }) => kind)).toEqual(['picture+sound', 'sound', 'picture']);
  expect(index.stretches('picture')).toEqual([
    { fromMs: 0, toMs: 20_000 },
    { fromMs: 40_000, toMs: 60_000 },
  ]);
  expect(index.stretches('sound')).toEqual([{ fromMs: 0, toMs: 40_000 }]);
});

test('a run ends at a gap and where the kind changes', () => {
  const sound = 'audio/webm; codecs="opus"';
  const index = new SegmentIndex([segment(0, 0, 20), segment(1, 20, 20), segment(2, 45, 20), segment(3, 65, 20, sound)], origin);
  expect(index.segments.map(({ run, endsRun }) => [...ids([{ id: run }]), endsRun])).toEqual([
    [0, false],
    [0, true],
    [2, true],
    [3, true],
  ]);
});

test('a segment without length is left out', () => {
  expect(new SegmentIndex([segment(0, 0, 0)], origin).segments).toEqual([]);
});

test('a segment that goes on after a later piece is two parts of one file, each to be loaded for itself', () => {
  const whole = segment(0, 0, 20);
  const later = { ...segment(5, 6, 3), backfill: true };
  const parts = [{ ...whole, durationMs: 6_000 }, later, { ...whole, startMs: origin + 9_000, durationMs: 11_000 }];
  const index = new SegmentIndex(parts, origin);
  expect(index.segments.map(({ zeroMs, fromMs, toMs, later: sent }) => [zeroMs, fromMs, toMs, sent])).toEqual([
    [0, 0, 6_000, false],
    [6_000, 6_000, 9_000, true],
    [0, 9_000, 20_000, false],
  ]);
  expect(new Set(index.segments.map(({ id }) => id)).size).toBe(3);
  expect(new Set(index.segments.map(({ url }) => url)).size).toBe(2);
  expect(index.stretches('picture', true)).toEqual([{ fromMs: 6_000, toMs: 9_000 }]);
});
