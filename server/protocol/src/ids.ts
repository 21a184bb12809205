import { z } from 'zod';

/** A document's id: 24 hexadecimal digits, as MongoDB's ObjectId prints itself. */
export const Id = z.string().regex(/^[0-9a-f]{24}$/);
export type Id = z.infer<typeof Id>;

/** What a browser sends. One mediasoup producer each. */
export const Source = z.enum(['webcam', 'microphone', 'screen']);
export type Source = z.infer<typeof Source>;

/** A group of files on disk: `webcam` holds the webcam's picture and the microphone's sound, `screen` the screen's picture. */
export const Track = z.enum(['webcam', 'screen']);
export type Track = z.infer<typeof Track>;

/** The track that a source is written to. */
export const trackOf = (source: Source): Track => (source === 'screen' ? 'screen' : 'webcam');

/**
 * A segment's id: `<attempt>-<track>-<epoch>-<sequence>`. It follows from the file's path alone,
 * so that the index can be rebuilt from files, and indexing a file twice changes nothing.
 */
export const SegmentId = z
  .string()
  .regex(/^[0-9a-f]{24}-(webcam|screen)-\d{1,15}-\d{1,6}$/);
export type SegmentId = z.infer<typeof SegmentId>;

export const segmentId = (segment: {
  attempt: Id;
  track: Track;
  epoch: number;
  sequence: number;
}): SegmentId => `${segment.attempt}-${segment.track}-${segment.epoch}-${segment.sequence}`;
