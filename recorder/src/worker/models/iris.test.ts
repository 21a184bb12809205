import { expect, it } from 'vitest';
import { turnedSquare, type Affine } from '../media/affine.js';
import { lookOf } from './iris.js';

/** An eye 40 wide and 12 high, with its iris at a place. */
function eye(irisX: number, irisY: number): Float32Array {
  const points = new Float32Array(76 * 3);
  for (const [number, x, y] of [[0, 12, 32], [8, 52, 32], [12, 32, 26], [4, 32, 38], [71, irisX, irisY]] as const)
    points.set([x, y, 0], number * 3);
  return points;
}
const plain: Affine = [1, 0, 0, 0, 1, 0];

it('says where the iris is between the corners of the eye, and how far it is open', () => {
  expect(lookOf(eye(32, 32), plain)).toEqual({ h: 0, v: 0, open: 0.3 });
  expect(lookOf(eye(42, 34), plain)).toEqual({ h: 0.5, v: 0.1, open: 0.3 });
});

it('says the same of an eye that is turned, and the other side of one that was shown mirrored', () => {
  const turned = lookOf(eye(42, 34), turnedSquare({ x: 300, y: 200 }, 2, 0.3, 64));
  expect(turned.h).toBeCloseTo(0.5, 4);
  expect(turned.v).toBeCloseTo(0.1, 4);
  const mirrored = lookOf(eye(42, 34), turnedSquare({ x: 300, y: 200 }, 2, 0.3, 64, true));
  expect(mirrored.h).toBeCloseTo(-0.5, 4);
  expect(mirrored.v).toBeCloseTo(0.1, 4);
});
