import { fileURLToPath } from 'node:url';

/** The worker's entry: start it as a process of its own, with an IPC channel so that it ends with whoever started it. */
export const workerEntry = fileURLToPath(new URL('./main.js', import.meta.url));

// For measurements: what the worker does to a segment and to an attempt.
export { loadDetectors, type Detectors } from './detectors/all.js';
export { describeFace } from './enrol.js';
export { judge, type Judged, type MeasuredSegment } from './judge.js';
export { measureFile } from './measure.js';
export { decode } from './media/decode.js';
export { findingsOf } from './queue/finding-store.js';
export { probe } from './media/probe.js';
export { show } from './show.js';
