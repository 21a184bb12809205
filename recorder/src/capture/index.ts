export type * from './api.js';
export { createAttemptRecorder } from './attempt-recorder.js';
export { repairSegments, unclosedAttempts, type Repair } from './repair.js';
export { scanSegments, type Scanned, type ScanOptions } from './scan.js';
export { ENDINGS, segmentFile, segmentKeyOf, type SegmentKey } from './segment-path.js';
