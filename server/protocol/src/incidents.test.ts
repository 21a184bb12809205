import { describe, expect, it } from 'vitest';
import type { Finding, FindingKind } from './findings.js';
import { defaultRules, incidentsOf, rankOf } from './incidents.js';

const attempt = 'a'.repeat(24);
const finding = (kind: FindingKind, startMs: number, endMs: number, confidence = 1): Finding => ({
  _id: `${kind}-${startMs}`,
  attempt,
  track: 'webcam',
  kind,
  startMs,
  endMs,
  confidence,
  detector: { name: 'test', version: '1', model: 'none', thresholds: {} },
  evidence: { type: 'frame', file: 'x.jpg' },
});

describe('incidentsOf', () => {
  it('joins what is near, in any order of arrival', () => {
    const incidents = incidentsOf([finding('face-absent', 20_000, 31_000, 0.5), finding('face-absent', 15_000, 20_000, 1)]);
    expect(incidents).toHaveLength(1);
    expect(incidents[0]).toMatchObject({ startMs: 15_000, endMs: 31_000, findings: ['face-absent-15000', 'face-absent-20000'] });
    expect(incidents[0]?.confidence).toBeCloseTo((5 * 1 + 11 * 0.5) / 16);
  });

  it('judges the length only after joining', () => {
    const halves = [finding('face-absent', 1_000, 2_500), finding('face-absent', 2_500, 4_000)];
    expect(incidentsOf(halves)).toHaveLength(1);
    expect(incidentsOf(halves.slice(0, 1))).toHaveLength(0);
  });

  it('keeps kinds and separate incidents apart', () => {
    const incidents = incidentsOf([finding('speech', 0, 1_000), finding('face-absent', 500, 4_000), finding('speech', 10_000, 11_000)]);
    expect(incidents.map(({ kind, startMs }) => [kind, startMs])).toEqual([['speech', 0], ['face-absent', 500], ['speech', 10_000]]);
  });

  it('does not let a short finding inside a long one end it early', () => {
    const incidents = incidentsOf([finding('face-absent', 0, 30_000), finding('face-absent', 5_000, 6_000), finding('face-absent', 31_000, 40_000)]);
    expect(incidents).toHaveLength(1);
    expect(incidents[0]?.endMs).toBe(40_000);
  });
});

describe('rankOf', () => {
  const findings = [
    finding('phone', 0, 10_000),
    finding('phone', 60_000, 125_000),
    finding('speech', 5_000, 6_000),
    finding('face-absent', 0, 100),
    finding('camera-dark', 0, 600_000),
  ];

  it('explains itself: incidents and half minutes of each kind, by its weight; quality adds nothing', () => {
    expect(rankOf(findings)).toEqual({
      points: 6 * (2 + 2) + 1,
      terms: [
        { kind: 'phone', incidents: 2, lengthMs: 75_000, halfMinutes: 2, weight: 6, points: 24 },
        { kind: 'speech', incidents: 1, lengthMs: 1_000, halfMinutes: 0, weight: 1, points: 1 },
        { kind: 'camera-dark', incidents: 1, lengthMs: 600_000, halfMinutes: 20, weight: 0, points: 0 },
      ],
    });
  });

  it('follows the weights, and counts what incidentsOf shows', () => {
    const rules = { ...defaultRules, phone: { ...defaultRules.phone, weight: 0 }, 'camera-dark': { ...defaultRules['camera-dark'], weight: 9 } };
    expect(rankOf(findings, rules).points).toBe(1);
    const counted = rankOf(findings).terms.reduce((sum, { incidents }) => sum + incidents, 0);
    expect(counted).toBe(incidentsOf(findings).length);
  });
});
