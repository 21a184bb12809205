import type { FindingKind } from '@vigil/protocol';
import { cameraFps } from '../clock/camera-clip.js';
import type { Captured, CaptureTruth } from '../clock/capture-truth.js';
import type { Happened } from '../clock/scenes.js';
import type { Spoken } from '../clock/sound-clip.js';
import { burstRange } from '../clock/sound-code.js';
import { median, type Span } from './compare.js';

/** Something that is in the record, in wall clock ms. */
export interface TruthEvent extends Span {
  kind: FindingKind;
}

/** When second 0 of the camera's clip was played, for each time the camera was open. */
function clipStarts(webcam: readonly Captured[][]): { atMs: number; span: Span }[] {
  return webcam.flatMap((run) =>
    run.length
      ? [{
          atMs: median(run.flatMap(({ atMs, code }) => (code === null ? [] : atMs - (code * 1000) / cameraFps))),
          span: { fromMs: run[0]!.atMs, toMs: run.at(-1)!.atMs },
        }]
      : [],
  ); // prettier-ignore
}

/**
 * When second 0 of the sound was played, for each time the microphone was open. Bursts tell the second modulo 16 only:
 * the first ones belong to the clip's first 16 s, and a track that goes on where another was shares its start.
 */
function soundStarts(microphone: readonly Captured[][]): { atMs: number; span: Span }[] {
  const period = burstRange * 1000;
  const starts: { atMs: number; span: Span }[] = [];
  for (const run of microphone) {
    const first = run.slice(1, 6);
    if (!first.length) continue;
    // Each burst gives a start, up to whole periods; near the first one they can be compared.
    const base = first[0]!.atMs - (first[0]!.code ?? 0) * 1000;
    const near = (atMs: number, to: number): number => atMs - Math.round((atMs - to) / period) * period;
    const own = median(first.map(({ atMs, code }) => near(atMs - (code ?? 0) * 1000, base)));
    const earlier = starts.find(({ atMs }) => Math.abs(near(own, atMs) - atMs) < 150);
    starts.push({ atMs: earlier?.atMs ?? own, span: { fromMs: run[0]!.atMs, toMs: run.at(-1)!.atMs } });
  }
  return starts;
}

const clip = (event: TruthEvent, { fromMs, toMs }: Span): TruthEvent[] => {
  const clipped = { ...event, fromMs: Math.max(event.fromMs, fromMs), toMs: Math.min(event.toMs, toMs) };
  return clipped.toMs > clipped.fromMs ? [clipped] : [];
};

/** What happened, by the browser's own notes, within the recorded window. */
export function truthEvents(
  truth: Pick<CaptureTruth, 'webcam' | 'microphone'>,
  clips: { camera: readonly Happened[]; speech: readonly Spoken[]; black: Span },
  window: Span,
): TruthEvent[] {
  const at = (start: { atMs: number; span: Span }, kind: FindingKind, from: number, to: number): TruthEvent[] =>
    clip({ kind, fromMs: start.atMs + from * 1000, toMs: start.atMs + to * 1000 }, start.span);
  const events = [
    ...clipStarts(truth.webcam).flatMap((start) => clips.camera.flatMap(({ kind, from, to }) => at(start, kind, from, to))),
    ...soundStarts(truth.microphone).flatMap((start) => clips.speech.flatMap(({ from, to }) => at(start, 'speech', from, to))),
    { kind: 'screen-black' as const, ...clips.black },
  ];
  return events.flatMap((event) => clip(event, window)).sort((a, b) => a.fromMs - b.fromMs);
}
