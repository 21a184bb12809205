import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { frameDetector } from './detectors/detector.js';
import { watch, type FileToMeasure } from './measure.js';

/** Watches frames at these times; the value of each is what the detector makes of it, undefined: it does not look. */
async function samplesOf(
  { track = 'webcam', ...source }: Partial<Pick<FileToMeasure, 'track' | 'durationMs' | 'gaps'>>,
  ...frames: readonly (readonly [timeMs: number, value: string | undefined])[]
) {
  let stretch = 0;
  const detector = frameDetector({
    stamp: { name: 'test', version: '1', model: 'none', thresholds: {} },
    track,
    sample: z.string(),
    look: () => {
      stretch++;
      const own = stretch;
      return ({ timeMs }) => {
        const value = frames.find(([atMs]) => atMs === timeMs)?.[1];
        return value && `${value}${own}`;
      };
    },
    judge: () => [],
  });
  // eslint-disable-next-line @typescript-eslint/require-await -- as frames come
  async function* come() {
    for (const [timeMs] of frames) yield { timeMs, width: 1, height: 1, data: new Uint8Array(3) };
  }
  const seen = await watch(come(), { track, ...source }, { all: [detector], findFaces: () => Promise.resolve({ sure: [], nearest: 0 }) }, {});
  return seen.get(detector)?.map(({ startMs, endMs, value }) => [startMs, endMs, value]);
}

describe('what a detector sees holds', () => {
  it('until it looks again, while frames come', async () => {
    const all = await samplesOf({ durationMs: 5_000 }, [0, 'a'], [1_000, undefined], [2_000, 'b'], [4_000, undefined]);
    expect(all).toEqual([[0, 2_000, 'a1'], [2_000, 5_000, 'b1']]);
  });

  it('no longer than a frame of the webcam may stand; after that everything is looked at anew', async () => {
    expect(await samplesOf({ durationMs: 9_000 }, [0, 'a'], [1_000, undefined], [6_000, 'b'])).toEqual([[0, 3_000, 'a1'], [6_000, 8_000, 'b2']]);
  });

  it('until the next frame of a screen, however late', async () => {
    expect(await samplesOf({ track: 'screen', durationMs: 90_000 }, [0, 'a'], [60_000, 'b'])).toEqual([[0, 60_000, 'a1'], [60_000, 90_000, 'b1']]);
  });

  it('not over a gap', async () => {
    const gaps = [{ startMs: 1_500, endMs: 4_000 }];
    const all = await samplesOf({ track: 'screen', durationMs: 6_000, gaps }, [0, 'a'], [1_000, undefined], [4_500, 'b']);
    expect(all).toEqual([[0, 1_500, 'a1'], [4_500, 6_000, 'b2']]);
  });

  it('for some time at least: what has no length is left out', async () => {
    expect(await samplesOf({}, [0, 'a'])).toEqual([]);
    expect(await samplesOf({})).toBeUndefined();
  });
});
