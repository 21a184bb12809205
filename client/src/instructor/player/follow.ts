/** Drift below this is left alone, ms of real time. A frame of a 15 fps webcam lasts 67 ms. */
const LET_BE_MS = 20;
/** Beyond this a pane jumps back, or hurries forward, ms of real time. */
const JUMP_MS = 250;
/** A pane that is less behind hurries, because a jump decodes from the key frame again and may come as late. ms of real time. */
const HURRY_MS = 2_000;
/** How much faster or slower a pane runs to catch up: hardly heard, or soon over (sound starts about 80 ms late). */
const NUDGE = 0.06;
const STRONG_NUDGE = 0.3;
/** Above this the strong nudge, ms of real time. */
const STRONG_MS = 40;

/** Where a pane's picture is against where it should be. */
export interface Following {
  /** The master clock, ms. */
  positionMs: number;
  /** Where the media element is, ms. */
  currentMs: number;
  rate: number;
  playing: boolean;
  /** The clock was sent here: what lies between is not to be seen. */
  sought: boolean;
  /** Both positions lie in one stretch of loaded data; a media element does not cross a hole by itself. */
  connected: boolean;
  /** The last answer's rate, so that a nudge goes on until the drift is gone. */
  lastRate: number;
}

/** What the pane should do: jump, or play at a rate. */
export type Step = { jumpTo: number } | { rate: number };

/** How a pane follows the master clock: small drift by a nudge of its rate, large drift by a jump. */
export function follow(state: Following): Step {
  const { positionMs, currentMs, rate, playing, sought, connected, lastRate } = state;
  const driftMs = (currentMs - positionMs) / Math.max(1, rate);
  const size = Math.abs(driftMs);
  if (!connected || driftMs > JUMP_MS || driftMs < -HURRY_MS || ((sought || !playing) && size > LET_BE_MS))
    return { jumpTo: positionMs };
  // Browsers play at 16× at most.
  if (size > JUMP_MS) return { rate: Math.min(16, rate * 2) };
  const nudging = lastRate !== rate;
  if (size < LET_BE_MS / 4 || (size < LET_BE_MS && !nudging)) return { rate };
  const nudge = size > STRONG_MS ? STRONG_NUDGE : NUDGE;
  return { rate: rate * (driftMs > 0 ? 1 - nudge : 1 + nudge) };
}
