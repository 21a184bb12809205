import { z } from 'zod';
import { frameDetector, type Detector } from './detector.js';
import { isBlackScreen } from './screen-black.js';
import { stretchesOf } from './stretches.js';

/**
 * `difference`: how much one of the small picture's pixels must change, of 255. A caret or a clock's digit changes one by
 * 30 and more; a codec's key frame without a change, by less than 10.
 * `confidence` is low by design: a still screen is normal while someone reads. `minimumMs`: shorter ones are every pause in typing.
 */
const thresholds = { difference: 16, confidence: 0.3, minimumMs: 30_000 };

/** The screen shows the same as in the frame before: no caret, no pointer, no clock moved. */
export function screenFrozenDetector(): Detector {
  return frameDetector({
    stamp: { name: 'screen-frozen', version: '3', model: 'none', thresholds },
    track: 'screen',
    /** Whether it is the same as before. */
    sample: z.boolean(),
    look: () => {
      let before: Uint8Array | undefined;
      return ({ luma, brightness }) => {
        const last = before;
        before = luma;
        // Nothing is known of the time before the first frame; a segment that stays as it begins is still throughout.
        const changed = last?.some((value, pixel) => Math.abs(value - (luma[pixel] ?? 0)) >= thresholds.difference);
        // A black screen is screen-black's to say.
        return !changed && !isBlackScreen(brightness);
      };
    },
    judge: (samples) => stretchesOf('screen-frozen', samples, (still) => (still ? thresholds.confidence : undefined), thresholds.minimumMs),
  });
}
