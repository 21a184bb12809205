import { describe, expect, it } from 'vitest';
import { limitOf, toDrop } from './space.js';

describe('limitOf', () => {
  it('is half of what is free without the pieces', () => {
    expect(limitOf({ quota: 1_000, usage: 700 }, 100)).toBe(200);
    expect(limitOf({ quota: 1_000, usage: 1_100 }, 0)).toBe(0);
  });
  it('is 2 GB at most, and modest where the browser does not say', () => {
    expect(limitOf({ quota: 1e12, usage: 0 }, 0)).toBe(2e9);
    expect(limitOf({}, 0)).toBe(2e8);
  });
});

describe('toDrop', () => {
  const pieces = [3, 1, 2, 4].map((startMs) => ({ name: `p${startMs}`, startMs, bytes: 10 }));
  const names = (bytes: number, covered: (startMs: number) => boolean) => toDrop(pieces, bytes, ({ startMs }) => covered(startMs))?.map(({ name }) => name);

  it('takes the oldest that were recorded live, and no more than is needed', () => {
    expect(names(15, () => true)).toEqual(['p1', 'p2']);
    expect(names(0, () => true)).toEqual([]);
  });
  it('never takes what may be missing', () => {
    expect(names(15, (startMs) => startMs > 2)).toEqual(['p3', 'p4']);
    expect(names(15, (startMs) => startMs > 3)).toBeUndefined();
  });
});
