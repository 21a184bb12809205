import { readFile } from 'node:fs/promises';
import { incidentsOf, isQuality } from '@vigil/protocol';
import { isKind } from './kinds.js';
import { describeFace, type Detectors, findingsOf, judge, loadDetectors, measureFile, type MeasuredSegment, probe, show } from '@vigil/recorder/worker';
import { cpuWithChildren } from '../bench/processes.js';
import type { Found } from './score.js';
import { namedWords } from './screens.js';

/** A student's recording: the files of its tracks, and a picture of the student from before (JPEG). */
export interface ClipFiles {
  webcam?: string;
  screen?: string;
  baseline?: string;
}

export interface Analysis {
  /** As a person is shown them. */
  incidents: Found[];
  /** What could not be judged. */
  quality: Found[];
  durationMs: number;
  /** CPU time of the analysis, what shows the findings and its children included. */
  cpuSeconds: number;
}

let loaded: Promise<Detectors> | undefined;
const attempt = '0'.repeat(24);

/**
 * Runs every detector over a recording. One at a time, and nothing else meanwhile: this process's CPU time is measured.
 * @throws {VigilError} a file cannot be decoded.
 */
export async function analyseClip({ webcam, screen, baseline }: ClipFiles): Promise<Analysis> {
  const detectors = await (loaded ??= loadDetectors());
  const known = baseline === undefined ? {} : { baseline: [await describeFace(await readFile(baseline), detectors)] };
  const files = ([['webcam', webcam], ['screen', screen]] as const).flatMap(([track, file]) => (file ? [{ track, file }] : []));
  const sources = await Promise.all(files.map(async ({ track, file }) => ({ track, file, ...(await probe(file)) })));
  const before = cpuWithChildren();
  const segments: MeasuredSegment[] = [];
  for (const source of sources) segments.push({ track: source.track, startMs: 0, measured: await measureFile(source, detectors, known) });
  const judged = judge(segments, detectors, { words: namedWords });
  // What shows each is drawn as well: it is part of the work.
  const shown = sources.map((source) => ({ ...source, startMs: 0 }));
  for (const one of judged) await show(one, shown);
  const incidents = incidentsOf(findingsOf(attempt, judged)).flatMap((one) => (isKind(one.kind) ? [{ ...one, kind: one.kind }] : []));
  const cpuSeconds = cpuWithChildren() - before;
  return {
    incidents: incidents.filter(({ kind }) => !isQuality(kind)),
    quality: incidents.filter(({ kind }) => isQuality(kind)),
    durationMs: Math.max(0, ...sources.map(({ durationMs }) => durationMs)),
    cpuSeconds,
  };
}
