import { z } from 'zod';
import { frameDetector, type Detector } from './detector.js';
import { stretchesOf } from './stretches.js';

const thresholds = { mean: 8, deviation: 6 };

/** Nothing to see: a dark page with words on it is not black. */
export const isBlackScreen = ({ mean, deviation }: { mean: number; deviation: number }): boolean =>
  mean < thresholds.mean && deviation < thresholds.deviation;

/** The screen's picture is black, as when the sharing is blocked or the display is off. */
export function screenBlackDetector(): Detector {
  return frameDetector({
    stamp: { name: 'screen-black', version: '3', model: 'none', thresholds },
    track: 'screen',
    /** Its mean brightness if it is black. */
    sample: z.number().nullable(),
    look: () => ({ brightness }) => (isBlackScreen(brightness) ? Math.round(brightness.mean) : null),
    judge: (samples) => stretchesOf('screen-black', samples, (mean) => (mean === null ? undefined : 1 - mean / 255)),
  });
}
