import { describe, expect, it } from 'vitest';
import { applyAffine, cutOut, type Affine } from './affine.js';

/** 2×2: red, green / blue, white. */
const frame = { timeMs: 0, width: 2, height: 2, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255) };
const plain = { scale: 1, offset: 0, fill: 7 };

describe('cutOut', () => {
  it('copies a frame as it is', () => {
    expect([...cutOut(frame, 2, [1, 0, 0, 0, 1, 0], plain)]).toEqual([...frame.data]);
  });

  it('turns a frame: the output’s rows are the input’s columns', () => {
    expect([...cutOut(frame, 2, [0, 1, 0, 1, 0, 0], plain)]).toEqual([255, 0, 0, 0, 0, 255, 0, 255, 0, 255, 255, 255]);
  });

  it('mixes the four pixels around a point, and scales', () => {
    expect([...cutOut(frame, 1, [1, 0, 0.5, 0, 1, 0.5], { scale: 1 / 127.5, offset: -1, fill: 0 })]).toEqual([0, 0, 0]);
  });

  it('fills what is outside', () => {
    expect([...cutOut(frame, 1, [1, 0, 5, 0, 1, 5], plain)]).toEqual([7, 7, 7]);
  });
});

it('applyAffine maps a point as it says', () => {
  const affine: Affine = [2, 3, 5, 7, 11, 13];
  expect(applyAffine(affine, 1, 10)).toEqual([37, 130]);
});
