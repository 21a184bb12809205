import { applyAffine, meanOf, turnedSquare } from '../media/affine.js';
import { centreOf, type Point } from '../media/box.js';
import { cutOut } from '../media/cut-out.js';
import type { Frame } from '../media/frame.js';
import type { FaceBox } from './blaze-face.js';
import { floatsOf, runModel, type Model } from './load.js';

const inputSize = 192;
const pointCount = 468;
/** How much larger than the face the cut-out is. */
const margin = 1.5;

/** MediaPipe's face mesh, laid onto a face. */
export interface FaceMesh {
  /** How sure the mesh is that the box shows a face, 0 to 1. */
  flag: number;
  /** 468 × x, y, z in the frame's pixels. A larger z is farther from the camera; its zero is inside the head. */
  points: Float32Array;
  /** How far the line through the eyes is turned clockwise, radians. */
  angle: number;
}

/** Lays the mesh onto a face that BlazeFace proposes. The cut-out is turned so that the eyes are level. */
export async function meshOf(model: Model, frame: Frame, face: FaceBox): Promise<FaceMesh> {
  const angle = Math.atan2(face.rightEye.y - face.leftEye.y, face.rightEye.x - face.leftEye.x);
  const scale = (Math.max(face.box.width, face.box.height) * margin) / inputSize;
  const affine = turnedSquare(centreOf(face.box), scale, angle, inputSize);
  const input = cutOut(frame, inputSize, affine, { scale: 1 / 255, offset: 0, fill: 0 });
  const answer = await runModel(model, input, [1, inputSize, inputSize, 3], ['output_mesh', 'output_faceflag']);
  const mesh = floatsOf(answer.output_mesh);
  const points = new Float32Array(pointCount * 3);
  for (let at = 0; at < points.length; at += 3) {
    points.set(applyAffine(affine, mesh[at] ?? 0, mesh[at + 1] ?? 0), at);
    points[at + 2] = (mesh[at + 2] ?? 0) * scale;
  }
  return { flag: floatsOf(answer.output_faceflag)[0] ?? 0, points, angle };
}

/** A point of the mesh by MediaPipe's number, in the frame's pixels. */
export const meshPoint = ({ points }: FaceMesh, number: number): Point & { z: number } => ({
  x: points[number * 3] ?? 0,
  y: points[number * 3 + 1] ?? 0,
  z: points[number * 3 + 2] ?? 0,
});

/** Numbers of the points that are used. Left and right are the picture's. */
const places = {
  forehead: 10,
  chin: 152,
  leftCheek: 234,
  rightCheek: 454,
  nose: [1, 4],
  leftMouthCorner: 61,
  rightMouthCorner: 291,
} as const;

/** Corners and lids of an eye in the mesh. Left and right are the picture's. */
export const eyePlaces = [
  { leftCorner: 33, rightCorner: 133, lids: [159, 145] },
  { leftCorner: 362, rightCorner: 263, lids: [386, 374] },
] as const;

type Vector = readonly [x: number, y: number, z: number];

function unit([x, y, z]: Vector): Vector {
  const length = Math.hypot(x, y, z) || 1;
  return [x / length, y / length, z / length];
}

const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Which way a head is held, degrees; the picture is not mirrored. A head held straight need not be 0: the camera stands above or beside what is looked at. */
export interface HeadPose {
  /** Above 0: the nose points to the picture's left. */
  yaw: number;
  /** Above 0: the nose points up. */
  pitch: number;
  /** Above 0: the head leans clockwise. */
  roll: number;
}

/** How the head is turned, from the lines chin to forehead and cheek to cheek. */
export function headPose(mesh: FaceMesh): HeadPose {
  const line = (from: number, to: number): Vector => {
    const a = meshPoint(mesh, from);
    const b = meshPoint(mesh, to);
    return unit([b.x - a.x, b.y - a.y, b.z - a.z]);
  };
  const down = line(places.forehead, places.chin);
  const back = unit(cross(line(places.leftCheek, places.rightCheek), down));
  // The cheeks' line need not stand at a right angle to the chin's.
  const right = cross(down, back);
  const degrees = 180 / Math.PI;
  return {
    yaw: Math.atan2(back[0], back[2]) * degrees,
    pitch: Math.asin(Math.max(-1, Math.min(1, back[1]))) * degrees,
    roll: Math.atan2(right[1], right[0]) * degrees,
  };
}

/** Both eyes, the nose's tip and the corners of the mouth, the picture's left first: what faces are aligned by. */
export function fivePoints(mesh: FaceMesh): Point[] {
  const middle = (...numbers: readonly number[]): Point => meanOf(numbers.map((number) => meshPoint(mesh, number)));
  return [
    ...eyePlaces.map(({ leftCorner, rightCorner, lids }) => middle(leftCorner, rightCorner, ...lids)),
    middle(...places.nose),
    middle(places.leftMouthCorner),
    middle(places.rightMouthCorner),
  ];
}
