import { expect, it } from 'vitest';
import type { SegmentDocument } from '@vigil/protocol';
import type { Observation } from '../analyse-file.js';
import { findingsOf } from './finding-store.js';

const stamp = { name: 'faces', version: '1', model: 'none', thresholds: {} };
const seen = (kind: Observation['kind'], startMs: number, type: 'frame' | 'waveform'): Observation => ({
  kind,
  startMs,
  endMs: startMs + 1_000.6,
  confidence: 0.123_456,
  detector: stamp,
  evidence: { type, bytes: Buffer.alloc(0) },
});

it('gives each kind its own numbers, and wall clock times', () => {
  const attempt = 'a'.repeat(24);
  const segment = { _id: `${attempt}-webcam-5-2`, attempt, track: 'webcam', startMs: 1_000_000 } as SegmentDocument;
  const findings = findingsOf(segment, [seen('face-absent', 0, 'frame'), seen('speech', 500, 'waveform'), seen('face-absent', 2_000, 'frame')]);
  expect(findings.map(({ _id, evidence }) => [_id, evidence.file])).toEqual([
    [`${attempt}-webcam-5-2-face-absent-0`, `${attempt}/${attempt}-webcam-5-2-face-absent-0.jpg`],
    [`${attempt}-webcam-5-2-speech-0`, `${attempt}/${attempt}-webcam-5-2-speech-0.png`],
    [`${attempt}-webcam-5-2-face-absent-1`, `${attempt}/${attempt}-webcam-5-2-face-absent-1.jpg`],
  ]);
  expect(findings[2]).toMatchObject({ startMs: 1_002_000, endMs: 1_003_001, confidence: 0.123, segment: segment._id, track: 'webcam' });
});
