import type { Look } from './look.js';
import { partDifferenceOf } from './signature.js';

const secondMs = 1_000;
/** After something began or moved no second is left out for this long, ms: most rules know by then whether it is an incident. */
const denseMs = 4_000;
/** `changed`: how much a part of the picture must differ from what it was in the last look, of 255, for something to have moved. */
export const paceThresholds = { changed: 16 };

const secondOf = ({ timeMs }: Pick<Look, 'timeMs'>): number => Math.floor(timeMs / secondMs);

/**
 * Which frames are looked at for faces and things: the first one of each second, and of every other second where nothing moves. It is one
 * for all detectors, so that they look at the same frames.
 */
export class Pace {
  #second = -1;
  #last: Pick<Look, 'timeMs' | 'signature'> | undefined;
  #left: Look | undefined;
  #denseUntilMs = -Infinity;
  /** What was left out between the frame that is looked at and the one before. */
  leftOut: Look | undefined;

  /** Asked once of each frame, in order. */
  isDue(look: Look): boolean {
    const second = secondOf(look);
    if (second === this.#second) return false;
    this.#second = second;
    const last = this.#last;
    if (last && look.timeMs > this.#denseUntilMs && second - secondOf(last) < 2 && partDifferenceOf(last.signature, look.signature) <= paceThresholds.changed) {
      this.#left = look;
      return false;
    }
    this.#last = { timeMs: look.timeMs, signature: look.signature };
    this.leftOut = this.#left;
    this.#left = undefined;
    return true;
  }

  /** Something begins there, or may end at any time. */
  hurry({ timeMs }: Pick<Look, 'timeMs'>): void {
    this.#denseUntilMs = timeMs + denseMs;
  }
}
