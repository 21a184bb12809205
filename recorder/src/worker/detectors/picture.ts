import { z } from 'zod';
import type { Frame } from '../media/frame.js';
import { medianOf } from './stretches.js';

/** What a picture is like as a whole. */
export const Picture = z.object({
  /** Mean brightness, 0 to 255, and its standard deviation. */
  mean: z.number(),
  deviation: z.number(),
  /** How much fine detail it has; see `sharpnessOf`. */
  sharpness: z.number(),
});
export type Picture = z.infer<typeof Picture>;

/**
 * `black`: dark with nothing in it. `flat`: covered, by a hand, tape or a slide that lets some light through; its detail is `flatSharpness`
 * at most, absolute or as a part of the usual. `dark`: as a mean of brightness. `blurred`: as a part of the usual
 * detail, while the picture still has so much of its usual `contrast`: an empty room has less of both.
 */
export const pictureThresholds = { blackMean: 16, blackDeviation: 8, flatDeviation: 12, flatSharpness: 0.6, flatShare: 0.1, darkMean: 32, blurred: 0.33, contrast: 0.6 };

/** Dark everywhere, with next to nothing to see in it. */
export const isBlack = ({ mean, deviation }: Pick<Picture, 'mean' | 'deviation'>): boolean =>
  mean < pictureThresholds.blackMean && deviation < pictureThresholds.blackDeviation;

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

/** How well an attempt's pictures show things: codecs and cameras differ, so that blurred is relative to what is usual. */
export class Visibility {
  readonly #sharpness: number;
  readonly #contrast: number;

  constructor(pictures: readonly Picture[]) {
    const lit = pictures.filter(({ mean, sharpness }) => mean >= pictureThresholds.darkMean && sharpness > pictureThresholds.flatSharpness);
    this.#sharpness = medianOf(lit.map(({ sharpness }) => sharpness));
    this.#contrast = medianOf(lit.map(({ deviation }) => deviation));
  }

  /** Black or covered. */
  isNothing(picture: Picture): boolean {
    const { flatDeviation, flatSharpness, flatShare } = pictureThresholds;
    return isBlack(picture) || (picture.deviation < flatDeviation && picture.sharpness < Math.max(flatSharpness, this.#sharpness * flatShare || 0));
  }

  isDark(picture: Picture): boolean {
    return picture.mean < pictureThresholds.darkMean;
  }

  /** Its detail as a part of the usual, if that is too little to see by; else undefined. */
  blurOf({ sharpness, deviation }: Picture): number | undefined {
    const share = sharpness / this.#sharpness;
    return share < pictureThresholds.blurred && deviation >= this.#contrast * pictureThresholds.contrast ? share : undefined;
  }

  /** Whether what a detector does not see in it may be there. */
  isPoor(picture: Picture): boolean {
    return this.isNothing(picture) || this.isDark(picture) || this.blurOf(picture) !== undefined;
  }
}
