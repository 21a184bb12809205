import { frameDetector, type Detector } from './detector.js';
import { each } from './look.js';
import { Picture, pictureThresholds, Visibility } from './picture.js';
import { stretchesOf } from './stretches.js';

/** Whether the webcam's picture shows anything: black or covered is a finding; dark or blurred only says that faces and things cannot be judged. */
export function cameraPictureDetector(): Detector {
  return frameDetector({
    stamp: { name: 'camera-picture', version: '3', model: 'none', thresholds: pictureThresholds },
    track: 'webcam',
    sample: Picture,
    look: () => {
      const due = each(500);
      return (look) => (due(look.timeMs) ? look.picture : undefined);
    },
    judge: (samples) => {
      const visibility = new Visibility(samples.map(({ value }) => value));
      return [
        ...stretchesOf('camera-black', samples, (picture) => (visibility.isNothing(picture) ? 1 - picture.deviation / 255 : undefined)),
        ...stretchesOf('camera-dark', samples, (picture) =>
          !visibility.isNothing(picture) && visibility.isDark(picture) ? 1 - picture.mean / 255 : undefined,
        ),
        ...stretchesOf('camera-blurred', samples, (picture) => {
          const blur = visibility.isNothing(picture) || visibility.isDark(picture) ? undefined : visibility.blurOf(picture);
          return blur === undefined ? undefined : 1 - blur;
        }),
      ];
    },
  });
}
