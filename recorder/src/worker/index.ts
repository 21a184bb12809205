import { fileURLToPath } from 'node:url';

/** The worker's entry: start it as a process of its own, with an IPC channel so that it ends with whoever started it. */
export const workerEntry = fileURLToPath(new URL('./main.js', import.meta.url));

// For measurements: what the worker does to a segment, by its parts.
export { facesDetector } from './detectors/faces.js';
export { decode } from './media/decode.js';
export { loadModel } from './models/load.js';
