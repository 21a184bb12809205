/**
 * Seconds as sound: at each whole second one burst of two tones (the second modulo 16, as telephone keys do it).
 * A burst is too short for speech detection, and its onset can be told to a few milliseconds after Opus at 24 kbps.
 */
export const lowTones = [620, 740, 880, 1040] as const;
export const highTones = [1400, 1660, 1960, 2320] as const;
/** Length of a burst, s. */
export const burstSeconds = 0.09;
/** A burst says the second modulo this. */
export const burstRange = 16;

export interface Burst {
  /** Of the burst's onset, ms from the first sample. */
  atMs: number;
  /** The second, modulo 16. */
  symbol: number;
}

/** The tones of a symbol, Hz. */
export function tonesOf(symbol: number): readonly [low: number, high: number] {
  return [lowTones[Math.floor(symbol / 4) % 4]!, highTones[symbol % 4]!];
}

/** Adds the burst of `second` to `samples` (−1 to 1) at that second; the edges are soft, so that nothing clicks. */
export function addBurst(samples: Float32Array, rate: number, second: number, level = 0.25): void {
  const [low, high] = tonesOf(second % burstRange);
  const length = Math.round(burstSeconds * rate);
  const edge = Math.round(0.004 * rate);
  const start = second * rate;
  for (let i = 0; i < length && start + i < samples.length; i += 1) {
    const gain = level * Math.min(1, i / edge, (length - i) / edge);
    const angle = (2 * Math.PI * i) / rate;
    samples[start + i]! += gain * (Math.sin(angle * low) + Math.sin(angle * high));
  }
}

/** Power of one tone in a window (Goertzel's algorithm), relative to the samples' scale. */
function power(samples: Float32Array, from: number, length: number, rate: number, tone: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * tone) / rate);
  let a = 0;
  let b = 0;
  for (let i = from; i < from + length; i += 1) [a, b] = [samples[i]! + factor * a - b, a];
  return (a * a + b * b - factor * a * b) / (length * length);
}

/** Mean square of the samples; what is before the first one counts as silence. */
function energy(samples: Float32Array, from: number, length: number): number {
  return samples.subarray(Math.max(0, from), Math.max(0, from + length)).reduce((sum, sample) => sum + sample * sample, 0) / length;
}

const strongest = (powers: readonly number[]): { index: number; value: number; rest: number } => {
  const index = powers.indexOf(Math.max(...powers));
  const others = powers.filter((_, i) => i !== index);
  return { index, value: powers[index]!, rest: Math.max(...others) };
};

/** Finds the bursts in `samples` (mono, −1 to 1). Onsets are good to about 5 ms. */
export function readBursts(samples: Float32Array, rate: number): Burst[] {
  const window = Math.round(0.03 * rate);
  const hop = Math.round(0.0025 * rate);
  const bursts: Burst[] = [];
  const pairAt = (from: number): { symbol: number; level: number } | null => {
    const low = strongest(lowTones.map((tone) => power(samples, from, window, rate, tone)));
    const high = strongest(highTones.map((tone) => power(samples, from, window, rate, tone)));
    // Two clear tones of about the same strength: speech and noise do not give that.
    const clear = low.value > 8 * low.rest && high.value > 8 * high.rest;
    const even = low.value < 12 * high.value && high.value < 12 * low.value;
    const level = Math.min(low.value, high.value);
    return clear && even && level > 1e-6 ? { symbol: low.index * 4 + high.index, level } : null;
  };
  for (let from = 0; from + window <= samples.length; from += 2 * hop) {
    const found = pairAt(from);
    if (!found) continue;
    // The whole burst is near: the loudest window inside it tells the symbol, half of its level where it begins.
    const nearby: { from: number; level: number; symbol: number }[] = [];
    for (let at = Math.max(0, from - window); at < from + burstSeconds * rate && at + window <= samples.length; at += hop) {
      const pair = pairAt(at);
      if (pair) nearby.push({ from: at, ...pair });
    }
    const loudest = nearby.reduce((best, next) => (next.level > best.level ? next : best));
    const same = nearby.filter((pair) => pair.symbol === loudest.symbol);
    const onset = same.find((pair) => pair.level >= loudest.level / 4);
    // A syllable can look like a burst, but is not as long, and has no silence before it.
    const long = onset && (same.at(-1)!.from - onset.from) / rate > burstSeconds / 2;
    if (long && energy(samples, onset.from - window / 4, window / 2) < energy(samples, loudest.from, window) / 10) {
      bursts.push({ atMs: ((onset.from + window / 2) / rate) * 1000, symbol: loudest.symbol });
      from += Math.round(burstSeconds * rate);
    }
  }
  return bursts;
}
