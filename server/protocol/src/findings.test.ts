import { describe, expect, it } from 'vitest';
import { countHappenings, mergeFindings, type Finding, type FindingKind } from './findings.js';

const attempt = 'a'.repeat(24);
const finding = (kind: FindingKind, startMs: number, endMs: number, confidence = 1): Finding => ({
  _id: `${kind}-${startMs}`,
  attempt,
  segment: `${attempt}-webcam-1-0`,
  track: 'webcam',
  kind,
  startMs,
  endMs,
  confidence,
  detector: { name: 'test', version: '1', model: 'none', thresholds: {} },
  evidence: { type: 'frame', file: 'x.jpg' },
});

describe('mergeFindings', () => {
  it('joins what touches across segments, in any order of arrival', () => {
    const merged = mergeFindings([
      finding('face-absent', 20_000, 31_000, 0.5),
      finding('face-absent', 15_000, 20_000, 1),
    ]);
    expect(merged).toHaveLength(1);
    expect(merged[0]).toMatchObject({ startMs: 15_000, endMs: 31_000, findings: ['face-absent-15000', 'face-absent-20000'] });
    expect(merged[0]?.confidence).toBeCloseTo((5 * 1 + 11 * 0.5) / 16);
  });

  it('judges the length only after joining', () => {
    const halves = [finding('face-absent', 1_000, 2_500), finding('face-absent', 2_500, 4_000)];
    expect(mergeFindings(halves)).toHaveLength(1);
    expect(mergeFindings(halves.slice(0, 1))).toHaveLength(0);
  });

  it('keeps kinds and separate happenings apart', () => {
    const merged = mergeFindings([
      finding('speech', 0, 1_000),
      finding('face-absent', 500, 4_000),
      finding('speech', 10_000, 11_000),
    ]);
    expect(merged.map(({ kind, startMs }) => [kind, startMs])).toEqual([
      ['speech', 0],
      ['face-absent', 500],
      ['speech', 10_000],
    ]);
  });

  it('does not let a short finding inside a long one end it early', () => {
    const merged = mergeFindings([
      finding('face-absent', 0, 30_000),
      finding('face-absent', 5_000, 6_000),
      finding('face-absent', 31_000, 40_000),
    ]);
    expect(merged).toHaveLength(1);
    expect(merged[0]?.endMs).toBe(40_000);
  });
});

it('countHappenings counts what mergeFindings makes, in any order of arrival', () => {
  const findings = [
    finding('face-absent', 20_000, 31_000),
    finding('speech', 0, 1_000),
    finding('face-absent', 15_000, 20_000),
    finding('face-absent', 60_000, 60_500),
    finding('speech', 10_000, 11_000),
  ];
  expect(countHappenings(findings)).toEqual({ speech: 2, 'face-absent': 1 });
  expect(mergeFindings(findings)).toHaveLength(3);
});
