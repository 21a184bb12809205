import type { Gap, Source, Track } from '@vigil/protocol';
import { HOLE_MS } from '../capture/source-recorder.js';
import type { Frame } from './open-piece.js';

/** A stretch of time, server wall clock, ms. */
export interface Stretch {
  startMs: number;
  endMs: number;
}

/** A source's first frame says nothing of the time before it; sources may only start a little apart, ms. */
const lateMs = 500;

const isOf = (source: Source, { kind }: Frame): boolean => (kind === 'sound') === (source === 'microphone');

/** The sources that these frames of a track are of. */
export const sourcesIn = (track: Track, frames: readonly Frame[]): Source[] =>
  (track === 'screen' ? (['screen'] as const) : (['webcam', 'microphone'] as const)).filter((source) => frames.some((frame) => isOf(source, frame)));

/**
 * Where frames show a source, by the rules of the live recording: a camera's pictures and a microphone's packets must follow each
 * other, while a screen may stand still as long as the browser was there.
 * @param frames in order of time.
 */
export function heldBy(source: Source, frames: readonly Frame[], { startMs, endMs }: Stretch): Stretch[] {
  const held: Stretch[] = [];
  for (const frame of frames) {
    if (!isOf(source, frame)) continue;
    const fromMs = frame.timeMs;
    const toMs = Math.min(endMs, frame.kind === 'sound' ? fromMs + frame.durationMs : fromMs);
    const last = held.at(-1);
    if (last && fromMs - last.endMs <= HOLE_MS[source]) last.endMs = Math.max(last.endMs, toMs);
    else held.push({ startMs: !last && fromMs - startMs <= lateMs ? startMs : fromMs, endMs: toMs });
  }
  const last = held.at(-1);
  if (last && endMs - last.endMs <= HOLE_MS[source]) last.endMs = endMs;
  return held.filter((stretch) => stretch.endMs > stretch.startMs);
}

/** The rest of the span, for each source that the frames are of. */
export const gapsIn = (track: Track, frames: readonly Frame[], span: Stretch): Gap[] =>
  sourcesIn(track, frames).flatMap((source) => {
    const held = heldBy(source, frames, span);
    const begins = [span.startMs, ...held.map(({ endMs }) => endMs)];
    const ends = [...held.map(({ startMs }) => startMs), span.endMs];
    return begins
      .map((startMs, index): Gap => ({ source, startMs, endMs: ends[index] ?? span.endMs, cause: 'unknown' }))
      .filter(({ startMs, endMs }) => endMs > startMs);
  });
