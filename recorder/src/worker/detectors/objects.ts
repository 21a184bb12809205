import { z } from 'zod';
import { detectWithCenterNet } from '../models/center-net.js';
import type { Model } from '../models/load.js';
import { detectObjects } from '../models/nano-det.js';
import type { DetectedObject } from '../models/coco.js';
import { frameDetector, type Detector } from './detector.js';
import { isBlack } from './picture.js';
import { partDifferenceOf } from './signature.js';
import { stretchesOf } from './stretches.js';

/**
 * `phone`: by NanoDet alone; `confirm`: from here on CenterNet is asked as well, and the mean of both must reach `both`.
 * `changed`: how much a part of the picture must change, of 255, to be looked at before its turn.
 */
const thresholds = { phone: 0.55, confirm: 0.3, both: 0.5, person: 0.5, book: 0.55, screen: 0.5, changed: 24 };

const Sample = z.object({
  phone: z.number(),
  /** CenterNet's score; null: not asked. */
  phoneToo: z.number().nullable(),
  /** Of the second person. */
  person: z.number(),
  book: z.number(),
  screen: z.number(),
  /** Faces in the same picture. */
  faces: z.number().int(),
});
type Sample = z.infer<typeof Sample>;

const classes = ['cell phone', 'person', 'book', 'tv', 'laptop'] as const;
/** So long at least is between two looks where nothing was, ms: every sixth second. */
const everyMs = 5_500;

/** Things that an exam may not allow: a phone, a book, another screen; and another person whose face is not seen. */
export function objectsDetector(nanoDet: Model, centerNet: Model): Detector {
  return frameDetector({
    stamp: { name: 'objects', version: '3', model: `${nanoDet.label}, ${centerNet.label}`, thresholds },
    track: 'webcam',
    sample: Sample,
    look: () => {
      let lookedAtMs = -Infinity;
      let quiet = false;
      let before: Float32Array | undefined;
      return async (look) => {
        if (!look.isDue) return undefined;
        const changed = !before || partDifferenceOf(before, look.signature) > thresholds.changed;
        if (quiet && !changed && look.timeMs - lookedAtMs < everyMs) return undefined;
        [lookedAtMs, before] = [look.timeMs, look.signature];
        if (isBlack(look.brightness)) {
          quiet = true;
          return { phone: 0, phoneToo: null, person: 0, book: 0, screen: 0, faces: 0 };
        }
        const seen = await detectObjects(nanoDet, look.frame, { minimum: 0.2, classes });
        const best = (...labels: DetectedObject['label'][]): number[] =>
          seen.filter(({ label }) => labels.includes(label)).map(({ score }) => Math.round(score * 1_000) / 1_000).sort((a, b) => b - a);
        const phone = best('cell phone')[0] ?? 0;
        const asked = phone > thresholds.confirm && phone < thresholds.phone;
        const too = asked ? await detectWithCenterNet(centerNet, look.frame, { minimum: 0.05, classes: ['cell phone'] }) : undefined;
        const sample: Sample = {
          phone,
          phoneToo: too ? Math.round(Math.max(0, ...too.map(({ score }) => score)) * 1_000) / 1_000 : null,
          person: best('person')[1] ?? 0,
          book: best('book')[0] ?? 0,
          screen: best('tv', 'laptop')[0] ?? 0,
          faces: (await look.faces()).sure.length,
        };
        quiet = phone < thresholds.confirm && sample.person < thresholds.person && sample.book < thresholds.book;
        if (!quiet) look.hurry();
        return sample;
      };
    },
    judge: (samples) => [
      ...stretchesOf('phone', samples, phoneScore),
      ...stretchesOf('person-several', samples, ({ person, faces }) => (person > thresholds.person && faces < 2 ? person : undefined)),
      ...stretchesOf('book', samples, ({ book }) => (book > thresholds.book ? book : undefined)),
      ...stretchesOf('second-screen', samples, ({ screen }) => (screen > thresholds.screen ? screen : undefined)),
    ],
  });
}

function phoneScore({ phone, phoneToo }: Sample): number | undefined {
  if (phone > thresholds.phone) return phone;
  const both = phoneToo === null ? 0 : (phone + phoneToo) / 2;
  return both > thresholds.both ? both : undefined;
}
