import { describe, expect, it } from 'vitest';
import { applyAffine, letterbox, similarity, turnedSquare, type Affine } from './affine.js';

it('applyAffine maps a point as it says', () => {
  const affine: Affine = [2, 3, 5, 7, 11, 13];
  expect(applyAffine(affine, 1, 10)).toEqual([37, 130]);
});

describe('letterbox', () => {
  it('lays a frame into a square in the middle', () => {
    expect(letterbox({ x: 0, y: 0, width: 640, height: 480 }, 320)).toEqual({
      affine: [2, 0, 0.5, 0, 2, -79.5],
      scale: 2,
      left: 0,
      top: -80,
    });
  });

  it('lays a part of a frame into a square', () => {
    const { affine, left, top } = letterbox({ x: 100, y: 50, width: 20, height: 40 }, 40);
    expect({ left, top }).toEqual({ left: 90, top: 50 });
    expect(applyAffine(affine, 0, 0)).toEqual([90, 50]);
    expect(applyAffine(affine, 39, 39)).toEqual([129, 89]);
  });
});

describe('turnedSquare', () => {
  it('has its middle where it says, and turns clockwise', () => {
    const affine = turnedSquare({ x: 50, y: 60 }, 2, Math.PI / 2, 10);
    expect(applyAffine(affine, 5, 5)).toEqual([50, 60]);
    const [x, y] = applyAffine(affine, 6, 5);
    expect([Math.round(x), Math.round(y)]).toEqual([50, 62]);
  });

  it('is mirrored about its middle', () => {
    const affine = turnedSquare({ x: 50, y: 60 }, 2, 0, 10, true);
    expect(applyAffine(affine, 5, 5)).toEqual([50, 60]);
    expect(applyAffine(affine, 6, 7)).toEqual([48, 64]);
  });
});

describe('similarity', () => {
  const output = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 0, y: 10 }, { x: 7, y: 3 }];

  it('finds the turn, scale and shift between points', () => {
    const affine = turnedSquare({ x: 300, y: 200 }, 3, 0.4, 20);
    const input = output.map((point) => {
      const [x, y] = applyAffine(affine, point.x, point.y);
      return { x, y };
    });
    for (const [index, number] of similarity(output, input).entries()) expect(number).toBeCloseTo(affine[index]!, 9);
  });

  it('only shifts where all points are the same', () => {
    expect(similarity([{ x: 1, y: 1 }, { x: 1, y: 1 }], [{ x: 4, y: 6 }, { x: 4, y: 6 }])).toEqual([0, -0, 4, 0, 0, 6]);
  });
});
