import { z } from 'zod';
import type { Frame } from '../media/frame.js';
import { proposeFaces } from '../models/blaze-face.js';
import { meshOf } from '../models/face-mesh.js';
import type { Model } from '../models/load.js';
import { detectObjects } from '../models/nano-det.js';
import { frameDetector, type Detector } from './detector.js';
import type { FaceFinder, SeenFace } from './look.js';
import { paceThresholds } from './pace.js';
import { isBlack, Picture, pictureThresholds, Visibility } from './picture.js';
import { stretchesOf } from './stretches.js';

/** `person`: of a picture too blurred to show a face, from which score on somebody is there: an empty room stays below, a blurred person seldom reaches more than twice that. */
const thresholds = { score: 0.5, flag: 0.5, person: 0.2 };

/** Finds faces. A face counts when BlazeFace proposes it and the mesh agrees. */
export const faceFinder =
  (blazeFace: Model, faceMesh: Model): FaceFinder =>
  async (frame: Frame) => {
    const { faces, best } = await proposeFaces(blazeFace, frame, thresholds.score);
    const sure: SeenFace[] = [];
    let nearest = faces.length ? 0 : best;
    for (const box of faces) {
      const mesh = await meshOf(faceMesh, frame, box);
      const score = Math.min(box.score, mesh.flag);
      if (mesh.flag > thresholds.flag) sure.push({ box, mesh, score });
      else nearest = Math.max(nearest, score);
    }
    return { sure: sure.sort((a, b) => b.score - a.score), nearest };
  };

const Sample = z.object({
  /** How many; null in a black picture, in which nobody can be seen or missed. */
  faces: z.number().int().nullable(),
  /** How sure: of the second face, or that there is none. */
  score: z.number(),
  /** The best score of a person, where there is no face. */
  person: z.number().optional(),
  picture: Picture,
});

const rounded = (score: number): number => Math.round(score * 1_000) / 1_000;

/** After a change it looks at every frame for this long, ms. */
const denseMs = 1_000;

/** No face, or more than one. */
export function facesDetector(blazeFace: Model, faceMesh: Model, nanoDet: Model): Detector {
  return frameDetector({
    stamp: { name: 'faces', version: '5', model: `${blazeFace.label}, ${faceMesh.label}, ${nanoDet.label}`, thresholds: { ...thresholds, ...pictureThresholds, ...paceThresholds } },
    track: 'webcam',
    sample: Sample,
    look: () => {
      let last: number | null | undefined;
      let denseUntilMs = -Infinity;
      return async (look) => {
        if (!look.isDue && look.timeMs > denseUntilMs) return undefined;
        if (isBlack(look.brightness)) {
          last = null;
          return { faces: null, score: 0, picture: look.picture };
        }
        const { sure, nearest } = await look.faces();
        const faces = sure.length;
        if (last !== undefined && faces !== last) denseUntilMs = look.timeMs + denseMs;
        last = faces;
        if (faces !== 1) look.hurry();
        const score = faces > 1 ? (sure[1]?.score ?? 0) : faces ? 0 : 1 - nearest;
        const sample = { faces, score: rounded(score), picture: look.picture };
        if (faces) return sample;
        const [person] = await detectObjects(nanoDet, look.frame, { minimum: 0.1, classes: ['person'] });
        return { ...sample, person: rounded(person?.score ?? 0) };
      };
    },
    judge: (samples) => {
      const visibility = new Visibility(samples.map(({ value }) => value.picture));
      return [
        // Who is not seen in the dark may be there. Blur alone is no excuse: an empty room has as little detail, but nobody in it.
        ...stretchesOf('face-absent', samples, ({ faces, score, picture, person = 0 }) => {
          const isHidden = visibility.isNothing(picture) || visibility.isDark(picture) || (person > thresholds.person && visibility.blurOf(picture) !== undefined);
          return faces === 0 && !isHidden ? score : undefined;
        }),
        ...stretchesOf('faces-several', samples, ({ faces, score }) => (faces !== null && faces > 1 ? score : undefined)),
      ];
    },
  });
}
