import { brightnessOf } from '../media/frame.js';
import { proposeFaces } from '../models/blaze-face.js';
import { faceFlag } from '../models/face-mesh.js';
import type { Model } from '../models/load.js';
import { isBlack } from './camera-black.js';
import type { FrameDetector } from './detector.js';

const thresholds = { score: 0.5, flag: 0.5 };

/** No face, or more than one. A face counts when BlazeFace proposes it and the mesh agrees. */
export function facesDetector(blazeFace: Model, faceMesh: Model): FrameDetector {
  return {
    stamp: { name: 'faces', version: '1', model: `${blazeFace.label}, ${faceMesh.label}`, thresholds },
    track: 'webcam',
    begin: () => async (frame) => {
      // In a black picture nobody can be seen or missed: that is camera-black's to say.
      if (isBlack(brightnessOf(frame))) return [];
      const { faces, best } = await proposeFaces(blazeFace, frame, thresholds.score);
      const sure: number[] = [];
      let nearest = faces.length ? 0 : best;
      for (const face of faces) {
        const flag = await faceFlag(faceMesh, frame, face);
        const both = Math.min(face.score, flag);
        if (flag > thresholds.flag) sure.push(both);
        else nearest = Math.max(nearest, both);
      }
      sure.sort((a, b) => b - a);
      if (sure[1] !== undefined) return [{ kind: 'faces-several', score: sure[1] }];
      return sure.length ? [] : [{ kind: 'face-absent', score: 1 - nearest }];
    },
  };
}
