import { z } from 'zod';
import { descriptorOf, distance } from '../models/dlib-face.js';
import { headPose } from '../models/face-mesh.js';
import type { Model } from '../models/load.js';
import { frameDetector, type Detector, type Timed } from './detector.js';
import type { SeenFace } from './look.js';
import { Picture, pictureThresholds, Visibility } from './picture.js';
import { medianOf, stretchesOf } from './stretches.js';

/**
 * `distance`: of two descriptors of one person, and nearly never of two, at most; `faceWidth`: pixels, of a smaller face
 * nothing is said; `yaw`, `pitch`: degrees, nor of one that is turned further, nor in a dark or blurred
 * picture. `agreeing`: the middle of so many looks counts.
 */
export const identityThresholds = { distance: 0.5, faceWidth: 32, yaw: 25, pitch: 16, agreeing: 3 };

const Sample = z
  .object({
    /** Least distance from the descriptors of the baseline. */
    distance: z.number(),
    picture: Picture,
  })
  /** No face, several, or none that is clear. */
  .nullable();

/** So long at least is between two looks, ms: every third second, or every fourth one where nothing moves. */
const everyMs = 2_500;

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

/** Whether a face is seen well enough to tell whose it is. */
export function isClear({ box, mesh }: SeenFace): boolean {
  const { yaw, pitch } = headPose(mesh);
  return box.box.width >= identityThresholds.faceWidth && Math.abs(yaw) <= identityThresholds.yaw && Math.abs(pitch) <= identityThresholds.pitch;
}

/**
 * The face is another than in the student's baseline. What is kept is how far a face is from the baseline, never what it looks like.
 * Without a baseline it does not look.
 */
export function identityDetector(dlibFace: Model): Detector {
  return frameDetector({
    stamp: { name: 'identity', version: '3', model: dlibFace.label, thresholds: { ...identityThresholds, ...pictureThresholds } },
    track: 'webcam',
    sample: Sample,
    look: ({ baseline }) => {
      let lookedAtMs = -Infinity;
      return async (look) => {
        if (!baseline?.length || !look.isDue || look.timeMs - lookedAtMs < everyMs) return undefined;
        lookedAtMs = look.timeMs;
        const [face, ...others] = (await look.faces()).sure;
        if (!face || others.length || !isClear(face)) return null;
        const own = await descriptorOf(dlibFace, look.frame, face.mesh);
        return {
          distance: rounded(Math.min(...baseline.map((one) => distance(one, own)))),
          picture: look.picture,
        };
      };
    },
    judge: (samples) => {
      const visibility = new Visibility(samples.flatMap(({ value }) => (value ? [value.picture] : [])));
      const { agreeing } = identityThresholds;
      const known = samples.flatMap(({ startMs, endMs, value }): Timed<number>[] =>
        value && !visibility.isPoor(value.picture) ? [{ startMs, endMs, value: value.distance }] : [],
      );
      const half = agreeing >> 1;
      const middle = known.map((_, at) => medianOf(known.slice(Math.max(0, at - half), at + half + 1).map(({ value }) => value)));
      return stretchesOf('other-person', known, (_, at) => {
        const far = middle[at] ?? 0;
        return far > identityThresholds.distance ? Math.min(1, far) : undefined;
      });
    },
  });
}
