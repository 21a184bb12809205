/** What a second of a clip takes: seconds of work, and bytes of the file. */
export interface Rate {
  seconds: number;
  bytes: number;
}

/**
 * Measured in Chromium with 10 min of webcam, 640×480 at 15/s, and screen, 1280×720 at 5/s: all that is done for a second of the clip
 * takes 0.35 s of one core, and makes 139 kB. On a 2-core machine with 13 to 17 processes waiting it still took 0.72 s.
 */
export const ordinary: Rate = { seconds: 0.4, bytes: 140_000 };

const key = 'vigil-export-rate';
/** A clip shorter than this says more about the start than about the rate, s. */
const LEAST_S = 5;

/** What this computer took last, or what is ordinary. */
export function rateOf(storage: Pick<Storage, 'getItem'>): Rate & { measured: boolean } {
  try {
    const kept = JSON.parse(storage.getItem(key) ?? '') as Partial<Rate>;
    const sane = (value: unknown, most: number): value is number => typeof value === 'number' && value > 0 && value < most;
    if (sane(kept.seconds, 100) && sane(kept.bytes, 1e7)) return { seconds: kept.seconds, bytes: kept.bytes, measured: true };
  } catch {
    // Nothing is kept, or it may not be read.
  }
  return { ...ordinary, measured: false };
}

export function keepRate(storage: Pick<Storage, 'setItem'>, clipS: number, workS: number, bytes: number): void {
  if (clipS < LEAST_S) return;
  try {
    storage.setItem(key, JSON.stringify({ seconds: workS / clipS, bytes: bytes / clipS }));
  } catch {
    // Then the next estimate is the ordinary one.
  }
}

/** Bytes in words, e.g. `3.4 MB`. */
export const sizeWords = (bytes: number): string => `${bytes < 1e7 ? Math.max(0.1, bytes / 1e6).toFixed(1) : Math.round(bytes / 1e6)}\u00a0MB`;

/** Seconds of work in words, rounded as an estimate should be, e.g. `20 s`, `3 min`. */
export function workWords(seconds: number): string {
  if (seconds < 5) return 'a few seconds';
  if (seconds < 90) return `${Math.ceil(seconds / 5) * 5}\u00a0s`;
  return `${Math.ceil(seconds / 60)}\u00a0min`;
}
