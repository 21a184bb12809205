import { z } from 'zod';
import { Id, Track } from './ids.js';

/** What a detector can say that it saw or heard. Evidence for a person, never a verdict. */
export const FindingKind = z.enum([
  'face-absent',
  'faces-several',
  /** Another person in the picture, whose face is not seen. */
  'person-several',
  'other-person',
  'looking-away',
  'phone',
  'book',
  'second-screen',
  'speech',
  /** More than one person speaks. */
  'voices-several',
  /** A camera that a program makes: told by its name. */
  'virtual-camera',
  /** Black or covered: nothing can be seen. */
  'camera-black',
  'camera-frozen',
  'camera-looped',
  'screen-black',
  'screen-frozen',
  /** Words or sites on the screen that the exam's rules name. */
  'screen-words',
  /** The screen shows another program or page at once. */
  'screen-switched',
  /** Less than the whole screen is shared, where the exam asks for all of it. */
  'screen-surface',
  'second-monitor',
  'page-left',
  'fullscreen-left',
  'copy',
  'paste',
  'device-changed',
  'developer-tools',
  /** Quality: what could not be judged, and why. It is kept apart from the rest and never raises a rank. */
  'camera-dark',
  'camera-blurred',
  /** A face is there, but too small, cut off or turned away to be compared or followed. */
  'face-unclear',
  'sound-clipped',
]);
export type FindingKind = z.infer<typeof FindingKind>;

const quality: ReadonlySet<FindingKind> = new Set(['camera-dark', 'camera-blurred', 'face-unclear', 'sound-clipped']);

/** Whether a finding only says that something could not be judged. */
export const isQuality = (kind: FindingKind): boolean => quality.has(kind);

/** What made a finding, so that it can be made again. */
export const DetectorStamp = z.object({
  name: z.string(),
  version: z.string(),
  /** File name and the first 12 digits of its SHA-256, or `none` where no model is used. */
  model: z.string(),
  /** Named thresholds in force. */
  thresholds: z.record(z.string(), z.number()),
});
export type DetectorStamp = z.infer<typeof DetectorStamp>;

/** One detector's observation in an attempt's record; `incidentsOf` says which of them a person is shown. */
export const Finding = z.object({
  /** `<attempt>-<kind>-<startMs>`: the same record analysed again gives the same ids. */
  _id: z.string(),
  attempt: Id,
  /** The recording that shows it; of what the browser noticed: the screen's, of its camera the webcam's. */
  track: Track,
  kind: FindingKind,
  /** Server wall clock, ms since 1970. */
  startMs: z.number(),
  endMs: z.number(),
  /** Mean score over the interval, 0 to 1. */
  confidence: z.number().min(0).max(1),
  /** What exactly, e.g. a device's name, or which words of the rules; see `joinDetails`. */
  detail: z.string().max(200).optional(),
  detector: DetectorStamp,
  /** File under `<data>/evidence/` that shows it: a frame (JPEG) or a waveform (PNG). */
  evidence: z.object({ type: z.enum(['frame', 'waveform']), file: z.string() }),
});
export type Finding = z.infer<typeof Finding>;
