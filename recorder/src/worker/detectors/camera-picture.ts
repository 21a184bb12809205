import { z } from 'zod';
import type { Frame } from '../media/frame.js';
import { frameDetector, type Detector } from './detector.js';
import { each } from './look.js';
import { medianOf, stretchesOf } from './stretches.js';

/**
 * `black`: dark with nothing in it. `flat`: covered, by a hand, tape or a slide that lets some light through; its detail is `flatSharpness`
 * at most, absolute or as a part of the usual. `dark`: as a mean of brightness. `blurred`: as a part of the usual
 * detail, while the picture still has so much of its usual `contrast`: an empty room has less of both.
 */
const thresholds = { blackMean: 16, blackDeviation: 8, flatDeviation: 12, flatSharpness: 0.6, flatShare: 0.1, darkMean: 42, blurred: 0.4, contrast: 0.6 };

/** Dark everywhere, with next to nothing to see in it. */
export const isBlack = ({ mean, deviation }: { mean: number; deviation: number }): boolean =>
  mean < thresholds.blackMean && deviation < thresholds.blackDeviation;

/**
 * How much fine detail a picture has: the mean absolute Laplacian of its brightness, in steps of the picture's 320th part, so that
 * pictures of different sizes compare.
 */
export function sharpnessOf({ width, height }: Pick<Frame, 'width' | 'height'>, luma: Uint8Array): number {
  const step = Math.max(1, Math.round(width / 320));
  let sum = 0;
  let count = 0;
  for (let y = step; y < height - step; y += step)
    for (let x = step; x < width - step; x += step) {
      const at = y * width + x;
      const around = (luma[at - step] ?? 0) + (luma[at + step] ?? 0) + (luma[at - step * width] ?? 0) + (luma[at + step * width] ?? 0);
      sum += Math.abs(around - 4 * (luma[at] ?? 0));
      count++;
    }
  return count ? sum / count : 0;
}

const Sample = z.object({ mean: z.number(), deviation: z.number(), sharpness: z.number() });
type Sample = z.infer<typeof Sample>;

const rounded = (value: number): number => Math.round(value * 100) / 100;

/**
 * Whether the webcam's picture shows anything: black or covered is a finding; dark or blurred only says that faces and things
 * cannot be judged. Blurred is relative to what is usual in the attempt, for codecs and cameras differ.
 */
export function cameraPictureDetector(): Detector {
  return frameDetector({
    stamp: { name: 'camera-picture', version: '1', model: 'none', thresholds },
    track: 'webcam',
    sample: Sample,
    look: () => {
      const due = each(500);
      return (look) => {
        if (!due(look.timeMs)) return undefined;
        const { mean, deviation } = look.brightness;
        return { mean: rounded(mean), deviation: rounded(deviation), sharpness: rounded(sharpnessOf(look.frame, look.luma)) };
      };
    },
    judge: (samples) => {
      const lit = samples.filter(({ value }) => value.mean >= thresholds.darkMean && value.sharpness > thresholds.flatSharpness);
      const usual = medianOf(lit.map(({ value }) => value.sharpness));
      const contrast = medianOf(lit.map(({ value }) => value.deviation));
      const isNothing = (value: Sample): boolean =>
        isBlack(value) || (value.deviation < thresholds.flatDeviation && value.sharpness < Math.max(thresholds.flatSharpness, usual * thresholds.flatShare || 0));
      return [
        ...stretchesOf('camera-black', samples, (value) => (isNothing(value) ? 1 - value.deviation / 255 : undefined)),
        ...stretchesOf('camera-dark', samples, (value) => (!isNothing(value) && value.mean < thresholds.darkMean ? 1 - value.mean / 255 : undefined)),
        ...stretchesOf('camera-blurred', samples, (value) =>
          !isNothing(value) &&
          value.mean >= thresholds.darkMean &&
          value.sharpness < usual * thresholds.blurred &&
          value.deviation >= contrast * thresholds.contrast
            ? 1 - value.sharpness / usual
            : undefined,
        ),
      ];
    },
  });
}
