import { letterbox, type Letterbox } from '../media/affine.js';
import { cutOut, type Normalisation } from '../media/cut-out.js';
import type { Frame } from '../media/frame.js';
import { cocoLabels, distinct, regionOf, wantedClasses, type DetectedObject, type ObjectSearch } from './coco.js';
import { floatsOf, runModel, type Model } from './load.js';

const inputSize = 416;
/** Cells a row and column of the three grids that cover the picture. */
const grids = [52, 26, 13];
/** ImageNet's mean and deviation of red, green and blue, as NanoDet was trained with. */
const normalisation: Normalisation = {
  scale: [1 / 58.395, 1 / 57.12, 1 / 57.375],
  offset: [-123.675 / 58.395, -116.28 / 57.12, -103.53 / 57.375],
  fill: 127,
  order: 'bgr-planes',
};

/** What NanoDet sees in a frame, or in a region of it, best first. */
export async function detectObjects(model: Model, frame: Frame, search: ObjectSearch): Promise<DetectedObject[]> {
  const laid = letterbox(regionOf(frame, search), inputSize);
  const input = cutOut(frame, inputSize, laid.affine, normalisation);
  const answer = Object.values(await runModel(model, input, [1, 3, inputSize, inputSize]));
  const objects = grids.flatMap((grid) => {
    const tensor = (isScores: boolean): Float32Array =>
      floatsOf(answer.find(({ dims }) => dims[1] === grid * grid && (dims[2] === cocoLabels.length) === isScores));
    return decodeGrid({ grid, scores: tensor(true), sides: tensor(false), laid, search });
  });
  return distinct(objects);
}

/** One grid of NanoDet's answer. */
export interface GridAnswer {
  /** Cells a row and column. */
  grid: number;
  /** For each cell, row by row, 80 scores from 0 to 1. */
  scores: Float32Array;
  /** For each cell how far left, top, right and bottom of its middle the box ends: logits of 0, 1, 2 … cells. */
  sides: Float32Array;
  laid: Letterbox;
  search: ObjectSearch;
}

/** The boxes of one grid whose score is high enough, overlapping as they come. */
export function decodeGrid({ grid, scores, sides, laid, search }: GridAnswer): DetectedObject[] {
  const { scale, left, top } = laid;
  const cells = grid * grid;
  const cellSize = (inputSize / grid) * scale;
  const steps = sides.length / (cells * 4);
  const wanted = wantedClasses(search);
  const objects: DetectedObject[] = [];
  for (let cell = 0; cell < cells; cell++)
    for (const { number, label } of wanted) {
      const score = scores[cell * cocoLabels.length + number] ?? 0;
      if (score <= search.minimum) continue;
      const side = (which: number): number => cellSize * expectation(sides, (cell * 4 + which) * steps, steps);
      const x = left + ((cell % grid) + 0.5) * cellSize - side(0);
      const y = top + (Math.floor(cell / grid) + 0.5) * cellSize - side(1);
      const width = side(0) + side(2);
      const height = side(1) + side(3);
      objects.push({ label, score, box: { x, y, width, height } });
    }
  return objects;
}

/** Mean of 0, 1, 2 … with the probabilities whose logits are the `count` numbers from `start`. */
function expectation(logits: Float32Array, start: number, count: number): number {
  const values = logits.subarray(start, start + count);
  const highest = Math.max(...values);
  let weights = 0;
  let sum = 0;
  for (const [index, logit] of values.entries()) {
    const weight = Math.exp(logit - highest);
    weights += weight;
    sum += weight * index;
  }
  return sum / weights;
}
