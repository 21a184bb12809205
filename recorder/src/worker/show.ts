import { VigilError, type FindingKind, type Track } from '@vigil/protocol';
import type { Judged } from './judge.js';
import { decodeFrame, decodeSound } from './media/decode.js';
import { drawFrame, drawNothing, drawWaveform } from './media/evidence.js';

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

const heard: ReadonlySet<FindingKind> = new Set(['speech', 'voices-several', 'sound-clipped']);

export const evidenceTypeOf = ({ kind }: Pick<Judged, 'kind'>): EvidenceType => (heard.has(kind) ? 'waveform' : 'frame');

/** The segment in which an observation shows best, if any. */
export function segmentOf(judged: Judged, segments: readonly ShownSegment[]): ShownSegment | undefined {
  const { track, shownAtMs } = judged;
  const sound = evidenceTypeOf(judged) === 'waveform';
  const away = (one: ShownSegment): number => Math.max(one.startMs - shownAtMs, shownAtMs - one.startMs - one.durationMs, 0);
  const [segment] = segments
    .filter((one) => one.track === track && (sound ? one.audio : one.video) && away(one) < 5_000)
    .sort((a, b) => away(a) - away(b));
  return segment;
}

/**
 * Draws what shows an observation, from the segment in which it shows best. Where that cannot be decoded any more it is a grey
 * picture: the finding stands without it.
 * @throws {VigilError} `internal` ffmpeg cannot be started.
 */
export async function show(judged: Judged, segments: readonly ShownSegment[], signal?: AbortSignal): Promise<Buffer> {
  const { shownAtMs, startMs, endMs } = judged;
  const sound = evidenceTypeOf(judged) === 'waveform';
  const segment = segmentOf(judged, segments);
  try {
    if (!segment) return await drawNothing();
    if (!sound) return await drawFrame(await decodeFrame(segment, shownAtMs - segment.startMs, signal));
    const samples = await decodeSound(segment, signal);
    return await drawWaveform(samples, startMs - segment.startMs, endMs - segment.startMs);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof VigilError && error.reason === 'badInput') return drawNothing();
    throw error;
  }
}
