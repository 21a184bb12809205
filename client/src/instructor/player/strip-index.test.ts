import type { AttemptStrips, AttemptTimeline } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { StripIndex } from './strip-index.js';

const attempt = '0123456789abcdef01234567';
const originMs = 1_700_000_000_000;
const idOf = (track: string, sequence: number): string => `${attempt}-${track}-1-${sequence}`;

/** A part of a segment, s from the attempt's start. */
const part = (track: 'webcam' | 'screen', sequence: number, fromS: number, toS: number, zeroS = fromS): AttemptTimeline['tracks'][number]['segments'][number] => ({
  id: idOf(track, sequence),
  epoch: 1,
  startMs: originMs + fromS * 1_000,
  durationMs: (toS - fromS) * 1_000,
  zeroMs: originMs + zeroS * 1_000,
  backfill: false,
  bytes: 1,
  mimeType: 'video/webm; codecs="vp8,opus"',
  analysis: 'done',
});
const peaks = (...bytes: number[]): string => btoa(String.fromCharCode(...bytes));
const pictures = (...timesMs: number[]) => ({ width: 120, height: 90, timesMs });

function indexOf(segments: AttemptStrips['segments'], ...parts: ReturnType<typeof part>[]): StripIndex {
  const of = (track: 'webcam' | 'screen') => ({ track, segments: parts.filter(({ id }) => id.includes(track)), gaps: [] });
  return new StripIndex({ segments }, { tracks: [of('webcam'), of('screen')], startMs: originMs, endMs: originMs + 60_000 });
}

test('a thumbnail stands from its moment to the next one, and nothing stands in a gap', () => {
  const index = indexOf(
    [{ id: idOf('webcam', 0), pictures: pictures(300, 10_000) }, { id: idOf('webcam', 1), pictures: pictures(0) }],
    part('webcam', 0, 0, 20),
    part('webcam', 1, 30, 50),
  );
  const at = (positionMs: number) => {
    const found = index.at('webcam', positionMs);
    return found && `${found.url.split('-').at(-1)} ${found.place}/${found.count}`;
  };
  expect([0, 9_999, 10_000, 19_999].map(at)).toEqual(['0/strip 0/2', '0/strip 0/2', '0/strip 1/2', '0/strip 1/2']);
  expect([20_000, 29_999].map(at)).toEqual([undefined, undefined]);
  expect([30_000, 49_999, 50_000].map(at)).toEqual(['1/strip 0/1', '1/strip 0/1', undefined]);
  expect(index.at('screen', 0)).toBeUndefined();
  expect([index.has('webcam'), index.has('screen')]).toEqual([true, false]);
});

test('a stretch has the thumbnail of its middle, or the first one in it', () => {
  const index = indexOf([{ id: idOf('webcam', 0), pictures: pictures(0, 10_000) }], part('webcam', 0, 0, 20));
  expect(index.within('webcam', { fromMs: 5_000, toMs: 19_000 })?.place).toBe(1);
  expect(index.within('webcam', { fromMs: 15_000, toMs: 59_000 })?.place).toBe(1);
  expect(index.within('webcam', { fromMs: 20_000, toMs: 59_000 })).toBeUndefined();
});

test('a segment that is shown in two parts, around a later piece, shows in both what it had then', () => {
  const index = indexOf(
    [{ id: idOf('webcam', 0), pictures: pictures(0, 10_000), sound: { peaks: peaks(...Array<number>(100).fill(255)), speech: [[4_000, 16_000]] } }],
    part('webcam', 0, 0, 5, 0),
    part('webcam', 0, 12, 20, 0),
  );
  expect(index.at('webcam', 4_000)?.place).toBe(0);
  expect(index.at('webcam', 8_000)).toBeUndefined();
  expect(index.at('webcam', 13_000)?.place).toBe(1);
  expect(index.speech).toEqual([{ fromMs: 4_000, toMs: 5_000 }, { fromMs: 12_000, toMs: 16_000 }]);
  expect(index.levels({ fromMs: 0, toMs: 20_000 }, 4)).toEqual([1, 0, 1, 1]);
});

test('levels are the loudest of each part, and the attempt’s own time counts', () => {
  const index = indexOf([{ id: idOf('webcam', 0), sound: { peaks: peaks(0, 51, 255, 0, 0), speech: [] } }], part('webcam', 0, 10, 11));
  expect(index.levels({ fromMs: 10_000, toMs: 11_000 }, 5)).toEqual([0, 0.2, 1, 0, 0]);
  expect(index.levels({ fromMs: 0, toMs: 60_000 }, 3)).toEqual([1, 0, 0]);
  expect(index.levels({ fromMs: 10_200, toMs: 10_220 }, 2)).toEqual([0.2, 0.2]);
  expect([index.hasSound, index.knowsSpeech]).toEqual([true, true]);
});

test('without strips there is nothing, and no error', () => {
  const index = indexOf([], part('webcam', 0, 0, 20));
  expect([index.at('webcam', 5_000), index.speech, index.hasSound, index.knowsSpeech]).toEqual([undefined, [], false, false]);
  expect(index.levels({ fromMs: 0, toMs: 1_000 }, 2)).toEqual([0, 0]);
});
