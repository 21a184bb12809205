import { bitrateOf, lastStep, uplinkSteps } from './encodings.js';

/** One look at the senders' statistics (W3C webrtc-stats), over the time since the last look. */
export interface LadderSample {
  /** Steady clock, ms. */
  atMs: number;
  /** The browser's estimate of the path, bit/s; not in every browser. */
  availableBitrate: number | undefined;
  /** Of the packets since the last report, 0 to 1; undefined where no report came. */
  fractionLost: number | undefined;
  roundTripMs: number | undefined;
  /** An encoder was held back by the path (`qualityLimitationReason` bandwidth). */
  limited: boolean;
  /** This browser keeps all that it sends: without that, what is not sent is lost. */
  kept: boolean;
}

/** What should change. */
export interface LadderChange {
  step: number;
  /** In words, for the attempt's history. */
  why: string;
}

/** Trouble must last this long before a step down, and this long again before the next, ms. */
const downAfterMs = 4_000;
/** Calm must last this long before a step up is tried, ms; each step up that was soon taken back doubles it. */
const upAfterMs = 30_000;
const mostPatienceMs = 300_000;
/** A step up that is taken back within this time was a mistake, ms. */
const regretMs = 60_000;
/** So long without a step down, and patience is as at first, ms. */
const forgiveMs = 600_000;
/** Nothing is measured while nothing is sent: the way back up from the last step is tried after this long at least, ms. */
const blindMs = 30_000;

/** Share of the cap that sending later takes where a live recording needs the line. */
export const leastShare = 0.1;

/** The last step that sends something at once. */
const lastLive = lastStep - 1;

/** Share of packets lost from which on retransmission does not help any more. */
const lossy = 0.15;
const slowMs = 2_500;

/**
 * Which step of `uplinkSteps` to send: down when the path is in trouble, up again by trying, with growing patience. So it
 * never swings: a path that carries one step and not the next is tried with the next one less and less often.
 */
export class UplinkLadder {
  readonly #best: number;
  readonly #maxBitrate: number;
  #step: number;
  #troubleSinceMs: number | undefined;
  #calmSinceMs: number | undefined;
  #patienceMs = upAfterMs;
  #upAtMs = -Infinity;
  #downAtMs = -Infinity;

  /**
   * @param maxBitrate of all sources together, bit/s: no step above it is used, except the least that sends anything.
   * @param lowest number of the best step that may be used, e.g. in low-data mode.
   */
  constructor(maxBitrate: number, lowest = 0) {
    this.#maxBitrate = maxBitrate;
    const fits = uplinkSteps.findIndex((step, index) => index >= lowest && bitrateOf(step) <= maxBitrate * 1.1);
    this.#best = Math.min(fits, lastLive);
    this.#step = this.#best;
  }

  get step(): number {
    return this.#step;
  }

  /** Whether the path carries less than was asked for. */
  get reduced(): boolean {
    return this.#step > this.#best;
  }

  /** What sending later may take, bit/s: nothing while the live recording is in trouble itself, all of it while that rests. */
  get spare(): { paused: boolean; maxBitrate: number } {
    const share = this.#step === lastStep ? 1 : this.#step === this.#best ? 0.5 : leastShare;
    return { paused: this.#troubleSinceMs !== undefined && share < 1, maxBitrate: share * this.#maxBitrate };
  }

  /** The connection was made anew: what was seen before says nothing of it. */
  restart(): void {
    this.#troubleSinceMs = undefined;
    this.#calmSinceMs = undefined;
  }

  /** @returns the change, if there is one. */
  observe(sample: LadderSample): LadderChange | undefined {
    const { atMs, kept } = sample;
    if (this.#step === lastStep && !kept) return this.#up(atMs, 'this computer keeps no copy of all of it');
    if (atMs - Math.max(this.#downAtMs, this.#upAtMs) > forgiveMs) this.#patienceMs = upAfterMs;
    const trouble = this.#troubleOf(sample);
    if (!trouble) {
      this.#troubleSinceMs = undefined;
      this.#calmSinceMs ??= atMs;
      return this.#maybeUp(atMs);
    }
    this.#calmSinceMs = undefined;
    // From now on pieces are held back; the live recording gives way only if that does not help.
    this.#troubleSinceMs ??= atMs;
    if (atMs - this.#troubleSinceMs < downAfterMs || this.#step >= (kept ? lastStep : lastLive)) return undefined;
    return this.#down(atMs, sample, trouble);
  }

  /** Why the path does not carry the step; undefined: it does. */
  #troubleOf({ availableBitrate, fractionLost, roundTripMs, limited }: LadderSample): string | undefined {
    if (fractionLost !== undefined && fractionLost > lossy) return `${Math.round(fractionLost * 100)} % of the packets were lost`;
    if (roundTripMs !== undefined && roundTripMs > slowMs) return 'the line answered slowly';
    const needed = this.#needed(this.#step);
    if (availableBitrate !== undefined && availableBitrate < needed && (limited || availableBitrate < 0.7 * needed))
      return `the line carried about ${Math.round(availableBitrate / 1_000)} kbit/s`;
    if (limited && availableBitrate === undefined) return 'the line was too thin';
    return undefined;
  }

  /** What a step must have to be worth sending, bit/s: a still screen takes much less than its most. */
  #needed(step: number): number {
    const { webcam, screen, microphone } = uplinkSteps[step] ?? {};
    return 1.1 * ((webcam?.maxBitrate ?? 0) + 0.4 * (screen?.maxBitrate ?? 0) + (microphone?.maxBitrate ?? 0));
  }

  #down(atMs: number, { availableBitrate }: LadderSample, why: string): LadderChange {
    if (atMs - this.#upAtMs < regretMs) this.#patienceMs = Math.min(mostPatienceMs, this.#patienceMs * 2);
    // As far down as the path says, but never past the last that sends anything at once.
    let step = this.#step + 1;
    if (availableBitrate !== undefined) while (step < lastLive && this.#needed(step) > availableBitrate) step++;
    this.#step = step;
    this.#downAtMs = atMs;
    this.#troubleSinceMs = atMs;
    return { step, why };
  }

  #maybeUp(atMs: number): LadderChange | undefined {
    const patienceMs = this.#step === lastStep ? Math.max(blindMs, this.#patienceMs) : this.#patienceMs;
    if (this.#step === this.#best || this.#calmSinceMs === undefined || atMs - this.#calmSinceMs < patienceMs) return undefined;
    return this.#up(atMs, 'the line is better');
  }

  #up(atMs: number, why: string): LadderChange {
    this.#step -= 1;
    this.#upAtMs = atMs;
    this.#calmSinceMs = atMs;
    return { step: this.#step, why };
  }
}

