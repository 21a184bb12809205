import type { BrowserEvent, ExamRules, FindingKind } from '@vigil/protocol';
import type { Judged } from '../judge.js';
import { isVirtualCamera } from './virtual-cameras.js';

/**
 * Confidences. `told`: what a browser says plainly; it can be made to say anything. `name`: a camera can be renamed, and a real one
 * can have an odd name. `keys`: pressed, but the browser may not have followed. `size`: any panel beside the page looks the same.
 */
const thresholds = { told: 0.9, name: 0.8, keys: 0.6, size: 0.3 };
const stamp = { name: 'browser', version: '1', model: 'none', thresholds };

/** A stretch is shown by what the screen shows so long after it began, ms: another page is there by then. */
const shownAfterMs = 2_000;

/** What of an exam's rules decides which of a browser's events are findings; a rule that is not known asks for nothing. */
export type BrowserRules = Partial<Pick<ExamRules, 'screen' | 'fullscreen'>>;

type EventOf<K extends BrowserEvent['kind']> = Extract<BrowserEvent, { kind: K }>;

/**
 * What the student's browser noticed, as observations: states that last as stretches, all else as moments without length. What
 * only says again what was known, after a reload, is nothing new.
 * @param events in any order. @param untilMs a state that has not ended lasts until then, server wall clock.
 * @param pauses in which the attempt was over, before it was opened again: no state lasts into them.
 */
export function judgeBrowser(events: readonly BrowserEvent[], rules: BrowserRules, untilMs: number, pauses: readonly { startMs: number }[] = []): Judged[] {
  const byTime = [...events].sort((a, b) => a.atMs - b.atMs || a.id.localeCompare(b.id));
  const of = <K extends BrowserEvent['kind']>(kind: K): EventOf<K>[] => byTime.filter((event): event is EventOf<K> => event.kind === kind);
  const ends = pauses.map(({ startMs }) => ({ atMs: startMs, on: false }));
  const states = (kind: 'page-left' | 'fullscreen-left'): { atMs: number; on: boolean }[] => [...of(kind), ...ends].sort((a, b) => a.atMs - b.atMs);
  return [
    ...stretches('page-left', states('page-left'), untilMs),
    ...(rules.fullscreen ? stretches('fullscreen-left', states('fullscreen-left'), untilMs) : []),
    ...of('copy').map(({ atMs, characters }) => moment('copy', atMs, thresholds.told, amount(characters))),
    ...of('paste').map(({ atMs, characters }) => moment('paste', atMs, thresholds.told, amount(characters))),
    ...begun(of('second-monitor'), ({ on }) => on).map(({ atMs }) => moment('second-monitor', atMs, thresholds.told)),
    ...begun(of('camera'), ({ label }) => isVirtualCamera(label) && label).map(({ atMs, label }) => moment('virtual-camera', atMs, thresholds.name, label)),
    ...(rules.screen === 'monitor'
      ? begun(of('surface'), ({ surface }) => surface !== 'monitor' && surface).map(({ atMs, surface }) =>
          moment('screen-surface', atMs, thresholds.told, surface === 'window' ? 'One window' : 'One tab of the browser'),
        )
      : []),
    ...of('device').map(({ atMs, device, label, on }) =>
      moment('device-changed', atMs, thresholds.told, `${device === 'webcam' ? 'Camera' : 'Microphone'} plugged ${on ? 'in' : 'out'}${label && `: ${label}`}`),
    ),
    ...of('developer-tools').map(({ atMs, by }) =>
      moment('developer-tools', atMs, thresholds[by], by === 'keys' ? 'Keys that open them were pressed' : 'The page shrank in its window; a side panel looks the same'),
    ),
  ];
}

const amount = (characters: number | undefined): string | undefined =>
  characters === undefined ? undefined : `${characters} ${characters === 1 ? 'character' : 'characters'}`;

const observed = (kind: FindingKind, startMs: number, endMs: number, shownAtMs: number, confidence: number, detail: string | undefined): Judged => ({
  kind,
  startMs,
  endMs,
  shownAtMs,
  confidence,
  ...(detail && { detail }),
  track: kind === 'virtual-camera' ? 'webcam' : 'screen',
  detector: stamp,
});

const moment = (kind: FindingKind, atMs: number, confidence: number, detail?: string): Judged => observed(kind, atMs, atMs, atMs, confidence, detail);

/** From each time that a state is on to when it is off. */
function stretches(kind: FindingKind, states: readonly { atMs: number; on: boolean }[], untilMs: number): Judged[] {
  const all: Judged[] = [];
  let sinceMs: number | undefined;
  const end = (endMs: number): void => {
    if (sinceMs !== undefined) all.push(observed(kind, sinceMs, endMs, Math.min(sinceMs + shownAfterMs, (sinceMs + endMs) / 2), thresholds.told, undefined));
    sinceMs = undefined;
  };
  for (const { atMs, on } of states)
    if (on) sinceMs ??= atMs;
    else end(atMs);
  end(Math.max(untilMs, sinceMs ?? 0));
  return all;
}

/** The events with which something begins, or goes over into something else. @param what is so then; false: nothing of the kind. */
function begun<E>(events: readonly E[], what: (event: E) => string | boolean): E[] {
  let last: string | boolean = false;
  return events.filter((event) => {
    const before = last;
    last = what(event);
    return last !== false && last !== before;
  });
}
