import { describe, expect, it } from 'vitest';
import { overlap, withoutOverlaps } from './box.js';

const thing = (score: number, x: number, label?: string) => ({
  score,
  box: { x, y: 0, width: 100, height: 100 },
  ...(label === undefined ? {} : { label }),
});

describe('overlap', () => {
  it('is the common part of both together', () => {
    const box = { x: 0, y: 0, width: 100, height: 100 };
    expect(overlap(box, box)).toBe(1);
    expect(overlap(box, { ...box, x: 60 })).toBe(0.25);
    expect(overlap(box, { x: 50, y: 50, width: 100, height: 100 })).toBeCloseTo(2_500 / 17_500);
  });

  it('is nothing for boxes apart, also on one side only, and for boxes without a size', () => {
    const box = { x: 0, y: 0, width: 100, height: 100 };
    expect(overlap(box, { ...box, x: 150 })).toBe(0);
    expect(overlap(box, { ...box, x: 150, y: 150 })).toBe(0);
    expect(overlap({ ...box, width: 0, height: 0 }, { ...box, width: 0, height: 0 })).toBe(0);
  });
});

describe('withoutOverlaps', () => {
  it('keeps the best of boxes that show the same thing, and things beside each other', () => {
    const best = thing(0.9, 50);
    const same = thing(0.8, 60);
    const beside = thing(0.7, 200);
    // 40 of 160 wide: a quarter of both together.
    const touching = thing(0.6, 260);
    expect(withoutOverlaps([same, touching, beside, best], 0.3)).toEqual([best, beside, touching]);
    expect(withoutOverlaps([same, touching, beside, best], 0.2)).toEqual([best, beside]);
  });

  it('keeps things with different labels at one place', () => {
    const phone = thing(0.4, 50, 'cell phone');
    const remote = thing(0.5, 50, 'remote');
    expect(withoutOverlaps([phone, remote], 0.3)).toEqual([remote, phone]);
  });
});
