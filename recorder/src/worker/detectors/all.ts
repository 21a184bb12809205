import type { Frame } from '../media/frame.js';
import { descriptorOf } from '../models/dlib-face.js';
import { loadModel } from '../models/load.js';
import { cameraPictureDetector } from './camera-picture.js';
import { cameraStillDetector } from './camera-still.js';
import type { Detector } from './detector.js';
import { faceFinder, facesDetector } from './faces.js';
import { identityDetector } from './identity.js';
import type { FaceFinder, SeenFace } from './look.js';
import { lookingAwayDetector } from './looking-away.js';
import { objectsDetector } from './objects.js';
import { screenBlackDetector } from './screen-black.js';
import { screenFrozenDetector } from './screen-frozen.js';
import { speechDetector } from './speech.js';

export interface Detectors {
  all: readonly Detector[];
  findFaces: FaceFinder;
  /** What a face looks like, for `Known.baseline`. */
  describe: (frame: Frame, face: SeenFace) => Promise<Float32Array>;
}

/**
 * Loads every detector with its models, once a process.
 * @throws {VigilError} a model is missing or not the one that was tested.
 */
export async function loadDetectors(): Promise<Detectors> {
  const [blazeFace, faceMesh, iris, dlibFace, nanoDet, centerNet, silero] = await Promise.all([
    loadModel('blazeface.onnx'),
    loadModel('facemesh.onnx'),
    loadModel('iris.onnx'),
    loadModel('dlibface.onnx'),
    loadModel('nanodet.onnx'),
    loadModel('centernet.onnx'),
    loadModel('silero_vad_v5.onnx'),
  ]);
  return {
    findFaces: faceFinder(blazeFace, faceMesh),
    describe: (frame, { mesh }) => descriptorOf(dlibFace, frame, mesh),
    all: [
      facesDetector(blazeFace, faceMesh),
      cameraPictureDetector(),
      cameraStillDetector(),
      lookingAwayDetector(faceMesh, iris),
      identityDetector(dlibFace),
      objectsDetector(nanoDet, centerNet),
      screenBlackDetector(),
      screenFrozenDetector(),
      speechDetector(silero),
    ],
  };
}
