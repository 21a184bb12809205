import type { Frame } from '../media/frame.js';
import { descriptorOf } from '../models/dlib-face.js';
import { loadModel } from '../models/load.js';
import { speechProbabilities } from '../models/silero.js';
import { loadReader } from '../models/tesseract.js';
import { cameraPictureDetector } from './camera-picture.js';
import { cameraStillDetector } from './camera-still.js';
import type { Detector } from './detector.js';
import { faceUnclearDetector } from './face-unclear.js';
import { faceFinder, facesDetector } from './faces.js';
import { identityDetector } from './identity.js';
import type { FaceFinder, SeenFace } from './look.js';
import { lookingAwayDetector } from './looking-away.js';
import { objectsDetector } from './objects.js';
import { screenBlackDetector } from './screen-black.js';
import { screenFrozenDetector } from './screen-frozen.js';
import { screenSwitchedDetector } from './screen-switched.js';
import { screenWordsDetector } from './screen-words.js';
import type { SpeechFinder } from './hearing.js';
import { soundClippedDetector } from './sound-clipped.js';
import { speechDetector } from './speech.js';
import { voicesDetector } from './voices.js';

export interface Detectors {
  all: readonly Detector[];
  findFaces: FaceFinder;
  findSpeech: SpeechFinder;
  /** What a face looks like, for `Known.baseline`. */
  describe: (frame: Frame, face: SeenFace) => Promise<Float32Array>;
}

/**
 * Loads every detector with its models, once a process.
 * @throws {VigilError} a model is missing or not the one that was tested.
 */
export async function loadDetectors(): Promise<Detectors> {
  const [blazeFace, faceMesh, iris, dlibFace, nanoDet, centerNet, silero, ge2e, reader] = await Promise.all([
    loadModel('blazeface.onnx'),
    loadModel('facemesh.onnx'),
    loadModel('iris.onnx'),
    loadModel('dlibface.onnx'),
    loadModel('nanodet.onnx'),
    loadModel('centernet.onnx'),
    loadModel('silero_vad_v5.onnx'),
    loadModel('ge2e.onnx'),
    loadReader(),
  ]);
  return {
    findFaces: faceFinder(blazeFace, faceMesh),
    findSpeech: (samples) => speechProbabilities(silero, samples),
    describe: (frame, { mesh }) => descriptorOf(dlibFace, frame, mesh),
    all: [
      facesDetector(blazeFace, faceMesh, nanoDet),
      cameraPictureDetector(),
      cameraStillDetector(),
      faceUnclearDetector(blazeFace, faceMesh),
      lookingAwayDetector(faceMesh, iris),
      identityDetector(dlibFace),
      objectsDetector(nanoDet, centerNet),
      screenBlackDetector(),
      screenFrozenDetector(),
      screenSwitchedDetector(),
      screenWordsDetector(reader),
      speechDetector(silero),
      voicesDetector(ge2e),
      soundClippedDetector(),
    ],
  };
}
