import ort from 'onnxruntime-node';
import { cutOut, type Affine } from '../media/affine.js';
import type { Frame } from '../media/frame.js';
import { floatsOf, type Model } from './load.js';

export interface Point {
  x: number;
  y: number;
}

/** A face that BlazeFace proposes, in the frame's pixels. */
export interface FaceBox {
  /** 0 to 1. */
  score: number;
  centre: Point;
  width: number;
  height: number;
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

/** Overlap of two boxes as a part of both together, 0 to 1. */
function overlap(a: FaceBox, b: FaceBox): number {
  const side = (middle: 'x' | 'y', length: 'width' | 'height'): number =>
    Math.max(
      0,
      Math.min(a.centre[middle] + a[length] / 2, b.centre[middle] + b[length] / 2) -
        Math.max(a.centre[middle] - a[length] / 2, b.centre[middle] - b[length] / 2),
    );
  const common = side('x', 'width') * side('y', 'height');
  return common / (a.width * a.height + b.width * b.height - common || 1);
}

/** Keeps the best of boxes that overlap by more than `limit`, best first. */
export function withoutOverlaps(boxes: readonly FaceBox[], limit: number): FaceBox[] {
  const kept: FaceBox[] = [];
  for (const box of [...boxes].sort((a, b) => b.score - a.score))
    if (kept.every((other) => overlap(box, other) <= limit)) kept.push(box);
  return kept;
}

/** What BlazeFace sees in a frame: the faces above `minimum`, best first, and the best score of all places. */
export async function proposeFaces(
  model: Model,
  frame: Frame,
  minimum: number,
): Promise<{ faces: FaceBox[]; best: number }> {
  // The frame is laid into a square, with grey above and below or at the sides.
  const scale = Math.max(frame.width, frame.height) / inputSize;
  const left = (frame.width - scale * inputSize) / 2;
  const top = (frame.height - scale * inputSize) / 2;
  const middle = scale / 2 - 0.5;
  const affine: Affine = [scale, 0, left + middle, 0, scale, top + middle];
  const input = cutOut(frame, inputSize, affine, { scale: 1 / 127.5, offset: -1, fill: 127.5 });
  const answer = await model.session.run({
    [model.session.inputNames[0] ?? '']: new ort.Tensor('float32', input, [1, inputSize, inputSize, 3]),
  });
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
      faces.push({
        score,
        centre: point(0),
        width: value(2) * scale,
        height: value(3) * scale,
        leftEye: point(4),
        rightEye: point(6),
      });
    }
  }
  return { faces: withoutOverlaps(faces, 0.3), best };
}
