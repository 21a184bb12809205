import { z } from 'zod';
import type { Frame } from '../media/frame.js';
import { headPose } from '../models/face-mesh.js';
import type { Model } from '../models/load.js';
import { frameDetector, type Detector, type Timed } from './detector.js';
import { identityThresholds } from './identity.js';
import type { SeenFace } from './look.js';
import { stretchesOf } from './stretches.js';

/**
 * `faceWidth`: pixels, of a smaller face nothing is said; `yaw`, `pitch`: degrees, nor of one that is turned further, for its eyes are not
 * seen; `cut`: nor of one of which such a part is outside of the picture.
 */
const thresholds = { faceWidth: identityThresholds.faceWidth, yaw: 45, pitch: 35, cut: 0.12 };

const Sample = z
  .object({
    /** Pixels. */
    width: z.number(),
    /** Degrees. */
    yaw: z.number(),
    pitch: z.number(),
    /** The part of the face that is outside of the picture. */
    cut: z.number(),
  })
  /** There is not just one face. */
  .nullable();
type Sample = z.infer<typeof Sample>;

/** Quality: a face is there, but too small, cut off or turned to be compared with another one, or to tell where it looks. */
export function faceUnclearDetector(blazeFace: Model, faceMesh: Model): Detector {
  return frameDetector({
    stamp: { name: 'face-unclear', version: '2', model: `${blazeFace.label}, ${faceMesh.label}`, thresholds },
    track: 'webcam',
    sample: Sample,
    look: () => async (look) => {
      if (!look.isDue) return undefined;
      const [face, ...others] = (await look.faces()).sure;
      if (!face || others.length) return null;
      const { yaw, pitch } = headPose(face.mesh);
      return { width: Math.round(face.box.box.width), yaw: Math.round(yaw), pitch: Math.round(pitch), cut: Math.round(100 * cutOf(face, look.frame)) / 100 };
    },
    judge: (samples) => stretchesOf('face-unclear', bridged(samples), (face) => (face && isUnclear(face) ? 1 : undefined)),
  });
}

const isUnclear = ({ width, yaw, pitch, cut }: NonNullable<Sample>): boolean =>
  width < thresholds.faceWidth || Math.abs(yaw) > thresholds.yaw || Math.abs(pitch) > thresholds.pitch || cut > thresholds.cut;

/** The part of a face's points that is outside of the picture. */
function cutOf({ mesh: { points } }: SeenFace, { width, height }: Frame): number {
  let outside = 0;
  for (let at = 0; at < points.length; at += 3) {
    const [x, y] = [points[at] ?? 0, points[at + 1] ?? 0];
    if (x < 0 || y < 0 || x > width || y > height) outside++;
  }
  return (3 * outside) / points.length;
}

/** Whether so much of a face is outside of the picture that nothing can be said of where it looks. */
export const isCutOff = (face: SeenFace, frame: Frame): boolean => cutOf(face, frame) > thresholds.cut;

/** A face that is hard to see is missed now and then: a look without one between two with one is left out. */
function bridged(samples: readonly Timed<Sample>[]): Timed<Sample>[] {
  return samples.map((sample, at) => ({ ...sample, value: sample.value ?? (samples[at + 1]?.value ? (samples[at - 1]?.value ?? null) : null) }));
}
