import { similarity } from '../media/affine.js';
import { cutOut } from '../media/cut-out.js';
import type { Frame } from '../media/frame.js';
import { fivePoints, type FaceMesh } from './face-mesh.js';
import { floatsOf, runModel, type Model } from './load.js';

const inputSize = 150;

/** Where the five points of a face are in the picture that the model is shown: ArcFace's template for 112 pixels, in dlib's size. */
const template = [
  { x: 38.2946, y: 51.6963 },
  { x: 73.5318, y: 51.5014 },
  { x: 56.0252, y: 71.7366 },
  { x: 41.5493, y: 92.3655 },
  { x: 70.7299, y: 92.2041 },
].map(({ x, y }) => ({ x: (x - 56) * 1.523 + 75, y: (y - 65.16) * 1.523 + 64.5 }));

/** What a face looks like, as 128 numbers: those of one person are near each other. */
export async function descriptorOf(model: Model, frame: Frame, mesh: FaceMesh): Promise<Float32Array> {
  const input = cutOut(frame, inputSize, similarity(template, fivePoints(mesh)), { scale: 1, offset: 0, fill: 0 });
  const answer = await runModel(model, input, [1, inputSize, inputSize, 3], ['descriptor']);
  return Float32Array.from(floatsOf(answer.descriptor));
}

/** Euclidean distance of two descriptors as they come, without unit: below about 0.45 for one person, above for two. */
export function distance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let index = 0; index < a.length; index++) squares += ((a[index] ?? 0) - (b[index] ?? 0)) ** 2;
  return Math.sqrt(squares);
}
