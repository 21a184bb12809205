import type { FindingKind } from '@vigil/protocol';
import { cameraFps } from '../clock/camera-clip.js';
import type { Captured, CaptureTruth } from '../clock/capture-truth.js';
import type { Happened } from '../clock/scenes.js';
import type { Spoken } from '../clock/sound-clip.js';
import { burstRange } from '../clock/sound-code.js';
import { medianOf } from '@vigil/protocol';
import { type Span } from './compare.js';

/** Something that is in the record, in wall clock ms. */
export interface TruthEvent extends Span {
  kind: FindingKind;
}

/** Tells when a second of a clip was played, wall clock ms, while a device was open. */
interface Played {
  when: (second: number) => number;
  span: Span;
}

/** By the frame that was captured last before: on a busy machine a fake camera plays slower than it should. */
function pictures(webcam: readonly Captured[][]): Played[] {
  return webcam.flatMap((run) => {
    const frames = run.flatMap(({ atMs, code }) => (code === null ? [] : [{ atMs, code }]));
    const [first, last] = [run[0], run.at(-1)];
    if (!frames.length || !first || !last) return [];
    const when = (second: number): number => {
      const code = second * cameraFps;
      const near = frames.findLast((frame) => frame.code <= code) ?? frames[0]!;
      const next = frames.find((frame) => frame.code >= code) ?? near;
      // Where no code is shown, as in black, the nearer of the two counts.
      const { atMs, code: from } = code - near.code <= next.code - code ? near : next;
      return atMs + ((code - from) * 1000) / cameraFps;
    };
    return [{ when, span: { fromMs: first.atMs, toMs: last.atMs } }];
  });
}

/**
 * When second 0 of the sound was played, for each time the microphone was open. Bursts tell the second modulo 16 only:
 * the first ones belong to the clip's first 16 s, and a track that goes on where another was shares its start.
 */
function sounds(microphone: readonly Captured[][]): Played[] {
  const period = burstRange * 1000;
  const starts: { atMs: number; span: Span }[] = [];
  for (const run of microphone) {
    const first = run.slice(1, 6);
    if (!first.length) continue;
    // Each burst gives a start, up to whole periods; near the first one they can be compared.
    const base = first[0]!.atMs - (first[0]!.code ?? 0) * 1000;
    const near = (atMs: number, to: number): number => atMs - Math.round((atMs - to) / period) * period;
    const own = medianOf(first.map(({ atMs, code }) => near(atMs - (code ?? 0) * 1000, base)));
    const earlier = starts.find(({ atMs }) => Math.abs(near(own, atMs) - atMs) < 150);
    starts.push({ atMs: earlier?.atMs ?? own, span: { fromMs: run[0]!.atMs, toMs: run.at(-1)!.atMs } });
  }
  return starts.map(({ atMs, span }) => ({ when: (second) => atMs + second * 1000, span }));
}

const clip = (event: TruthEvent, { fromMs, toMs }: Span): TruthEvent[] => {
  const clipped = { ...event, fromMs: Math.max(event.fromMs, fromMs), toMs: Math.min(event.toMs, toMs) };
  return clipped.toMs > clipped.fromMs ? [clipped] : [];
};

/** What happened, by the browser's own notes, within the recorded window. */
export function truthEvents(
  truth: Pick<CaptureTruth, 'webcam' | 'microphone'>,
  clips: { camera: readonly Happened[]; speech: readonly Spoken[]; black: Span; turnedMs?: readonly number[] },
  window: Span,
): TruthEvent[] {
  const at = ({ when, span }: Played, kind: FindingKind, from: number, to: number): TruthEvent[] =>
    clip({ kind, fromMs: when(from), toMs: when(to) }, span);
  const events = [
    ...pictures(truth.webcam).flatMap((played) => clips.camera.flatMap(({ kind, from, to }) => at(played, kind, from, to))),
    ...sounds(truth.microphone).flatMap((played) => clips.speech.flatMap(({ from, to }) => at(played, 'speech', from, to))),
    { kind: 'screen-black' as const, ...clips.black },
    // Too short to be asked for: it may be found, or not.
    ...(clips.turnedMs ?? []).map((atMs) => ({ kind: 'screen-switched' as const, fromMs: atMs, toMs: atMs + 1_000 })),
  ];
  return events.flatMap((event) => clip(event, window)).sort((a, b) => a.fromMs - b.fromMs);
}
