import { happeningRules, VigilError, type DetectorStamp, type FindingKind, type Gap } from '@vigil/protocol';
import type { Detectors } from './detectors/all.js';
import { decode, type Decoded, type Source } from './media/decode.js';
import { drawFrame, drawWaveform } from './media/evidence.js';
import { SpanBuilder, type Span } from './media/spans.js';

/** What a detector found in one file; ms from the file's time zero. */
export interface Observation {
  kind: FindingKind;
  startMs: number;
  endMs: number;
  /** 0 to 1. */
  confidence: number;
  detector: DetectorStamp;
  /** What shows it: a frame is JPEG, a waveform PNG. */
  evidence: { type: 'frame' | 'waveform'; bytes: Buffer };
}

export interface FileToAnalyse extends Source {
  /** From the sidecar, ms. */
  durationMs?: number | undefined;
  /** Of the picture, ms from the file's time zero. */
  gaps?: readonly Pick<Gap, 'startMs' | 'endMs'>[];
}

/** A screen's frame stands until the next one comes, however late; a webcam that sends nothing is not known to see the same. */
const holdMs = { webcam: 2_000, screen: Infinity } as const;

/**
 * Decodes a file once and runs every detector of its track. The same file gives the same observations.
 * @throws {VigilError} `badInput` the file cannot be decoded; `internal` ffmpeg cannot be started.
 */
export async function analyseFile(source: FileToAnalyse, detectors: Detectors, signal?: AbortSignal): Promise<Observation[]> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const decoded = decode(source, either);
  try {
    const [seen, heard] = await Promise.all([look(source, decoded, detectors), listen(decoded.sound, detectors)]);
    return [...seen, ...heard].sort((a, b) => a.startMs - b.startMs || a.kind.localeCompare(b.kind));
  } catch (error) {
    stop.abort();
    signal?.throwIfAborted();
    throw error;
  }
}

async function look(source: FileToAnalyse, { frames, ended }: Decoded, { frames: all }: Detectors): Promise<Observation[]> {
  const { track, durationMs, gaps } = source;
  const running = all
    .filter((detector) => detector.track === track)
    .map(({ stamp, begin }) => ({
      stamp,
      see: begin(),
      spans: new SpanBuilder({ holdMs: holdMs[track], endMs: durationMs, gaps: gaps ?? [] }),
    }));
  let count = 0;
  let endMs = durationMs ?? 0;
  for await (const frame of frames) {
    count++;
    endMs = Math.max(endMs, frame.timeMs);
    for (const { see, spans } of running) spans.add(frame, await see(frame));
  }
  await ended;
  if (source.video && !count) throw new VigilError('badInput', 'No frame of the picture could be decoded.');
  const observations: Observation[] = [];
  for (const { stamp, spans } of running)
    for (const span of spans.end().filter((each) => isWorthKeeping(each, endMs))) {
      const { frame, ...observation } = span;
      observations.push({ ...observation, detector: stamp, evidence: { type: 'frame', bytes: await drawFrame(frame) } });
    }
  return observations;
}

/**
 * A still screen is kept only where it is long enough for a person, alone or with the segment before or after:
 * else every pause in typing would be a finding.
 */
function isWorthKeeping({ kind, startMs, endMs }: Span, fileEndMs: number): boolean {
  if (kind !== 'screen-frozen') return true;
  const { minimumMs, joinMs } = happeningRules[kind];
  const atBorder = startMs < joinMs || endMs > fileEndMs - joinMs;
  return endMs - startMs >= (atBorder ? joinMs : minimumMs);
}

async function listen(sound: Promise<Float32Array>, { sound: all }: Detectors): Promise<Observation[]> {
  const samples = await sound;
  if (!samples.length) return [];
  const observations: Observation[] = [];
  for (const { stamp, hear } of all)
    for (const span of await hear(samples)) {
      const bytes = await drawWaveform(samples, span.startMs, span.endMs);
      observations.push({ ...span, detector: stamp, evidence: { type: 'waveform', bytes } });
    }
  return observations;
}
