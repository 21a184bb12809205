import { expect, it } from 'vitest';
import type { Judged } from '../judge.js';
import { findingsOf } from './finding-store.js';

const detector = { name: 'faces', version: '1', model: 'none', thresholds: {} };
const judged = (kind: Judged['kind'], startMs: number): Judged => ({
  kind,
  startMs,
  endMs: startMs + 1_000.6,
  confidence: 0.123_456,
  shownAtMs: startMs + 400.2,
  track: 'webcam',
  detector,
});

it('names findings and what shows them by what was found alone', () => {
  const attempt = 'a'.repeat(24);
  const findings = findingsOf(attempt, [judged('face-absent', 1_000_000), judged('speech', 1_000_500.4)]);
  expect(findings.map(({ _id, evidence }) => [_id, evidence])).toEqual([
    [`${attempt}-face-absent-1000000`, { type: 'frame', file: `${attempt}/face-absent-1000400.jpg` }],
    [`${attempt}-speech-1000500`, { type: 'waveform', file: `${attempt}/speech-1000500-1001501.png` }],
  ]);
  const [unseen] = findingsOf(attempt, [{ ...judged('copy', 1_000_000), detail: '3 characters', unseen: true }]);
  expect(unseen).toMatchObject({ detail: '3 characters', evidence: { file: `${attempt}/copy-1000400-unseen.jpg` } });
  expect(findings[0]).toMatchObject({ attempt, startMs: 1_000_000, endMs: 1_001_001, confidence: 0.123, track: 'webcam' });
});
