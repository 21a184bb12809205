import { z } from 'zod';
import { headPose } from '../models/face-mesh.js';
import { gazeOf } from '../models/iris.js';
import type { Model } from '../models/load.js';
import { frameDetector, type Detector, type Timed } from './detector.js';
import { each } from './look.js';
import { medianOf, stretchesOf } from './stretches.js';

/**
 * `yaw`, `pitch`: degrees from how the head is held as a rule; `frontal`: below this yaw eyes are judged; `gaze`: how far the
 * iris is from where it is as a rule, in half widths of the eye; `eyeWidth`: pixels, of smaller eyes nothing is said;
 * `open`: of eyes that are more closed neither. `leastSamples`: so many are needed to know what is the rule.
 */
const thresholds = { yaw: 32, pitch: 28, frontal: 25, gaze: 0.14, eyeWidth: 12, open: 0.12, leastSamples: 8 };

const Sample = z
  .object({
    yaw: z.number(),
    pitch: z.number(),
    /** Where the eyes look, as `gazeOf`; null: they are too small or closed. */
    gaze: z.number().nullable(),
  })
  /** There is not just one face. */
  .nullable();
type Sample = z.infer<typeof Sample>;

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

/** The head is turned, or the eyes look away from where they look as a rule. It says nothing of why: people look away to think. */
export function lookingAwayDetector(faceMesh: Model, iris: Model): Detector {
  return frameDetector({
    stamp: { name: 'looking-away', version: '1', model: `${faceMesh.label}, ${iris.label}`, thresholds },
    track: 'webcam',
    sample: Sample,
    look: () => {
      const due = each(1_000);
      return async (look) => {
        if (!due(look.timeMs)) return undefined;
        const [face, ...others] = (await look.faces()).sure;
        if (!face || others.length) return null;
        const { yaw, pitch } = headPose(face.mesh);
        const gaze = Math.abs(yaw) < thresholds.frontal + 20 ? await gazeOf(iris, look.frame, face.mesh) : undefined;
        const seen = gaze && gaze.eyeWidth >= thresholds.eyeWidth && gaze.open >= thresholds.open;
        return { yaw: rounded(yaw), pitch: rounded(pitch), gaze: seen ? rounded(gaze.h) : null };
      };
    },
    judge,
  });
}

function judge(samples: readonly Timed<Sample>[]) {
  const faces = samples.flatMap(({ value }) => (value ? [value] : []));
  if (faces.length < thresholds.leastSamples) return [];
  const usual = { yaw: medianOf(faces.map(({ yaw }) => yaw)), pitch: medianOf(faces.map(({ pitch }) => pitch)) };
  const gazes = faces.flatMap(({ yaw, gaze }) => (gaze !== null && Math.abs(yaw - usual.yaw) < thresholds.frontal ? [gaze] : []));
  const usualGaze = gazes.length >= thresholds.leastSamples ? medianOf(gazes) : undefined;
  return stretchesOf('looking-away', samples, (value) => {
    if (!value) return undefined;
    const yaw = Math.abs(value.yaw - usual.yaw);
    const scores = [yaw / thresholds.yaw, Math.abs(value.pitch - usual.pitch) / thresholds.pitch];
    if (usualGaze !== undefined && value.gaze !== null && yaw < thresholds.frontal) scores.push(Math.abs(value.gaze - usualGaze) / thresholds.gaze);
    const most = Math.max(...scores);
    // At the threshold half sure, at twice of it surely.
    return most > 1 ? Math.min(1, most / 2) : undefined;
  });
}
