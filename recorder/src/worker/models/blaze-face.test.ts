import { expect, it } from 'vitest';
import { withoutOverlaps, type FaceBox } from './blaze-face.js';

const box = (score: number, x: number, width: number): FaceBox => ({
  score,
  centre: { x, y: 50 },
  width,
  height: 100,
  leftEye: { x: 0, y: 0 },
  rightEye: { x: 0, y: 0 },
});

it('keeps the best of boxes that show the same face, and faces beside each other', () => {
  const best = box(0.9, 100, 100);
  const same = box(0.8, 110, 100);
  const beside = box(0.7, 250, 100);
  // 40 of 160 wide: a quarter of both together.
  const touching = box(0.6, 310, 100);
  expect(withoutOverlaps([same, touching, beside, best], 0.3)).toEqual([best, beside, touching]);
  expect(withoutOverlaps([same, touching, beside, best], 0.2)).toEqual([best, beside]);
});
