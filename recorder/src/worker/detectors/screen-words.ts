import type { ScreenText } from '@vigil/protocol';
import { z } from 'zod';
import type { GreyPicture } from '../media/frame.js';
import type { ReadLine, Reader } from '../models/tesseract.js';
import { frameDetector, type Detector, type Observation, type Timed } from './detector.js';
import type { Look } from './look.js';
import { stretchesOf } from './stretches.js';
import { textOf, wordIn } from './word-match.js';

/**
 * `difference`, `word`: rows of the small picture count as changed where so many pixels differ by so much, of 255; a caret and a
 * pointer are narrower than a word. It is read when nothing changed for `calmMs`, or after `waitMs`, `aMinute` times at most; where
 * less than `largeShare` of the rows changed, as while somebody types, after `smallMs` at the earliest and one time less.
 * `exact`, `alike`: the confidence of what was read as it is written in the rules, and of what has letters that are easily mistaken.
 */
const thresholds = { difference: 24, word: 4, calmMs: 1_000, waitMs: 5_000, aMinute: 4, largeShare: 0.25, smallMs: 15_000, exact: 0.9, alike: 0.7 };

/** The text that is on the screen, and how long it had been there when it was read, ms. */
const ScreenSample = z.object({ text: z.string(), sinceMs: z.number() });
type ScreenSample = z.infer<typeof ScreenSample>;

/** More is not kept of one screen. */
const longestText = 10_000;
/** Around rows that changed, in rows of the full picture. */
const margin = 8;

const name = 'screen-words';

/** Reads the words on the screen, and finds those that the exam's rules name. Latin letters; what stands for a few seconds only may be missed. */
export function screenWordsDetector(reader: Reader): Detector {
  return frameDetector({
    stamp: { name, version: '3', model: reader.label, thresholds },
    track: 'screen',
    reads: true,
    sample: ScreenSample,
    look: () => {
      const watch = new ScreenWatch(reader);
      return (look) => watch.see(look);
    },
    judge: (samples, { words = [] }) => {
      const texts = standing(samples).map((each) => ({ ...each, value: textOf(each.value) }));
      return words.flatMap((word): Observation[] => {
        const read = wordIn(word);
        return stretchesOf(name, texts, (text) => {
          const how = read(text);
          return how && thresholds[how];
        }).map((observation) => ({ ...observation, detail: `“${word}”` }));
      });
    },
  });
}

/** What was read on an attempt's screen, each text once for as long as it stood. @param samples of this detector, in order of time. */
export function screenTextsOf(samples: readonly Timed<unknown>[]): ScreenText[] {
  const texts: ScreenText[] = [];
  for (const { startMs, endMs, value: text } of standing(samples.map((each) => ({ ...each, value: ScreenSample.parse(each.value) })))) {
    const last = texts.at(-1);
    // A segment's border.
    if (last?.text === text && startMs - last.endMs <= 500) last.endMs = endMs;
    else if (text) texts.push({ startMs, endMs, text });
  }
  return texts;
}

/** Each text from when it appeared. */
function standing(samples: readonly Timed<ScreenSample>[]): Timed<string>[] {
  const begins = samples.map(({ startMs, value }) => startMs - value.sinceMs);
  return samples
    .map(({ endMs, value }, index) => ({ startMs: begins[index] ?? endMs, endMs: Math.min(endMs, begins[index + 1] ?? endMs), value: value.text }))
    .filter(({ startMs, endMs }) => endMs > startMs);
}

interface Rows {
  top: number;
  bottom: number;
}

const overlap = (a: Rows, b: Rows): boolean => a.top < b.bottom && a.bottom > b.top;

/** As one reads: parts of one line, which are at the same height, from the left. */
function inOrder(a: ReadLine, b: ReadLine): number {
  const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return shared * 2 > Math.min(a.bottom - a.top, b.bottom - b.top) ? a.left - b.left : a.top - b.top;
}

/** Follows what is on a screen, and reads what is new. */
class ScreenWatch {
  readonly #reader: Reader;
  /** What was read last, and the small picture as it was then, row by row. */
  #lines: ReadLine[] = [];
  #read: Uint8Array | undefined;
  #before: Uint8Array | undefined;
  #calmSinceMs = 0;
  #unreadSinceMs: number | undefined;
  #told: string | undefined;
  readonly #readings: number[] = [];
  /** It took too long to read: no more of the segment is. */
  #gaveUp = false;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async see({ frame: { width, height, full }, luma, timeMs, signal }: Look): Promise<ScreenSample | undefined> {
    if (!full) return undefined;
    const small = { width, height };
    const changed = changedRows(small, luma, this.#read);
    if (!this.#before || changedRows(small, luma, this.#before).length) this.#calmSinceMs = timeMs;
    this.#before = luma;
    this.#unreadSinceMs = changed.length ? (this.#unreadSinceMs ?? timeMs) : undefined;
    const scale = full.height / height;
    const parts = changed.map(({ top, bottom }) => ({ top: top * scale - margin, bottom: bottom * scale + margin }));
    const kept = this.#lines.filter((line) => !parts.some((part) => overlap(part, line)));
    if (!this.#isDue(timeMs, changed, height)) return this.#tell(kept, timeMs, timeMs);

    this.#readings.push(timeMs);
    const lost = this.#lines.filter((line) => !kept.includes(line));
    const fresh: ReadLine[] = [];
    for (const part of joined([...parts, ...lost.map(({ top, bottom }) => ({ top: top - margin, bottom: bottom + margin }))], full.height)) {
      const read = this.#gaveUp ? undefined : await this.#reader.read(cut(full, part), signal);
      this.#gaveUp ||= !read;
      fresh.push(...(read ?? []).map((line) => ({ ...line, top: line.top + part.top, bottom: line.bottom + part.top })));
    }
    this.#lines = [...kept, ...fresh].sort(inOrder);
    this.#read = luma;
    this.#unreadSinceMs = undefined;
    return this.#tell(this.#lines, timeMs, this.#calmSinceMs);
  }

  #isDue(timeMs: number, changed: readonly Rows[], height: number): boolean {
    if (this.#gaveUp || this.#unreadSinceMs === undefined) return false;
    if (!this.#read) return true;
    if (timeMs - this.#calmSinceMs < thresholds.calmMs && timeMs - this.#unreadSinceMs < thresholds.waitMs) return false;
    const lately = this.#readings.filter((atMs) => timeMs - atMs < 60_000).length;
    if (changed.reduce((sum, { top, bottom }) => sum + bottom - top, 0) >= height * thresholds.largeShare) return lately < thresholds.aMinute;
    return lately < thresholds.aMinute - 1 && timeMs - (this.#readings.at(-1) ?? 0) >= thresholds.smallMs;
  }

  #tell(lines: readonly ReadLine[], timeMs: number, sinceMs: number): ScreenSample | undefined {
    const text = lines.map((line) => line.text).join('\n').slice(0, longestText);
    if (text === this.#told) return undefined;
    this.#told = text;
    return { text, sinceMs: Math.round(timeMs - sinceMs) };
  }
}

/** Runs of rows that changed by a word or more; all of them where there is nothing to compare with. */
function changedRows({ width, height }: { width: number; height: number }, luma: Uint8Array, before: Uint8Array | undefined): Rows[] {
  if (!before) return [{ top: 0, bottom: height }];
  const rows: Rows[] = [];
  for (let row = 0; row < height; row++) {
    let count = 0;
    for (let at = row * width; at < (row + 1) * width; at++) if (Math.abs((luma[at] ?? 0) - (before[at] ?? 0)) >= thresholds.difference) count++;
    if (count < thresholds.word) continue;
    const last = rows.at(-1);
    if (last?.bottom === row) last.bottom++;
    else rows.push({ top: row, bottom: row + 1 });
  }
  return rows;
}

/** Whole rows inside of the picture, those that overlap as one. */
function joined(parts: readonly Rows[], height: number): Rows[] {
  const all: Rows[] = [];
  for (const { top, bottom } of [...parts].sort((a, b) => a.top - b.top)) {
    const last = all.at(-1);
    const part = { top: Math.max(0, Math.floor(top)), bottom: Math.min(height, Math.ceil(bottom)) };
    if (last && part.top <= last.bottom) last.bottom = Math.max(last.bottom, part.bottom);
    else all.push(part);
  }
  return all;
}

const cut = ({ width, data }: GreyPicture, { top, bottom }: Rows): GreyPicture => ({
  width,
  height: bottom - top,
  data: data.subarray(top * width, bottom * width),
});
