import { VigilError, type Track } from '@vigil/protocol';
import type { Judged } from './judge.js';
import { decodeFrame, decodeSound } from './media/decode.js';
import { drawFrame, drawWaveform } from './media/evidence.js';

/** A segment's file, as far as it is needed to show something of it. */
export interface ShownSegment {
  file: string;
  track: Track;
  /** Server wall clock, ms. */
  startMs: number;
  durationMs: number;
  video?: { width: number; height: number } | undefined;
  audio: boolean;
}

/** A frame is JPEG, a waveform PNG. */
export type EvidenceType = 'frame' | 'waveform';

export const evidenceTypeOf = ({ kind }: Pick<Judged, 'kind'>): EvidenceType => (kind === 'speech' || kind === 'sound-clipped' ? 'waveform' : 'frame');

/**
 * Draws what shows an observation, from the segment in which it shows best.
 * @throws {VigilError} `badInput` there is no such segment, or it cannot be decoded.
 */
export async function show(judged: Judged, segments: readonly ShownSegment[], signal?: AbortSignal): Promise<Buffer> {
  const { track, shownAtMs, startMs, endMs } = judged;
  const sound = evidenceTypeOf(judged) === 'waveform';
  const segment = segments.find(
    (one) => one.track === track && (sound ? one.audio : one.video) && shownAtMs >= one.startMs && shownAtMs <= one.startMs + one.durationMs,
  );
  if (!segment) throw new VigilError('badInput', 'What shows a finding is not in the record.');
  if (!sound) return drawFrame(await decodeFrame(segment, shownAtMs - segment.startMs, signal));
  const samples = await decodeSound(segment, signal);
  return drawWaveform(samples, startMs - segment.startMs, endMs - segment.startMs);
}
