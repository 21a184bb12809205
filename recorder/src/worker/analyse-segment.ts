import { Sidecar, VigilError, type SegmentDocument } from '@vigil/protocol';
import { segmentFile } from '../capture/segment-path.js';
import { analyseFile, type Observation } from './analyse-file.js';
import type { Detectors } from './detectors/all.js';

/**
 * Finds a segment's file and analyses it.
 * @param folder `<data>/segments`
 * @throws {VigilError} as `analyseFile`, and `badInput` for a document that is not a segment's.
 */
export async function analyseSegment(
  document: SegmentDocument,
  folder: string,
  detectors: Detectors,
  signal: AbortSignal,
): Promise<Observation[]> {
  const parsed = Sidecar.safeParse(document);
  if (!parsed.success) throw new VigilError('badInput', `The segment's entry in the database is not as expected: ${parsed.error.issues[0]?.path.join('.') ?? ''}.`);
  const { track, startMs, durationMs, video, audio, gaps } = parsed.data;
  return analyseFile(
    {
      file: segmentFile(folder, parsed.data),
      track,
      video: video?.frames ? video : undefined,
      audio: Boolean(audio?.frames),
      durationMs,
      gaps: gaps
        .filter(({ source }) => source !== 'microphone')
        .map((gap) => ({ startMs: gap.startMs - startMs, endMs: gap.endMs - startMs })),
    },
    detectors,
    signal,
  );
}
