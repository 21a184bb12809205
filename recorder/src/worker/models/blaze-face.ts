import { letterbox } from '../media/affine.js';
import { withoutOverlaps, type Box, type Point } from '../media/box.js';
import { cutOut } from '../media/cut-out.js';
import type { Frame } from '../media/frame.js';
import { floatsOf, runModel, type Model } from './load.js';

/** A face that BlazeFace proposes, in the frame's pixels. */
export interface FaceBox {
  /** 0 to 1. */
  score: number;
  box: Box;
  /** The eye on the picture's left, and the one on its right. */
  leftEye: Point;
  rightEye: Point;
}

const inputSize = 256;

/** Middles of the 896 places where BlazeFace looks: a 16×16 grid with 2 each, then 8×8 with 6 each. */
const anchors: readonly Point[] = [
  { step: 16, each: 2 },
  { step: 32, each: 6 },
].flatMap(({ step, each }) => {
  const cells = inputSize / step;
  return Array.from({ length: cells * cells * each }, (_, index) => {
    const cell = Math.floor(index / each);
    return { x: step * ((cell % cells) + 0.5), y: step * (Math.floor(cell / cells) + 0.5) };
  });
});

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** What BlazeFace sees in a frame: the faces above `minimum`, best first, and the best score of all places. */
export async function proposeFaces(
  model: Model,
  frame: Frame,
  minimum: number,
): Promise<{ faces: FaceBox[]; best: number }> {
  const { affine, scale, left, top } = letterbox({ x: 0, y: 0, width: frame.width, height: frame.height }, inputSize);
  const input = cutOut(frame, inputSize, affine, { scale: 1 / 127.5, offset: -1, fill: 127.5 });
  const answer = await runModel(model, input, [1, inputSize, inputSize, 3]);
  const tensorOf = (places: number, values: number): Float32Array =>
    floatsOf(Object.values(answer).find(({ dims }) => dims[1] === places && dims[2] === values));
  let best = 0;
  const faces: FaceBox[] = [];
  for (const { first, places } of [
    { first: 0, places: 512 },
    { first: 512, places: 384 },
  ]) {
    const scores = tensorOf(places, 1);
    const boxes = tensorOf(places, 16);
    for (let place = 0; place < places; place++) {
      const score = sigmoid(scores[place] ?? 0);
      best = Math.max(best, score);
      if (score <= minimum) continue;
      const anchor = anchors[first + place] ?? { x: 0, y: 0 };
      const value = (index: number): number => boxes[place * 16 + index] ?? 0;
      const point = (index: number): Point => ({
        x: (value(index) + anchor.x) * scale + left,
        y: (value(index + 1) + anchor.y) * scale + top,
      });
      const centre = point(0);
      const width = value(2) * scale;
      const height = value(3) * scale;
      const box = { x: centre.x - width / 2, y: centre.y - height / 2, width, height };
      faces.push({ score, box, leftEye: point(4), rightEye: point(6) });
    }
  }
  return { faces: withoutOverlaps(faces, 0.3), best };
}
