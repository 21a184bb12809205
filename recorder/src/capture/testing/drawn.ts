import type { ClipFrame } from './clips.js';

/** Pictures that no decoder would take, but with headers of VP8: enough for what does not decode. */
export function drawn(seconds: number, fps: number, keys: (index: number) => boolean, fromMs = 0): ClipFrame[] {
  return Array.from({ length: seconds * fps }, (_, index) => ({
    ticks: (index * 90_000) / fps + fromMs * 90,
    data: Buffer.from(keys(index) ? '1002009d012ab0009000aabb' : '110200ccdd', 'hex'),
  }));
}

/** Opus packets of 20 ms that no decoder would take. */
export const tone = (seconds: number, fromMs = 0): ClipFrame[] =>
  Array.from({ length: seconds * 50 }, (_, index) => ({
    ticks: index * 960 + fromMs * 48,
    data: Buffer.from('f801020304', 'hex'),
  }));

/** Every so many frames, from the first on. */
export const every = (count: number) => (index: number) => index % count === 0;
