import { describe, expect, it } from 'vitest';
import { decodeGrid } from './nano-det.js';

/** 13×13 cells of 32 pixels, sides as 8 logits each, half as large as the frame. */
const grid = 13;
const laid = { affine: [2, 0, 0.5, 0, 2, -79.5], scale: 2, left: 0, top: -80 } as const;
function answer() {
  const scores = new Float32Array(grid * grid * 80);
  const sides = new Float32Array(grid * grid * 4 * 8);
  /** Puts an object into a cell whose sides are so many cells away. */
  const put = (cell: number, label: number, score: number, far: readonly [number, number, number, number]) => {
    scores[cell * 80 + label] = score;
    for (const [side, steps] of far.entries()) sides[(cell * 4 + side) * 8 + steps] = 100;
  };
  return { scores, sides, put };
}

describe('decodeGrid', () => {
  it('gives a box in the frame’s pixels', () => {
    const { scores, sides, put } = answer();
    put(13 * 2 + 3, 67, 0.75, [1, 2, 3, 0]);
    // The cell's middle is at 3.5 and 2.5 cells of 64 pixels.
    expect(decodeGrid({ grid, scores, sides, laid, search: { minimum: 0.5 } })).toEqual([
      { label: 'cell phone', score: 0.75, box: { x: 160, y: -48, width: 256, height: 128 } },
    ]);
  });

  it('takes the mean of the steps', () => {
    const { scores, sides } = answer();
    scores[0] = 0.75;
    const [found] = decodeGrid({ grid, scores, sides, laid, search: { minimum: 0.5 } });
    expect(found!.box.width).toBeCloseTo(2 * 3.5 * 64, 3);
  });

  it('leaves out what is not wanted or not sure enough', () => {
    const { scores, sides, put } = answer();
    put(5, 67, 0.5, [1, 1, 1, 1]);
    put(5, 0, 0.625, [1, 1, 1, 1]);
    put(80, 73, 0.75, [1, 1, 1, 1]);
    const labels = (search: Parameters<typeof decodeGrid>[0]['search']) =>
      decodeGrid({ grid, scores, sides, laid, search }).map(({ label }) => label);
    expect(labels({ minimum: 0.5 })).toEqual(['person', 'book']);
    expect(labels({ minimum: 0.25, classes: ['cell phone', 'book'] })).toEqual(['cell phone', 'book']);
  });
});
