import { describe, expect, it } from 'vitest';
import type { Finding, FindingKind } from './findings.js';
import { judgedBy } from './attempts.js';
import { defaultRules, incidentsOf, rankOf, rulesOf } from './incidents.js';

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

describe('kinds that come together', () => {
  const findings = [finding('looking-away', 0, 10_000), finding('looking-away', 60_000, 64_000), finding('speech', 9_000, 12_000), finding('speech', 64_000, 65_000)];

  it('count more, in a term of their own beside the kind’s', () => {
    const rules = rulesOf({ together: [{ kind: 'looking-away', with: 'speech', weight: 5 }, { kind: 'phone', with: 'speech', weight: 9 }] });
    expect(rankOf(findings, rules)).toEqual({
      points: 5 + 2 + 2,
      terms: [
        { kind: 'looking-away', with: 'speech', incidents: 1, lengthMs: 10_000, halfMinutes: 0, weight: 5, points: 5 },
        { kind: 'looking-away', incidents: 2, lengthMs: 14_000, halfMinutes: 0, weight: 1, points: 2 },
        { kind: 'speech', incidents: 2, lengthMs: 4_000, halfMinutes: 0, weight: 1, points: 2 },
      ],
    });
  });

  it('are a few by default, and none where an exam says so', () => {
    expect(rankOf(findings).terms.map(({ with: other }) => other)).toContain('speech');
    expect(rankOf(findings, rulesOf({ together: [] })).points).toBe(4);
  });

  it('add nothing with quality', () => {
    const together = [{ kind: 'looking-away', with: 'camera-dark', weight: 9 } as const, { kind: 'camera-dark', with: 'looking-away', weight: 9 } as const];
    expect(rankOf([...findings, finding('camera-dark', 0, 20_000)], rulesOf({ together })).points).toBe(4);
  });

  it('end with the kind that is off', () => {
    expect(rankOf(findings, rulesOf({ off: ['speech'] })).terms.map(({ kind }) => kind)).toEqual(['looking-away']);
  });
});

describe('the rules of an exam', () => {
  it('drop a kind that is off from incidents and rank, whatever was found before', () => {
    const rules = rulesOf({ off: ['phone'], weights: { phone: 9 }, minimumSeconds: { phone: 1 } });
    const findings = [finding('phone', 0, 600_000), finding('speech', 0, 1_000)];
    expect(incidentsOf(findings, rules).map(({ kind }) => kind)).toEqual(['speech']);
    expect(rankOf(findings, rules)).toMatchObject({ points: 1, terms: [{ kind: 'speech' }] });
  });

  it('say how long an incident must last', () => {
    const findings = [finding('looking-away', 0, 4_000), finding('looking-away', 30_000, 38_000)];
    expect(incidentsOf(findings)).toHaveLength(2);
    expect(incidentsOf(findings, rulesOf({ minimumSeconds: { 'looking-away': 8 } })).map(({ startMs }) => startMs)).toEqual([30_000]);
    expect(incidentsOf([finding('looking-away', 0, 500)], rulesOf({ minimumSeconds: { 'looking-away': 0 } }))).toHaveLength(1);
  });

  it('are the same to judge by in whatever order they are written, and others when anything of them differs', () => {
    const rules = { off: ['phone', 'book'], words: ['b', 'a'], minimumSeconds: { speech: 1, phone: 2 } } as const;
    expect(judgedBy({ off: ['book', 'phone'], words: ['a', 'b'], minimumSeconds: { phone: 2, speech: 1 } })).toBe(judgedBy({ ...rules, off: [...rules.off], words: [...rules.words] }));
    const all = [{}, { off: ['phone' as const] }, { words: ['phone'] }, { minimumSeconds: { phone: 1 } }, { minimumSeconds: { phone: 2 } }].map((one) => judgedBy(one));
    expect(new Set(all).size).toBe(all.length);
    expect(judgedBy({ off: [], words: [], minimumSeconds: {} })).toBe(judgedBy({}));
  });

  it('are others to judge by when the face to compare with is another, and only where it is compared', () => {
    const faces = [{}, { onboarding: 'declined' }, { onboarding: 'one' }, { onboarding: 'one', faceChangedAt: new Date(1) }, { onboarding: 'one', faceChangedAt: new Date(2) }];
    const identity = { document: false, room: false };
    expect(new Set(faces.map((face) => judgedBy({ identity }, face))).size).toBe(faces.length);
    expect(new Set(faces.map((face) => judgedBy({}, face)))).toEqual(new Set([judgedBy({})]));
  });
});
