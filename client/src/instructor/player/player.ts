import { MasterClock } from './master-clock.js';
import type { PaneTick, PaneView } from './pane.js';

/** Speeds, in order. */
export const RATES = [0.5, 1, 1.5, 2, 4, 8] as const;

/** A pane may lack data this long before the clock waits for it, ms: a jump over a short hole takes less. */
const GRACE_MS = 150;
/** The clock waits this long for a slow pane, then it goes on without it, ms. */
const PATIENCE_MS = 5_000;
/** Where nothing is recorded on any track, the player shows that for so long before it skips to what comes next, or stops, ms. */
const SKIP_AFTER_MS = 2_000;

/** What of a `Pane` the player needs. */
export interface Follower {
  tick(tick: PaneTick): PaneView;
}

/** What is to be seen after a tick. */
export interface PlayerView<Name extends string> {
  positionMs: number;
  playing: boolean;
  rate: number;
  panes: Record<Name, PaneView>;
  /** Panes that the clock no longer waits for. */
  leftBehind: Name[];
  /** Nothing is recorded here on any track: where it goes on (Infinity: nowhere), ms. */
  emptyUntilMs: number | undefined;
}

/** Drives the clock and the panes: waits for slow panes, skips what is empty, stops at the end. */
export class Player<Name extends string> {
  readonly clock: MasterClock;
  readonly #waitingSince = new Map<Name, number>();
  #emptySince: number | undefined;
  /** After a jump, until both panes are there: the clock waits at once, so that they start together. */
  #fresh = true;

  constructor(
    private readonly panes: Record<Name, Follower>,
    private readonly now: () => number,
    lengthMs: number,
  ) {
    this.clock = new MasterClock(now, lengthMs);
  }

  play(): void {
    if (this.clock.atEnd) this.seek(0);
    this.clock.play();
  }
  pause(): void {
    this.clock.pause();
  }
  seek(positionMs: number): void {
    this.clock.seek(positionMs);
    this.#fresh = true;
    this.#waitingSince.clear();
    this.#emptySince = undefined;
  }
  setRate(rate: number): void {
    this.clock.setRate(rate);
  }

  /** To be called on every animation frame. */
  tick(): PlayerView<Name> {
    const { clock } = this;
    if (clock.atEnd && clock.playing) clock.pause();
    const positionMs = clock.positionMs;
    // At the very end the last frame is still to be seen.
    const told = { positionMs: Math.min(positionMs, clock.limitMs - 1), rate: clock.rate, moving: clock.moving, sought: this.#fresh };
    const names = Object.keys(this.panes) as Name[];
    const panes = Object.fromEntries(names.map((name) => [name, this.panes[name].tick(told)])) as Record<Name, PaneView>;
    const leftBehind = this.#wait(names, panes);
    const emptyUntilMs = this.#skip(names.map((name) => panes[name]));
    return { positionMs, playing: clock.playing, rate: clock.rate, panes, leftBehind, emptyUntilMs };
  }

  #wait(names: Name[], panes: Record<Name, PaneView>): Name[] {
    const now = this.now();
    const leftBehind: Name[] = [];
    let hold = false;
    for (const name of names) {
      if (panes[name].state !== 'waiting') {
        this.#waitingSince.delete(name);
        continue;
      }
      const since = this.#waitingSince.get(name) ?? now;
      // The time of a person's pause does not count as patience.
      this.#waitingSince.set(name, this.clock.playing ? since : now);
      const waited = now - since;
      if (waited >= PATIENCE_MS) leftBehind.push(name);
      else if (this.#fresh || this.clock.held || waited >= GRACE_MS) hold = true;
    }
    if (!hold) this.#fresh = false;
    if (hold) this.clock.hold();
    else this.clock.release();
    return leftBehind;
  }

  #skip(panes: PaneView[]): number | undefined {
    const { clock } = this;
    const untilMs = Math.min(...panes.map((pane) => (pane.state === 'gap' ? pane.untilMs : -Infinity)));
    if (untilMs === -Infinity) {
      this.#emptySince = undefined;
      return undefined;
    }
    if (!clock.playing) this.#emptySince = undefined;
    else if (this.now() - (this.#emptySince ??= this.now()) >= SKIP_AFTER_MS) {
      if (untilMs < clock.limitMs) this.seek(untilMs);
      else clock.pause();
    }
    return untilMs;
  }
}
