import type { FindingKind, Moment } from '@vigil/protocol';
import { rankOf } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { matchResolutions, setAsideBy } from './resolved.js';

const moment = (from: number, to: number, kind: FindingKind = 'phone'): Moment => ({ kind, startMs: from * 1_000, endMs: to * 1_000 });
const said = (from: number, to: number, kind?: FindingKind, verdict: 'false' | 'explained' | 'real' = 'false') => ({ ...moment(from, to, kind), verdict });

test('a resolution stays with its incident when the attempt is judged again', () => {
  const [first, second] = [moment(0, 10), moment(100, 120)];
  const before = [said(1, 11), said(101, 118)];
  const { held, lost } = matchResolutions([first, second], before);
  expect(held).toEqual(new Map([[first, before[0]], [second, before[1]]]));
  expect(lost).toEqual([]);
});

test('only of the same kind, and nothing that is elsewhere', () => {
  const lostOnes = [said(0, 10, 'book'), said(20, 30), said(9, 12, 'speech')];
  const { held, lost } = matchResolutions([moment(0, 10), moment(40, 50)], lostOnes);
  expect(held.size).toBe(0);
  expect(lost).toEqual(lostOnes);
});

test('the one that overlaps most; each holds once', () => {
  const incident = moment(0, 10);
  const [little, most] = [said(-4, 7), said(2, 12)];
  expect(matchResolutions([incident], [little, most])).toEqual({ held: new Map([[incident, most]]), lost: [little] });
  // One incident fell into two: what was said holds for the larger part.
  const [small, large] = [moment(0, 3), moment(5, 10)];
  expect(matchResolutions([small, large], [said(0, 10)]).held.has(large)).toBe(true);
  expect(matchResolutions([small, large], [said(0, 10)]).held.has(small)).toBe(false);
});

test('of the same overlap that of the very same interval', () => {
  const incident = moment(10, 20);
  const [around, exact] = [said(0, 40), said(10, 20)];
  expect(matchResolutions([incident], [around, exact]).held.get(incident)).toBe(exact);
});

test('what was said of seconds does not hold for minutes', () => {
  const grown = moment(0, 120);
  const { held, lost } = matchResolutions([grown], [said(0, 5)]);
  expect(held.size).toBe(0);
  expect(lost).toHaveLength(1);
  expect(setAsideBy([grown], [said(0, 5)])(grown)).toBe(false);
});

test('what has no length is matched as well', () => {
  const paste = moment(5, 5, 'paste');
  expect(matchResolutions([paste, moment(9, 9, 'paste')], [said(5, 5, 'paste')]).held.has(paste)).toBe(true);
});

test('what is explained or false counts no points, and the term says so; what is real stays', () => {
  const incidents = [moment(0, 10), moment(100, 170), moment(300, 310)];
  const rank = (...resolutions: ReturnType<typeof said>[]) => rankOf(incidents, undefined, setAsideBy(incidents, resolutions));
  expect(rank().terms[0]).toEqual({ kind: 'phone', incidents: 3, lengthMs: 90_000, halfMinutes: 2, weight: 6, points: 30 });
  expect(rank(said(0, 10), said(100, 170, 'phone', 'explained'), said(300, 310, 'phone', 'real'))).toEqual({
    points: 6,
    terms: [{ kind: 'phone', incidents: 1, setAside: 2, lengthMs: 10_000, halfMinutes: 0, weight: 6, points: 6 }],
  });
  const all = rank(said(0, 10), said(100, 170), said(300, 310));
  expect(all).toEqual({ points: 0, terms: [{ kind: 'phone', incidents: 0, setAside: 3, lengthMs: 0, halfMinutes: 0, weight: 6, points: 0 }] });
});

test('nor does it count together with another kind', () => {
  const incidents = [moment(0, 10, 'looking-away'), moment(2, 8, 'speech')];
  expect(rankOf(incidents).terms.some((term) => term.with === 'speech')).toBe(true);
  expect(rankOf(incidents, undefined, setAsideBy(incidents, [said(2, 8, 'speech')])).points).toBe(1);
});

test('where one said that it is real, what another said of a part takes no points away', () => {
  const incident = moment(0, 13);
  const [aside, real] = [said(0, 12), said(8, 13, 'phone', 'real')];
  expect(matchResolutions([incident], [aside, real])).toEqual({ held: new Map(), lost: [aside, real] });
  const most = said(2, 13, 'phone', 'real');
  expect(matchResolutions([incident], [said(0, 13), most]).held.get(incident)).toBe(most);
  expect(setAsideBy([incident], [said(0, 13)])(incident)).toBe(true);
  // A half is enough to say that it is real, not to say that it is nothing.
  expect(setAsideBy([incident], [said(0, 8)])(incident)).toBe(false);
});
