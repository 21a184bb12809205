import { medianOf } from '@vigil/protocol';
import { about, allKinds, type Kind } from './kinds.js';
import { addTallies, emptyTally, type Tally } from './score.js';

/** One file that was analysed. */
export interface Result {
  clip: string;
  condition: string;
  seconds: number;
  /** CPU time of the analysis, and of which kind of recording: a webcam's with its sound, a screen's, or sound alone. */
  cpuSeconds: number;
  is: 'webcam' | 'screen' | 'sound';
  /** Of the detectors that had something to judge in it. */
  tallies: Partial<Record<Kind, Tally>>;
}

/** Null where there was nothing to judge. */
interface Measures {
  recall: number | null;
  recallBySeconds: number | null;
  precision: number | null;
  falsePerHour: number | null;
  medianDelayS: number | null;
  worstDelayS: number | null;
  /** Part of the time. */
  abstained: number | null;
}

/** `judged`: a detector that says most of the time that it cannot judge holds no goal. */
const goals = { recall: 0.95, falsePerHour: 0.2, judged: 0.8 };
const part = (some: number, all: number): number | null => (all > 0 ? some / all : null);

export function measuresOf(tally: Tally): Measures {
  const { ms, events, hits, wrong, eventMs, hitMs, delaysMs, abstainedMs } = tally;
  return {
    recall: part(hits, events),
    recallBySeconds: part(hitMs, eventMs),
    precision: part(hits, hits + wrong),
    falsePerHour: part(wrong, ms / 3_600_000),
    medianDelayS: delaysMs.length ? medianOf(delaysMs) / 1_000 : null,
    worstDelayS: delaysMs.length ? Math.max(...delaysMs) / 1_000 : null,
    abstained: part(abstainedMs, ms),
  };
}

const sumOf = (results: readonly Result[], kind: Kind): Tally =>
  results.reduce((sum, { tallies }) => (tallies[kind] ? addTallies(sum, tallies[kind]) : sum), emptyTally());

/** How many times faster than real time one core analyses a webcam with its sound together with a screen, or what there is of them. */
export function timesRealTime(results: readonly Result[]): number | null {
  let costOfSecond = 0;
  for (const is of ['webcam', 'screen'] as const) {
    const those = results.filter((result) => result.is === is);
    const seconds = those.reduce((sum, result) => sum + result.seconds, 0);
    if (seconds) costOfSecond += those.reduce((sum, result) => sum + result.cpuSeconds, 0) / seconds;
  }
  return costOfSecond ? 1 / costOfSecond : null;
}

/** Which goals a detector falls short of, in words. What was not there to judge is not short. */
export function shortOf(kind: Kind, { recall, falsePerHour, abstained }: Measures): string[] {
  if (!about(kind).goal) return [];
  return [
    ...(recall !== null && recall < goals.recall ? [`${kind}: recall ${recall.toFixed(3)}, the goal is ${goals.recall}`] : []),
    ...(falsePerHour !== null && falsePerHour > goals.falsePerHour ? [`${kind}: ${falsePerHour.toFixed(2)} false incidents an hour, the goal is ${goals.falsePerHour}`] : []),
    ...(abstained !== null && 1 - abstained < goals.judged ? [`${kind}: judged ${(1 - abstained).toFixed(2)} of the time, the goal is ${goals.judged}`] : []),
  ];
}

const cell = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits));
const percent = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1));

/**
 * Prints the tables, what fell short, and one last line of JSON.
 * @returns whether the goals hold.
 */
export function report(results: readonly Result[], print: (line: string) => void): boolean {
  const judged = allKinds.filter((kind) => results.some(({ tallies }) => tallies[kind])).map((kind) => ({ kind, tally: sumOf(results, kind) }));
  const row = (cells: readonly string[]): void => print(cells.map((each, index) => (index ? each.padStart(10) : each.padEnd(15))).join(''));
  print('');
  row(['detector', 'events', 'found', 'recall', 'by s', 'precision', 'false', 'splits', 'false/h', 'false s', 'delay', 'worst', 'abst. %', 'abst. ev.']);
  for (const { kind, tally } of judged) {
    const { recall, recallBySeconds, precision, falsePerHour, medianDelayS, worstDelayS, abstained } = measuresOf(tally);
    const { events, hits, wrong, splits, wrongMs, abstainedEvents } = tally;
    row([kind, `${events}`, `${hits}`, cell(recall, 3), cell(recallBySeconds, 3), cell(precision, 3), `${wrong}`, `${splits}`, cell(falsePerHour, 2), cell(wrongMs / 1_000, 1), cell(medianDelayS, 1), cell(worstDelayS, 1), percent(abstained), `${abstainedEvents}`]);
  }
  print('(delay: begin of the incident after the begin of the event, s, median and worst; abst.: could not judge, part of the time, and events missed meanwhile; a split counts as false)\n');
  for (const condition of new Set(results.map((result) => result.condition))) print(byCondition(condition, results.filter((result) => result.condition === condition)));

  const short = judged.flatMap(({ kind, tally }) => shortOf(kind, measuresOf(tally)));
  const notJudged = allKinds.filter((kind) => about(kind).goal && !judged.some((each) => each.kind === kind && each.tally.events));
  print('');
  for (const line of short) print(`falls short: ${line}`);
  if (notJudged.length) print(`no event to judge recall by: ${notJudged.join(', ')}`);
  if (!short.length) print(`The goals hold${notJudged.length ? ' for what there was to judge' : ''}: recall at least ${goals.recall}, at most ${goals.falsePerHour} false incidents an hour, at least ${100 * goals.judged} % of the time judged.`);

  const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(3)));
  const suspicions = judged.filter(({ kind }) => !about(kind).quality);
  const detectors = judged.map(({ kind, tally }) => {
    const { recall, precision, abstained } = measuresOf(tally);
    return [kind, { recall: rounded(recall), precision: rounded(precision), abstained: rounded(abstained) }] as const;
  });
  // Of all detectors together, in an hour with camera, sound and screen.
  const falsePerHour = suspicions.length ? suspicions.reduce((sum, { tally }) => sum + (measuresOf(tally).falsePerHour ?? 0), 0) : null;
  print(JSON.stringify({ detectors: Object.fromEntries(detectors), falsePerHour: rounded(falsePerHour), timesRealTimePerCore: rounded(timesRealTime(results)) }));
  return !short.length;
}

function byCondition(condition: string, results: readonly Result[]): string {
  const minutes = results.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const tallies = allKinds.map((kind) => ({ kind, tally: sumOf(results, kind) }));
  const found = tallies.filter(({ tally }) => tally.events).map(({ kind, tally }) => `${kind} ${tally.hits}/${tally.events}`);
  const wrong = tallies.filter(({ tally }) => tally.wrong).map(({ kind, tally }) => `${kind} ${tally.wrong}`);
  return `${condition.padEnd(12)}${minutes.toFixed(1).padStart(6)} min  found ${found.join(', ') || 'nothing to find'}; false ${wrong.join(', ') || 'none'}`;
}
