import { applyAffine, turnedSquare, type Affine } from '../media/affine.js';
import type { Point } from '../media/box.js';
import { cutOut, giveBack } from '../media/cut-out.js';
import type { Frame } from '../media/frame.js';
import { eyePlaces, meshPoint, type FaceMesh } from './face-mesh.js';
import { floatsOf, runModel, type Model } from './load.js';

const inputSize = 64;
const inputLength = inputSize * inputSize * 3;
/** How much wider than the eye the cut-out is. */
const margin = 2.3;
/** Points of an eye in the answer: 71 around the eye, then 5 of the iris, its middle first. */
const pointCount = 76;
const places = { corners: [0, 8], lowerLid: 4, upperLid: 12, iris: 71 } as const;

/** Where the eyes look, as the mean of both. */
export interface Gaze {
  /** The iris between the corners of the eye: −1 at the picture's left one, 0 in the middle, 1 at the right one. */
  h: number;
  /** How far below the line through the corners the iris is, in half widths of the eye. */
  v: number;
  /** Height of the opening between the lids as a part of the eye's width. */
  open: number;
  /** Width of the smaller eye, in the frame's pixels: of few pixels little can be said. */
  eyeWidth: number;
}

/** Where the eyes of a face look, by the mesh that was laid onto it. Both eyes are seen in one run of the model. */
export async function gazeOf(model: Model, frame: Frame, mesh: FaceMesh): Promise<Gaze> {
  const input = new Float32Array(2 * inputLength);
  const eyes = eyePlaces.map(({ leftCorner, rightCorner }, index) => {
    const left = meshPoint(mesh, leftCorner);
    const right = meshPoint(mesh, rightCorner);
    const width = Math.hypot(right.x - left.x, right.y - left.y);
    const centre = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
    // The model knows one eye only; the other one is shown to it mirrored.
    const affine = turnedSquare(centre, (width * margin) / inputSize, mesh.angle, inputSize, index === 1);
    const eye = cutOut(frame, inputSize, affine, { scale: 1 / 255, offset: 0, fill: 0 });
    input.set(eye, index * inputLength);
    giveBack(eye);
    return { width, affine };
  });
  const answer = floatsOf(Object.values(await runModel(model, input, [2, inputSize, inputSize, 3]))[0]);
  const looks = eyes.map(({ affine }, index) => lookOf(answer.subarray(index * pointCount * 3, (index + 1) * pointCount * 3), affine));
  const mean = (of: keyof Look): number => looks.reduce((sum, look) => sum + look[of], 0) / looks.length;
  return { h: mean('h'), v: mean('v'), open: mean('open'), eyeWidth: Math.min(...eyes.map(({ width }) => width)) };
}

type Look = Pick<Gaze, 'h' | 'v' | 'open'>;

/** Where one eye looks: `points` are 76 × x, y, z in the cut-out, which `affine` brings back into the frame. */
export function lookOf(points: Float32Array, affine: Affine): Look {
  const point = (number: number): Point => {
    const [x, y] = applyAffine(affine, points[number * 3] ?? 0, points[number * 3 + 1] ?? 0);
    return { x, y };
  };
  const one = point(places.corners[0]);
  const other = point(places.corners[1]);
  const [left, right] = one.x < other.x ? [one, other] : [other, one];
  const width = Math.hypot(right.x - left.x, right.y - left.y) || 1;
  const along = { x: (right.x - left.x) / width, y: (right.y - left.y) / width };
  const iris = point(places.iris);
  const x = iris.x - (left.x + right.x) / 2;
  const y = iris.y - (left.y + right.y) / 2;
  const upper = point(places.upperLid);
  const lower = point(places.lowerLid);
  return {
    h: (x * along.x + y * along.y) / (width / 2),
    v: (y * along.x - x * along.y) / (width / 2),
    open: Math.hypot(upper.x - lower.x, upper.y - lower.y) / width,
  };
}
