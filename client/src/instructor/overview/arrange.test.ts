import type { AttemptSummary, FindingKind, RankTerm } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { arranged, incidentCount, isIncomplete, liveNumbers, sorted } from './arrange.js';
import { ordinaryView } from './view-url.js';

const term = (kind: FindingKind, points: number, more: Partial<RankTerm> = {}): RankTerm => ({ kind, incidents: 1, lengthMs: 5_000, halfMinutes: 0, weight: points, points, ...more });
const attempt = (name: string, more: Partial<AttemptSummary> = {}): AttemptSummary => ({
  id: name,
  student: { name, email: `${name.toLowerCase()}@example.org` },
  progress: 'submitted',
  evidence: 'complete',
  openedAtMs: 0,
  declinedAtMs: null,
  startedAtMs: 1_000,
  finishedAtMs: 61_000,
  analysis: 'done',
  rank: { points: 0, terms: [] },
  outlier: false,
  missingSeconds: 0,
  missingBySource: {},
  missingNow: [],
  review: 'none',
  ...more,
});
const ids = (all: readonly AttemptSummary[]): string[] => all.map(({ id }) => id);
const ranked = (name: string, points: number): AttemptSummary => attempt(name, { rank: { points, terms: [term('phone', points)] } });
const fresh = attempt('Fresh', { progress: 'created', analysis: 'none', startedAtMs: null, finishedAtMs: null });

test('the most points come first, of the same by name, and what is not analysed last', () => {
  const all = [fresh, ranked('b', 2), ranked('a', 2), ranked('c', 9), attempt('nothing')];
  expect(ids(arranged(all, ordinaryView, undefined, 0))).toEqual(['c', 'a', 'b', 'nothing', 'Fresh']);
  expect(ids(sorted(all, { sort: 'points', descending: false }, 0))).toEqual(['nothing', 'a', 'b', 'c', 'Fresh']);
});

test('names are sorted as people do', () => {
  const all = ['Student 10', 'Émile', 'student 9', 'Zoe'].map((name) => attempt(name));
  expect(ids(sorted(all, { sort: 'name', descending: false }, 0))).toEqual(['Émile', 'student 9', 'Student 10', 'Zoe']);
});

test('an attempt that runs is as long as it has been so far', () => {
  const running = attempt('running', { finishedAtMs: null });
  expect(ids(sorted([running, attempt('short'), fresh], { sort: 'length', descending: true }, 500_000))).toEqual(['running', 'short', 'Fresh']);
});

test.each([
  [{ states: ['created'] }, ['Fresh']],
  [{ analysis: ['none'] }, ['Fresh']],
  [{ kinds: ['phone'] }, ['Ada']],
  [{ kinds: ['camera-dark', 'phone'] }, ['Ada', 'Émile Dark']],
  [{ outliers: true }, ['Ada']],
  [{ unreviewed: true }, ['Émile Dark', 'Fresh']],
  [{ incomplete: true }, ['Émile Dark']],
  [{ text: 'emile  DARK' }, ['Émile Dark']],
  [{ text: 'ada@example' }, ['Ada']],
  [{ text: 'ada', states: ['created'] }, []],
] as const)('%o shows %o', (chosen, shown) => {
  const all = [
    attempt('Ada', { rank: { points: 6, terms: [term('phone', 6)] }, outlier: true, reviewed: { atMs: 1, by: 'x' } }),
    attempt('Émile Dark', { rank: { points: 0, terms: [term('camera-dark', 0)] }, missingSeconds: 4 }),
    fresh,
  ];
  expect(ids(arranged(all, { ...ordinaryView, ...(chosen as object) }, undefined, 0))).toEqual(shown);
});

test('words that were found leave only those on whose screen they stood', () => {
  const hits = new Map([['b', { attempt: 'b', moments: 1, firstMs: 5 }]]);
  expect(ids(arranged([ranked('a', 1), ranked('b', 2)], ordinaryView, hits, 0))).toEqual(['b']);
});

test('what comes together is not one more incident, and quality is none', () => {
  expect(incidentCount({ rank: { points: 9, terms: [term('phone', 6, { incidents: 2 }), term('phone', 2, { with: 'looking-away' }), term('camera-dark', 0)] } })).toBe(2);
});

test('nothing is incomplete before the start', () => {
  expect(isIncomplete({ evidence: 'receiving', missingSeconds: 3, startedAtMs: null })).toBe(false);
  expect(isIncomplete({ evidence: 'partial', missingSeconds: 0, startedAtMs: 1 })).toBe(true);
});

test('the numbers of this moment', () => {
  const all = [attempt('a', { progress: 'recording', missingNow: ['screen'], analysis: 'running' }), attempt('b', { progress: 'recording', analysis: 'up-to-date' }), attempt('c', { progress: 'interrupted', analysis: 'pending' })];
  expect(liveNumbers(all)).toEqual({ recording: 2, interrupted: 1, gaps: 1, waiting: 2 });
});
