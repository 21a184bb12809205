import { describe, expect, it } from 'vitest';
import type { GreyPicture } from '../media/frame.js';
import type { ReadLine, Reader } from '../models/tesseract.js';
import type { Timed } from './detector.js';
import { Look } from './look.js';
import { screenTextsOf, screenWordsDetector } from './screen-words.js';

/** A reader whose answer is known: each band of 16 rows is a line, named by its brightness. */
const size = { width: 16, height: 40 };
const scale = 4;
function reader() {
  const heights: number[] = [];
  const read = ({ width, height, data }: GreyPicture): Promise<ReadLine[]> => {
    heights.push(height);
    const lines: ReadLine[] = [];
    for (let row = 0; row < height; row++) {
      const text = String(data[row * width] ?? 0);
      const last = lines.at(-1);
      if (text === '0') continue;
      if (last?.bottom === row && last.text === text) last.bottom++;
      else lines.push({ text, left: 0, top: row, bottom: row + 1 });
    }
    return Promise.resolve(lines);
  };
  return { heights, reader: { label: 'none', read } satisfies Reader };
}
/** @param caret draws something as narrow as that. */
const screen = (bands: readonly number[], caret = false) => {
  const rows = (full: number) => Uint8Array.from({ length: size.width * full * size.height * full }, (_, at) => bands[Math.floor(at / (size.width * full) / (full * 4))] ?? 0);
  const small = rows(1);
  if (caret) for (let row = 4; row < 12; row++) small.fill(255, row * size.width, row * size.width + 2);
  const data = new Uint8Array(small.length * 3);
  small.forEach((value, at) => data.fill(value, at * 3, at * 3 + 3));
  return { ...size, data, full: { width: size.width * scale, height: size.height * scale, data: rows(scale) } };
};
/** Looks every half second at what is shown, each for its number of looks. */
async function watch(...shown: readonly (readonly [bands: readonly number[], looks: number, caret?: true])[]) {
  const own = reader();
  const see = screenWordsDetector(own.reader).look!({});
  const samples: [ms: number, value: { text: string; sinceMs: number }][] = [];
  let timeMs = 0;
  for (const [bands, looks, caret] of shown)
    for (let i = 0; i < looks; i++, timeMs += 500) {
      const value = await see(new Look({ timeMs, ...screen(bands, caret && i % 2 === 1) }, () => Promise.reject(new Error('no faces'))));
      if (value !== undefined) samples.push([timeMs, value as { text: string; sinceMs: number }]);
    }
  return { samples, heights: own.heights };
}
const first = [50, 0, 100, 0, 150, 0, 200, 0, 250, 0];

describe('the words on a screen', () => {
  it('are read once while they stand', async () => {
    expect(await watch([first, 100])).toEqual({ samples: [[0, { text: '50\n100\n150\n200\n250', sinceMs: 0 }]], heights: [160] });
  });

  it('are read again only where they changed, once it is calm, and count from when they came', async () => {
    const { samples, heights } = await watch([first, 60], [[50, 0, 100, 0, 150, 0, 120, 0, 250, 0], 20]);
    // What was there is gone at once.
    expect(samples.slice(1)).toEqual([
      [30_000, { text: '50\n100\n150\n250', sinceMs: 0 }],
      [31_000, { text: '50\n100\n150\n120\n250', sinceMs: 1_000 }],
    ]);
    expect(heights[1]).toBeLessThan(60);
  });

  it('are as they were when the same picture is back', async () => {
    const { samples, heights } = await watch([first, 60], [[], 1], [first, 20]);
    expect(samples.map(([ms]) => ms)).toEqual([0, 30_000, 30_500]);
    expect(samples[2]![1]).toEqual({ text: '50\n100\n150\n200\n250', sinceMs: 0 });
    expect(heights).toHaveLength(1);
  });

  it('are read four times a minute at most, however much changes', async () => {
    const other = first.map((value) => (value ? 255 - value + 5 : 60));
    const { samples } = await watch(...Array.from({ length: 40 }, (_, at) => [at % 2 ? other : first, 3] as const));
    // What is read had stood until it was calm.
    expect(samples.filter(([ms, { sinceMs }]) => ms === 0 || sinceMs > 0).length).toBe(4);
  });

  it('are given up for the segment where they take too long, and what was read before is kept', async () => {
    let reads = 0;
    const slow: Reader = { label: 'x', read: () => Promise.resolve(++reads > 1 ? undefined : [{ text: 'first', left: 0, top: 0, bottom: 4 }]) };
    const see = screenWordsDetector(slow).look!({});
    const told: unknown[] = [];
    for (let i = 0; i < 200; i++) told.push(await see(new Look({ timeMs: i * 500, ...screen(i < 40 ? first : [...first.slice(0, 8), i]) }, () => Promise.reject(new Error('no faces')))));
    expect(reads).toBe(2);
    expect(told.filter(Boolean)).toEqual([{ text: 'first', sinceMs: 0 }]);
  });

  it('are not read anew for a caret', async () => {
    const { heights } = await watch([first, 30, true]);
    expect(heights).toHaveLength(1);
  });
});

describe('judging', () => {
  const sample = (startMs: number, endMs: number, text: string, sinceMs = 0): Timed<unknown> => ({ startMs, endMs, value: { text, sinceMs } });
  const detector = screenWordsDetector(reader().reader);
  const samples = [sample(0, 20_000, 'Question 4'), sample(20_000, 21_500, ''), sample(21_500, 40_000, 'https://chatgpt.com/c/1', 1_500), sample(40_000, 45_000, 'Ask ChatGPT at chatgpt.com'), sample(45_000, 60_000, 'He said')];

  it('finds what the rules name, for as long as it stood, and says which', () => {
    expect(detector.judge(samples, { words: ['ai', 'chatgpt.com', 'ChatGPT'] })).toEqual([
      { kind: 'screen-words', startMs: 20_000, endMs: 45_000, confidence: 0.9, shownAtMs: 20_000, detail: '“chatgpt.com”' },
      { kind: 'screen-words', startMs: 20_000, endMs: 45_000, confidence: 0.9, shownAtMs: 20_000, detail: '“ChatGPT”' },
    ]);
    expect(detector.judge(samples, {})).toEqual([]);
    expect(() => detector.judge([{ startMs: 0, endMs: 1, value: 7 }], {})).toThrow(/expected object/);
  });

  it('keeps each text once for as long as it stood, over a segment’s border', () => {
    expect(screenTextsOf([...samples, sample(60_000, 70_000, 'He said')])).toEqual([
      { startMs: 0, endMs: 20_000, text: 'Question 4' },
      { startMs: 20_000, endMs: 40_000, text: 'https://chatgpt.com/c/1' },
      { startMs: 40_000, endMs: 45_000, text: 'Ask ChatGPT at chatgpt.com' },
      { startMs: 45_000, endMs: 70_000, text: 'He said' },
    ]);
  });
});
