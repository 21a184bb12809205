import type { FacePose, LookDocument, LookProblem } from '@vigil/protocol';
import type { Detectors } from '../detectors/all.js';
import { isClear } from '../detectors/identity.js';
import type { SeenFace } from '../detectors/look.js';
import { brightnessOf, lumaOf, type Frame } from '../media/frame.js';
import { frameOfPicture } from '../media/picture-frame.js';
import { distance } from '../models/dlib-face.js';
import { headPose, meshPoint } from '../models/face-mesh.js';

/**
 * `brightness`: mean of the face, of 255. `detail`: mean absolute Laplacian of the face at 64 pixels' width, as a part of its brightness.
 * `width`: of the face, as a part of the picture's. `frontal`: degrees of yaw and pitch of one who looks into the camera, which may stand
 * aside. `turned`: degrees from `front`, at least and at most. `closer`: width as a part of that in `front`, or else of the picture's.
 * `bridge`: how much darker a line across the nose between the eyes is than the skin around it, which only dark frames
 * of glasses make. `same`: distance of one face from several sides, at most. `bystander`: another
 * face smaller than this part of the student's, as in the document's picture, is none.
 */
const faceLookThresholds = {
  brightness: 40,
  detail: 0.015,
  width: 0.125,
  frontalYaw: 15,
  frontalPitch: 25,
  turnedLeast: 14,
  turnedMost: 40,
  closer: 1.2,
  closerOfPicture: 0.42,
  bridge: 0.1,
  same: 0.6,
  bystander: 0.6,
};

/** Larger pictures are refused before they are decoded. */
const pixelLimit = 4_200_000;

export interface FaceLook {
  problems: LookProblem[];
  pose?: FacePose;
  descriptor?: Float32Array;
  /** From the nearest face of the onboarding. */
  distance?: number;
}

/**
 * Judges a face that a student shows.
 * @param picture JPEG, not mirrored.
 * @param baseline what is known of the face already.
 */
export async function lookAtFace(
  picture: Uint8Array,
  { step, front, accepted }: Pick<LookDocument, 'step' | 'front' | 'accepted'>,
  baseline: readonly Float32Array[],
  { findFaces, describe }: Pick<Detectors, 'findFaces' | 'describe'>,
): Promise<FaceLook> {
  const frame = await frameOf(picture);
  if (!frame) return { problems: ['unreadable'] };
  const [face, ...others] = [...(await findFaces(frame)).sure].sort((a, b) => b.box.box.width - a.box.box.width);
  if (!face) return { problems: [brightnessOf(frame).mean < faceLookThresholds.brightness ? 'too-dark' : 'no-face'] };
  const pose = { yaw: headPose(face.mesh).yaw, width: face.box.box.width / frame.width };
  // Who says that it is the student's face says so of one that is hardly seen as well.
  const descriptor = isClear(face) || accepted.includes('face-small') ? await describe(frame, face) : undefined;
  const away = descriptor && baseline.length ? Math.min(...baseline.map((one) => distance(one, descriptor))) : undefined;
  const problems: LookProblem[] = [
    ...visibility(frame, face, step),
    ...(others.some(({ box }) => box.box.width > face.box.box.width * faceLookThresholds.bystander) ? (['several-faces'] as const) : []),
    ...posture(face, pose, step, front),
    ...(step !== 'fresh' && away !== undefined && away > faceLookThresholds.same ? (['other-face'] as const) : []),
  ];
  return {
    problems: problems.filter((one) => !accepted.includes(one)),
    pose,
    ...(descriptor && { descriptor }),
    ...(away !== undefined && { distance: away }),
  };
}

const jpeg = Buffer.from([0xff, 0xd8, 0xff]);

async function frameOf(picture: Uint8Array): Promise<Frame | undefined> {
  // Whatever its sender called it, only this decoder is to see it.
  if (!jpeg.equals(picture.subarray(0, jpeg.length))) return undefined;
  return frameOfPicture(picture, { limitInputPixels: pixelLimit, failOn: 'error' }).catch(() => undefined);
}

function visibility(frame: Frame, { box: { box }, mesh }: SeenFace, step: LookDocument['step']): LookProblem[] {
  const { width, height } = frame;
  const luma = lumaOf(frame);
  const at = (x: number, y: number): number => luma[Math.round(y) * width + Math.round(x)] ?? 0;
  const pitch = Math.max(1, Math.round(box.width / 64));
  let light = 0;
  let detail = 0;
  let count = 0;
  for (let y = Math.max(pitch, box.y); y < Math.min(height - pitch, box.y + box.height); y += pitch)
    for (let x = Math.max(pitch, box.x); x < Math.min(width - pitch, box.x + box.width); x += pitch) {
      light += at(x, y);
      detail += Math.abs(at(x - pitch, y) + at(x + pitch, y) + at(x, y - pitch) + at(x, y + pitch) - 4 * at(x, y));
      count++;
    }
  const mean = light / Math.max(1, count);
  const dark = mean < faceLookThresholds.brightness;
  const out = 0.02 * width;
  const cut = box.x < -out || box.y < -out || box.x + box.width > width + out || box.y + box.height > height + out;
  return [
    ...(dark ? (['too-dark'] as const) : []),
    ...(!dark && detail / Math.max(1, count) < mean * faceLookThresholds.detail ? (['too-blurred'] as const) : []),
    ...(box.width / width < faceLookThresholds.width ? (['face-small'] as const) : []),
    ...(cut ? (['face-cut-off'] as const) : []),
    // From the side a nose has lines of its own.
    ...(step === 'front' && !dark && bridge(at, mesh) > faceLookThresholds.bridge ? (['glasses'] as const) : []),
  ];
}

/** How dark the darkest line across the nose is, from between the brows down: 0 to 1, as a part of the nose's brightness. */
function bridge(at: (x: number, y: number) => number, mesh: SeenFace['mesh']): number {
  const [top, low] = [meshPoint(mesh, 168), meshPoint(mesh, 195)];
  const [left, right] = [meshPoint(mesh, 133), meshPoint(mesh, 362)];
  const half = Math.hypot(left.x - right.x, left.y - right.y) * 0.12;
  const above = 0.5;
  const rows = 30;
  const profile = Array.from({ length: rows + 1 }, (_, row) => {
    const part = (row / rows) * (1 + above) - above;
    const x = top.x + (low.x - top.x) * part;
    const y = top.y + (low.y - top.y) * part;
    let sum = 0;
    let count = 0;
    for (let aside = -half; aside <= half; aside += 0.5, count++) sum += at(x + aside * Math.cos(mesh.angle), y + aside * Math.sin(mesh.angle));
    return sum / count;
  });
  const mean = profile.reduce((sum, value) => sum + value, 0) / profile.length;
  let dip = 0;
  for (const reach of [2, 3, 4])
    for (let row = reach; row <= rows - reach; row++)
      dip = Math.max(dip, Math.min(profile[row - reach] ?? 0, profile[row + reach] ?? 0) - (profile[row] ?? 0));
  return mean ? dip / mean : 0;
}

function posture({ mesh }: SeenFace, { yaw, width }: FacePose, step: LookDocument['step'], front: FacePose | null): LookProblem[] {
  const { frontalYaw, frontalPitch, turnedLeast, turnedMost, closer, closerOfPicture } = faceLookThresholds;
  if (step === 'left' || step === 'right') {
    // The student's own left is the picture's right, and yaw grows to the picture's left.
    const turned = (yaw - (front?.yaw ?? 0)) * (step === 'right' ? 1 : -1);
    if (turned > turnedMost) return ['turned-too-far'];
    if (turned < -turnedLeast) return ['wrong-way'];
    return turned < turnedLeast ? ['not-turned'] : [];
  }
  const away = Math.abs(yaw) > frontalYaw || Math.abs(headPose(mesh).pitch) > frontalPitch;
  const far = step === 'closer' && width < Math.min((front?.width ?? 1) * closer, closerOfPicture);
  return [...(away ? (['turned-away'] as const) : []), ...(far ? (['not-closer'] as const) : [])];
}
