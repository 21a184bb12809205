import { peakMs, type AttemptStrips, type AttemptTimeline, type Track } from '@vigil/protocol';
import type { Range } from './ranges.js';

/** A thumbnail, and the stretch that it stands for, in the attempt's time. */
export interface Thumbnail extends Range {
  /** Of the picture that it is in, with others below and above it. */
  url: string;
  /** Its place in there, from the top, and how many there are. */
  place: number;
  count: number;
  width: number;
  height: number;
}

/** What an attempt looks and sounds like at a glance, by position. Where an older segment has no strip there is nothing. */
export class StripIndex {
  readonly #thumbnails: Record<Track, Thumbnail[]> = { webcam: [], screen: [] };
  /** A byte for each `peakMs` from the attempt's start. */
  readonly #peaks: Uint8Array;
  /** Where somebody speaks. */
  readonly speech: readonly Range[];
  /** That is known of all sound. */
  readonly knowsSpeech: boolean;

  constructor({ segments }: AttemptStrips, { tracks, startMs: originMs, endMs }: Pick<AttemptTimeline, 'tracks' | 'startMs' | 'endMs'>) {
    const byId = new Map(segments.map((segment) => [segment.id, segment]));
    const speech: Range[] = [];
    this.knowsSpeech = tracks.every((track) => track.segments.every(({ id, mimeType }) => !mimeType.includes('opus') || byId.get(id)?.sound?.speech));
    this.#peaks = new Uint8Array(Math.ceil(Math.max(0, endMs - originMs) / peakMs));
    for (const { track, segments: parts } of tracks)
      for (const { id, startMs, durationMs, zeroMs } of parts) {
        const strip = byId.get(id);
        const zero = zeroMs - originMs;
        const part = { fromMs: startMs - originMs, toMs: startMs - originMs + durationMs };
        const { pictures, sound } = strip ?? {};
        if (pictures) {
          const { width, height, timesMs } = pictures;
          timesMs.forEach((timeMs, place) => {
            // The first one also stands for what is before it.
            const fromMs = Math.max(part.fromMs, place ? zero + timeMs : -Infinity);
            const toMs = Math.min(part.toMs, zero + (timesMs[place + 1] ?? Infinity));
            if (toMs > fromMs) this.#thumbnails[track].push({ url: `/api/segments/${id}/strip`, place, count: timesMs.length, width, height, fromMs, toMs });
          });
        }
        if (!sound) continue;
        for (const [fromMs, toMs] of sound.speech ?? []) {
          const stretch = { fromMs: Math.max(part.fromMs, zero + fromMs), toMs: Math.min(part.toMs, zero + toMs) };
          if (stretch.toMs > stretch.fromMs) speech.push(stretch);
        }
        const bytes = atob(sound.peaks);
        for (let at = 0; at < bytes.length; at++) {
          const positionMs = zero + (at + 0.5) * peakMs;
          if (positionMs < part.fromMs || positionMs >= part.toMs) continue;
          const bin = Math.floor(positionMs / peakMs);
          this.#peaks[bin] = Math.max(this.#peaks[bin] ?? 0, bytes.charCodeAt(at));
        }
      }
    for (const all of Object.values(this.#thumbnails)) all.sort((a, b) => a.fromMs - b.fromMs);
    this.speech = speech.sort((a, b) => a.fromMs - b.fromMs);
  }

  has(track: Track): boolean {
    return this.#thumbnails[track].length > 0;
  }
  get hasSound(): boolean {
    return this.#peaks.some(Boolean);
  }

  /** How many times as wide as high the thumbnails of a track are. */
  shape(track: Track): number {
    const [first] = this.#thumbnails[track];
    return first ? first.width / first.height : 4 / 3;
  }

  /** The thumbnail of a position, if something of the track was recorded there. */
  at(track: Track, positionMs: number): Thumbnail | undefined {
    return this.within(track, { fromMs: positionMs, toMs: positionMs + 1 });
  }

  /** The thumbnail of a stretch: that of its middle, or the first one in it. */
  within(track: Track, { fromMs, toMs }: Range): Thumbnail | undefined {
    const all = this.#thumbnails[track];
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((all[middle]?.toMs ?? Infinity) <= fromMs) low = middle + 1;
      else high = middle;
    }
    const first = all[low];
    if (!first || first.fromMs >= toMs) return undefined;
    const centre = (fromMs + toMs) / 2;
    for (let at = low; at < all.length; at++) {
      const one = all[at];
      if (!one || one.fromMs > centre) break;
      if (centre < one.toMs) return one;
    }
    return first;
  }

  /** How loud it is in each of so many equal parts of a stretch, 0 to 1. */
  levels({ fromMs, toMs }: Range, parts: number): number[] {
    const perPart = (toMs - fromMs) / parts;
    return Array.from({ length: parts }, (_, part) => {
      const first = Math.floor((fromMs + part * perPart) / peakMs);
      const last = Math.max(first + 1, Math.ceil((fromMs + (part + 1) * perPart) / peakMs));
      let most = 0;
      for (let bin = Math.max(0, first); bin < Math.min(last, this.#peaks.length); bin++) most = Math.max(most, this.#peaks[bin] ?? 0);
      return most / 255;
    });
  }
}
