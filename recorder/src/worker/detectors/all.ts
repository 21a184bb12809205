import { loadModel } from '../models/load.js';
import { cameraBlackDetector } from './camera-black.js';
import type { FrameDetector, SoundDetector } from './detector.js';
import { facesDetector } from './faces.js';
import { screenBlackDetector } from './screen-black.js';
import { screenFrozenDetector } from './screen-frozen.js';
import { speechDetector } from './speech.js';

export interface Detectors {
  frames: readonly FrameDetector[];
  sound: readonly SoundDetector[];
}

/**
 * Loads every detector with its models, once a process.
 * @throws {VigilError} a model is missing or not the one that was tested.
 */
export async function loadDetectors(): Promise<Detectors> {
  const [blazeFace, faceMesh, silero] = await Promise.all([
    loadModel('blazeface.onnx'),
    loadModel('facemesh.onnx'),
    loadModel('silero_vad_v5.onnx'),
  ]);
  return {
    frames: [
      facesDetector(blazeFace, faceMesh),
      cameraBlackDetector(),
      screenBlackDetector(),
      screenFrozenDetector(),
    ],
    sound: [speechDetector(silero)],
  };
}
