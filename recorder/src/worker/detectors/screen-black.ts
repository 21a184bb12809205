import { brightnessOf } from '../media/frame.js';
import type { FrameDetector } from './detector.js';

const thresholds = { mean: 8, deviation: 6 };

/** Nothing to see: a dark page with words on it is not black. */
export const isBlackScreen = ({ mean, deviation }: { mean: number; deviation: number }): boolean =>
  mean < thresholds.mean && deviation < thresholds.deviation;

/** The screen's picture is black, as when the sharing is blocked or the display is off. */
export function screenBlackDetector(): FrameDetector {
  return {
    stamp: { name: 'screen-black', version: '1', model: 'none', thresholds },
    track: 'screen',
    begin: () => (frame) => {
      const brightness = brightnessOf(frame);
      return isBlackScreen(brightness) ? [{ kind: 'screen-black', score: 1 - brightness.mean / 255 }] : [];
    },
  };
}
