import type { AttemptTimeline } from '@vigil/protocol';
import { joinRanges, type Range } from './ranges.js';

/** So much before and after a finding is played, ms. */
const AROUND_MS = 5_000;
/** Before and after somebody speaks, ms. */
const AROUND_SPEECH_MS = 2_000;
/** Of a gap that is longer than this, its beginning is shown, ms. */
const LONG_GAP_MS = 5_000;
const GAP_SHOWN_MS = 3_000;
/** What would be skipped must be longer than this: a jump is worse than a short wait, ms. */
const LEAST_MS = 5_000;

/**
 * What is played where quiet parts are skipped, in the attempt's time: findings and speech with some seconds around them, where a longer
 * gap begins, and what is not analysed, for nobody knows what is in there.
 * @param speech where somebody speaks, as far as it is known
 */
export function worthPlaying({ startMs: originMs, endMs, tracks, incidents }: Pick<AttemptTimeline, 'startMs' | 'endMs' | 'tracks' | 'incidents'>, speech: readonly Range[]): Range[] {
  const around = (fromMs: number, toMs: number, ms: number): Range => ({ fromMs: fromMs - ms, toMs: toMs + ms });
  const segments = tracks.flatMap((track) => track.segments);
  const all = [
    ...incidents.map((one) => around(one.startMs - originMs, one.endMs - originMs, AROUND_MS)),
    ...speech.map(({ fromMs, toMs }) => around(fromMs, toMs, AROUND_SPEECH_MS)),
    ...tracks
      .flatMap(({ gaps }) => gaps)
      .filter((gap) => gap.endMs - gap.startMs > LONG_GAP_MS)
      .map((gap) => around(gap.startMs - originMs, gap.startMs - originMs, GAP_SHOWN_MS)),
    ...segments.filter(({ analysis }) => analysis !== 'done').map(({ startMs, durationMs }) => ({ fromMs: startMs - originMs, toMs: startMs - originMs + durationMs })),
  ];
  const lengthMs = endMs - originMs;
  const inside = all.map(({ fromMs, toMs }) => ({ fromMs: Math.max(0, fromMs), toMs: Math.min(lengthMs, toMs) })).filter(({ fromMs, toMs }) => toMs > fromMs);
  const joined = joinRanges(inside.sort((a, b) => a.fromMs - b.fromMs), LEAST_MS);
  // The same holds before the first one and after the last one.
  const [first, last] = [joined.at(0), joined.at(-1)];
  if (first && first.fromMs < LEAST_MS) first.fromMs = 0;
  if (last && lengthMs - last.toMs < LEAST_MS) last.toMs = lengthMs;
  return joined;
}

/** The quiet part around a position, up to the attempt's end; undefined where it is worth playing. */
export function quietAt(played: readonly Range[], positionMs: number, lengthMs: number): Range | undefined {
  if (played.some(({ fromMs, toMs }) => fromMs <= positionMs && positionMs < toMs)) return undefined;
  const next = played.find(({ fromMs }) => fromMs > positionMs);
  const before = played.findLast(({ toMs }) => toMs <= positionMs);
  const quiet = { fromMs: before?.toMs ?? 0, toMs: next?.fromMs ?? lengthMs };
  return positionMs < lengthMs ? quiet : undefined;
}
