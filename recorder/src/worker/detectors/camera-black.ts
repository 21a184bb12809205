import { brightnessOf } from '../media/frame.js';
import type { FrameDetector } from './detector.js';

const thresholds = { mean: 16, deviation: 8 };

/** Dark everywhere, with next to nothing to see in it. */
export const isBlack = ({ mean, deviation }: { mean: number; deviation: number }): boolean =>
  mean < thresholds.mean && deviation < thresholds.deviation;

/** The webcam's picture is black: covered, switched off by a slide, or in the dark. */
export function cameraBlackDetector(): FrameDetector {
  return {
    stamp: { name: 'camera-black', version: '1', model: 'none', thresholds },
    track: 'webcam',
    begin: () => (frame) => {
      const brightness = brightnessOf(frame);
      return isBlack(brightness) ? [{ kind: 'camera-black', score: 1 - brightness.mean / 255 }] : [];
    },
  };
}
