import ort from 'onnxruntime-node';
import { cutOut, type Affine } from '../media/affine.js';
import type { Frame } from '../media/frame.js';
import type { FaceBox } from './blaze-face.js';
import { floatsOf, type Model } from './load.js';

const inputSize = 192;
/** How much larger than the face the cut-out is. */
const margin = 1.5;

/** How sure the mesh is that a proposed box shows a face, 0 to 1. The cut-out is turned so that the eyes are level. */
export async function faceFlag(model: Model, frame: Frame, face: FaceBox): Promise<number> {
  const angle = Math.atan2(face.rightEye.y - face.leftEye.y, face.rightEye.x - face.leftEye.x);
  const scale = (Math.max(face.width, face.height) * margin) / inputSize;
  const cos = scale * Math.cos(angle);
  const sin = scale * Math.sin(angle);
  const half = inputSize / 2;
  const { x, y } = face.centre;
  const affine: Affine = [cos, -sin, x - half * (cos - sin), sin, cos, y - half * (sin + cos)];
  const input = cutOut(frame, inputSize, affine, { scale: 1 / 255, offset: 0, fill: 0 });
  const tensor = new ort.Tensor('float32', input, [1, inputSize, inputSize, 3]);
  const answer = await model.session.run({ [model.session.inputNames[0] ?? '']: tensor }, ['output_faceflag']);
  return floatsOf(answer.output_faceflag)[0] ?? 0;
}
