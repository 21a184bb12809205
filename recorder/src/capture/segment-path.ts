import { join, sep } from 'node:path';
import { Id, Track } from '@vigil/protocol';

/** What names a segment. */
export interface SegmentKey {
  attempt: Id;
  track: Track;
  epoch: number;
  sequence: number;
}

/** Ends of the names of a segment's files: whole, being written, and the sidecar of both. */
export const ENDINGS = { media: '.webm', part: '.webm.part', sidecar: '.json' } as const;

const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** `<folder>/<attempt>/<track>`. Throws a RangeError for what is not an attempt's id or a track, so that no path leaves the folder. */
export function trackFolder(folder: string, attempt: string, track: string): string {
  if (!Id.safeParse(attempt).success || !Track.safeParse(track).success)
    throw new RangeError('Not the name of a segment.');
  return join(folder, attempt, track);
}

/**
 * The file of a segment: `<folder>/<attempt>/<track>/<epoch>-<sequence><ending>`.
 * @throws {RangeError} when the key is not one.
 */
export function segmentFile(
  folder: string,
  { attempt, track, epoch, sequence }: SegmentKey,
  ending: (typeof ENDINGS)[keyof typeof ENDINGS] = ENDINGS.media,
): string {
  if (!whole(epoch) || !whole(sequence)) throw new RangeError('Not the name of a segment.');
  return join(trackFolder(folder, attempt, track), `${epoch}-${sequence}${ending}`);
}

/** The key in a segment's path (any ending), or undefined when it is none. The reverse of `segmentFile`. */
export function segmentKeyOf(folder: string, file: string): SegmentKey | undefined {
  const root = join(folder, sep);
  if (!file.startsWith(root)) return undefined;
  const match =
    /^([0-9a-f]{24})[\\/](webcam|screen)[\\/](0|[1-9]\d{0,14})-(0|[1-9]\d{0,5})(\.webm|\.webm\.part|\.json)$/.exec(
      file.slice(root.length),
    );
  if (!match) return undefined;
  const [, attempt, track, epoch, sequence] = match as unknown as [string, string, Track, string, string];
  return { attempt, track, epoch: Number(epoch), sequence: Number(sequence) };
}
