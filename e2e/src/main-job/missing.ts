import type { Source } from '@vigil/protocol';
import type { Captured, CaptureTruth } from '../clock/capture-truth.js';
import { burstTimes, match, missingSeconds, type Span } from './compare.js';
import { type Recording, soundOf } from './recording.js';

/** A second of which the browser captured less than this does not count, ms: it may have been killed in it. */
const mostOfASecondMs = 500;

/**
 * The seconds that the browser captured and that are not in the record, given by their begin, server wall clock, ms.
 * @param aheadMs by how much the browser's clock is ahead of the server's
 */
export function missingFrom(recording: Recording, truth: CaptureTruth, window: Span, aheadMs = 0): Record<Source, number[]> {
  const times = (list: readonly { atMs: number }[]): number[] => list.map(({ atMs }) => atMs);
  const captured = (list: Captured[][]): Captured[] => list.flat().map(({ atMs, code }) => ({ atMs: atMs - aheadMs, code }));
  const sound = soundOf(recording.webcam);
  const heard = match(sound.bursts, captured(truth.microphone));
  return {
    webcam: missingSeconds(times(recording.webcam.flatMap(({ frames }) => frames)), times(captured(truth.webcam)), window, mostOfASecondMs),
    // A burst that is cut in two by the border of two pieces is still heard.
    microphone: missingSeconds([...burstTimes(heard, window), ...sound.loud], burstTimes(captured(truth.microphone), window), window),
    screen: missingSeconds(standing(recording.screen), times(captured(truth.screen)), window, mostOfASecondMs),
  };
}

/** In words, in seconds from `fromMs`. */
export const whereOf = (missing: Record<Source, number[]>, fromMs: number): string =>
  Object.entries(missing)
    .filter(([, seconds]) => seconds.length)
    .map(([source, seconds]) => `${source} at ${seconds.map((second) => Math.round((second - fromMs) / 1_000)).join(', ')} s`)
    .join('; ');

/** A screen's picture stands until the next one, or its segment's end: every half second of that counts. */
function standing(segments: Recording['screen']): number[] {
  return segments.flatMap(({ sidecar, frames }) =>
    frames.flatMap(({ atMs }, index) => {
      const untilMs = frames[index + 1]?.atMs ?? sidecar.startMs + sidecar.durationMs;
      return Array.from({ length: Math.max(1, Math.ceil((untilMs - atMs) / 500)) }, (_, i) => atMs + i * 500);
    }),
  );
}
