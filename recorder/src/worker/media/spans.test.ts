import { describe, expect, it } from 'vitest';
import type { Sighting } from '../detectors/detector.js';
import type { Frame } from './frame.js';
import { SpanBuilder, type SpanRules } from './spans.js';

const frame = (timeMs: number): Frame => ({ timeMs, width: 1, height: 1, data: new Uint8Array(3) });
const absent = (score: number): Sighting[] => [{ kind: 'face-absent', score }];

function spansOf(rules: SpanRules, ...seen: readonly (readonly [timeMs: number, sightings: Sighting[]])[]) {
  const builder = new SpanBuilder(rules);
  for (const [timeMs, sightings] of seen) builder.add(frame(timeMs), sightings);
  return builder.end().map(({ kind, startMs, endMs, confidence, frame: shown }) => [kind, startMs, endMs, confidence, shown.timeMs]);
}

describe('SpanBuilder', () => {
  it('lasts from the first frame that shows it to the first that does not', () => {
    const spans = spansOf({ holdMs: 2_000, endMs: 5_000 }, [0, []], [1_000, absent(0.6)], [2_000, absent(0.8)], [3_000, []], [4_000, []]);
    expect(spans).toEqual([['face-absent', 1_000, 3_000, 0.7, 2_000]]);
  });

  it('weighs each score by how long its frame was shown', () => {
    const spans = spansOf({ holdMs: 5_000, endMs: 4_000 }, [0, absent(1)], [3_000, absent(0.6)]);
    expect(spans).toEqual([['face-absent', 0, 4_000, 0.9, 0]]);
  });

  it('lasts to the end of the segment, but no longer than a frame may stand', () => {
    expect(spansOf({ holdMs: 2_000, endMs: 1_400 }, [0, absent(1)])).toEqual([['face-absent', 0, 1_400, 1, 0]]);
    expect(spansOf({ holdMs: 2_000, endMs: 9_000 }, [0, absent(1)])).toEqual([['face-absent', 0, 2_000, 1, 0]]);
    expect(spansOf({ holdMs: Infinity, endMs: 9_000 }, [0, absent(1)])).toEqual([['face-absent', 0, 9_000, 1, 0]]);
  });

  it('does not reach over a gap', () => {
    const gaps = [{ startMs: 1_500, endMs: 4_000 }];
    expect(spansOf({ holdMs: Infinity, endMs: 6_000, gaps }, [0, absent(1)], [1_000, absent(1)], [4_500, absent(1)])).toEqual([
      ['face-absent', 0, 1_500, 1, 0],
      ['face-absent', 4_500, 6_000, 1, 4_500],
    ]);
  });

  it('keeps kinds apart, and drops what has no length', () => {
    const both: Sighting[] = [...absent(1), { kind: 'camera-black', score: 1 }];
    expect(spansOf({ holdMs: 2_000, endMs: 2_000 }, [0, both], [1_000, absent(1)], [2_000, absent(1)])).toEqual([
      ['face-absent', 0, 2_000, 1, 0],
      ['camera-black', 0, 1_000, 1, 0],
    ]);
    expect(spansOf({ holdMs: 2_000 })).toEqual([]);
  });
});
