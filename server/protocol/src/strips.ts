import { z } from 'zod';
import { SegmentId } from './ids.js';

/** Each so many ms of a picture have a thumbnail. */
export const thumbnailMs = 10_000;
/** Each byte of a waveform stands for so many ms of sound. */
export const peakMs = 200;

/** Thumbnails of a segment, one below the other in one JPEG, each of this size in pixels. */
const Pictures = z.object({
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** When each stood there, rising. */
  timesMs: z.array(z.number().nonnegative()).min(1),
});

const Sound = z.object({
  /** Base64 of a byte for each `peakMs`: 255 times the root of the loudest sample, of 1. */
  peaks: z.base64(),
  /** Where somebody speaks: `[fromMs, toMs]`; not sent where the rules do not look for speech. */
  speech: z.array(z.tuple([z.number(), z.number()])).optional(),
});

/** What a segment looks and sounds like at a glance. The recorder worker makes it while it measures. Times are ms from the file's time zero. */
export const Strip = z.object({
  version: z.literal(1),
  /** Of the segment's file that it was made of. */
  sha256: z.string(),
  pictures: Pictures.optional(),
  sound: Sound.optional(),
});
export type Strip = z.infer<typeof Strip>;

/** Of those segments of an attempt that have one; older ones do not. The thumbnails themselves are at `/api/segments/<id>/strip`. */
export const AttemptStrips = z.object({ segments: z.array(Strip.omit({ version: true, sha256: true }).extend({ id: SegmentId })) });
export type AttemptStrips = z.infer<typeof AttemptStrips>;

/** The names of a segment's strip and of its thumbnails, in the attempt's folder of measurements. */
export const stripFiles = (segment: string): { strip: string; pictures: string } => ({ strip: `${segment}.strip.json`, pictures: `${segment}.strip.jpg` });
