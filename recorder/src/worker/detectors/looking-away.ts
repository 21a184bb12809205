import { z } from 'zod';
import { headPose } from '../models/face-mesh.js';
import { gazeOf } from '../models/iris.js';
import type { Model } from '../models/load.js';
import { frameDetector, type Detector, type Observation, type Timed } from './detector.js';
import { isCutOff } from './face-unclear.js';
import type { Look } from './look.js';
import { medianOf, stretchesOf } from './stretches.js';

/**
 * `yaw`, `pitch`: degrees from how the head is held as a rule; `frontal`: below this yaw eyes are judged; `gaze`: how far the
 * iris is from where it is as a rule, in half widths of the eye, and in deviations of what is usual, for eyes that are seen less well seem
 * to wander; `eyeWidth`: pixels, of smaller eyes nothing is said; `open`: of eyes that are more closed neither. `leastSamples`: so many
 * are needed to know what is the rule. `agreeing`: the middle of so many looks counts.
 */
const thresholds = { yaw: 32, pitch: 28, frontal: 25, gaze: 0.16, deviations: 2, eyeWidth: 12, open: 0.12, leastSamples: 8, agreeing: 3 };
/** From one look to the next, more is a move: degrees, and half widths of the eye. */
const moved = { degrees: 6, gaze: 0.06 };
/** Deviation of a normal distribution from its median absolute deviation. */
const NORMAL = 1.4826;

const Sample = z
  .object({
    yaw: z.number(),
    pitch: z.number(),
    /** Where the eyes look, as `gazeOf`; null: they are too small or closed. */
    gaze: z.number().nullable(),
    /** It was so for this long before already, ms, in a frame that had been left out. */
    sinceMs: z.number().optional(),
  })
  /** There is not just one face, or it is cut off by the picture's edge. */
  .nullable();
type Sample = z.infer<typeof Sample>;

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

/** The head is turned, or the eyes look away from where they look as a rule. It says nothing of why: people look away to think. */
export function lookingAwayDetector(faceMesh: Model, iris: Model): Detector {
  return frameDetector({
    stamp: { name: 'looking-away', version: '4', model: `${faceMesh.label}, ${iris.label}`, thresholds },
    track: 'webcam',
    sample: Sample,
    look: () => {
      let before: Sample = null;
      return async (look) => {
        if (!look.isDue) return undefined;
        const last = before;
        const now = (before = await turnOf(iris, look));
        if (now && last && !hasMoved(last, now)) return now;
        look.hurry();
        const leftOut = now && last && look.leftOut;
        if (!leftOut) return now;
        const between = await turnOf(iris, leftOut);
        return between && apart(between, now) < apart(between, last) ? { ...now, sinceMs: Math.round(look.timeMs - leftOut.timeMs) } : now;
      };
    },
    judge,
  });
}

/** How the head is turned in a frame, and where the eyes look. */
async function turnOf(iris: Model, look: Look): Promise<Sample> {
  const [face, ...others] = (await look.faces()).sure;
  if (!face || others.length || isCutOff(face, look.frame)) return null;
  const { yaw, pitch } = headPose(face.mesh);
  const gaze = Math.abs(yaw) < thresholds.frontal + 20 ? await gazeOf(iris, look.frame, face.mesh) : undefined;
  const seen = gaze && gaze.eyeWidth >= thresholds.eyeWidth && gaze.open >= thresholds.open;
  return { yaw: rounded(yaw), pitch: rounded(pitch), gaze: seen ? rounded(gaze.h) : null };
}

type Turn = NonNullable<Sample>;
const eyesApart = (a: Turn, b: Turn): number => (a.gaze === null || b.gaze === null ? 0 : Math.abs(a.gaze - b.gaze));

const hasMoved = (a: Turn, b: Turn): boolean =>
  Math.max(Math.abs(a.yaw - b.yaw), Math.abs(a.pitch - b.pitch)) > moved.degrees || (a.gaze === null) !== (b.gaze === null) || eyesApart(a, b) > moved.gaze;

const apart = (a: Turn, b: Turn): number =>
  Math.abs(a.yaw - b.yaw) / thresholds.yaw + Math.abs(a.pitch - b.pitch) / thresholds.pitch + eyesApart(a, b) / thresholds.gaze;

/** Each look from when on it was so. */
const backdated = (looks: readonly Timed<Sample>[]): Timed<Sample>[] =>
  looks.map(({ startMs, endMs, value }, at) => ({ startMs: startMs - (value?.sinceMs ?? 0), endMs: endMs - (looks[at + 1]?.value?.sinceMs ?? 0), value }));

function judge(looks: readonly Timed<Sample>[]): Observation[] {
  const samples = backdated(looks);
  // Each second counts, for there are more looks where something moves.
  const faces = samples.flatMap(({ startMs, endMs, value }) => (value ? Array.from({ length: Math.max(1, Math.round((endMs - startMs) / 1_000)) }, () => value) : []));
  if (faces.length < thresholds.leastSamples) return [];
  const usual = { yaw: medianOf(faces.map(({ yaw }) => yaw)), pitch: medianOf(faces.map(({ pitch }) => pitch)) };
  const isFrontal = ({ yaw }: { yaw: number }): boolean => Math.abs(yaw - usual.yaw) < thresholds.frontal;
  const gazes = faces.flatMap((face) => (face.gaze !== null && isFrontal(face) ? [face.gaze] : []));
  const usualGaze = medianOf(gazes);
  const deviation = NORMAL * medianOf(gazes.map((gaze) => Math.abs(gaze - usualGaze)));
  const farGaze = gazes.length < thresholds.leastSamples ? Infinity : Math.max(thresholds.gaze, thresholds.deviations * deviation);
  /** How far from usual each look is, 1 at the threshold; signed, so that a jump to and fro is no long look. NaN: not known. */
  const away = samples.map(({ value }) => {
    if (!value) return NaN;
    const turned = [(value.yaw - usual.yaw) / thresholds.yaw, (value.pitch - usual.pitch) / thresholds.pitch];
    if (value.gaze !== null && isFrontal(value)) turned.push((value.gaze - usualGaze) / farGaze);
    return turned.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most));
  });
  const half = thresholds.agreeing >> 1;
  return stretchesOf('looking-away', samples, (value, at) => {
    if (!value) return undefined;
    const near = away.slice(Math.max(0, at - half), at + half + 1).filter((one) => !Number.isNaN(one));
    const far = Math.abs(medianOf(near));
    // At the threshold half sure, at twice of it surely.
    return far > 1 ? Math.min(1, far / 2) : undefined;
  });
}
