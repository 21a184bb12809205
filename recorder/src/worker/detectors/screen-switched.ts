import { z } from 'zod';
import { frameDetector, type Detector } from './detector.js';
import { isBlackScreen } from './screen-black.js';
import { stretchesOf } from './stretches.js';

/**
 * The picture is compared in 8×6 parts with the one two looks before, as a window opens in more than one look. `texture`: a part
 * shows something from this standard deviation of its brightness on, of 255; fewer than `parts` such parts say nothing. `same`: it
 * shows the same from this correlation on, however much it was dimmed. `changedShare`: so many of them must change. `scrolled`: what the
 * best vertical shift leaves of the difference, if the picture only moved. `beginMs`: so long after the first picture Vigil's own page turns,
 * because the exam begins.
 */
const thresholds = { texture: 6, parts: 6, same: 0.7, changedShare: 0.75, scrolled: 0.4, beginMs: 5_000 };

const grid = { columns: 8, rows: 6 };
/** A switch is a moment, ms. */
const momentMs = 1_000;

/**
 * The whole screen turns into another picture, as when another program or page comes to the front. It does not tell windows that look
 * alike from each other, nor a page that turns as a whole, without a frame that stays, from another program; nor a switch at a segment's border.
 */
export function screenSwitchedDetector(): Detector {
  return frameDetector({
    stamp: { name: 'screen-switched', version: '2', model: 'none', thresholds },
    track: 'screen',
    /** How much of what is shown changed, 0 to 1; 0 where it was scrolled. */
    sample: z.number(),
    look: () => {
      const before: (SmallPicture & { black: boolean })[] = [];
      return ({ frame: { width, height }, luma, brightness }) => {
        const now = { width, height, luma, black: isBlackScreen(brightness) };
        before.push(now);
        const then = before.length > 2 ? before.shift() : undefined;
        // A black screen is screen-black's to say.
        return !then || then.black || now.black ? 0 : changeOf(then, now);
      };
    },
    judge: (samples) =>
      stretchesOf(
        'screen-switched',
        samples
          .filter(({ startMs }) => startMs - (samples[0]?.startMs ?? 0) >= thresholds.beginMs)
          .map(({ startMs, endMs, value }) => ({ startMs, endMs: Math.min(endMs, startMs + momentMs), value })),
        (share) => (share >= thresholds.changedShare ? share : undefined),
      ),
  });
}

interface SmallPicture {
  width: number;
  height: number;
  luma: Uint8Array;
}

/** How much of what two pictures show is not the same, 0 to 1. */
export function changeOf(then: SmallPicture, now: SmallPicture): number {
  let shown = 0;
  let changed = 0;
  for (let row = 0; row < grid.rows; row++)
    for (let column = 0; column < grid.columns; column++) {
      const likeness = likenessOf(then, now, column, row);
      if (likeness === undefined) continue;
      shown++;
      if (likeness < thresholds.same) changed++;
    }
  const share = shown < thresholds.parts ? 0 : Math.round((changed / shown) * 100) / 100;
  return share >= thresholds.changedShare && isScrolled(then, now) ? 0 : share;
}

/** Correlation of a part, −1 to 1; undefined where neither shows anything. */
function likenessOf(a: SmallPicture, b: SmallPicture, column: number, row: number): number | undefined {
  const { width, height } = a;
  const edge = (length: number, parts: number, index: number): number => Math.floor((length * index) / parts);
  let count = 0;
  let [sumA, sumB, squaresA, squaresB, product] = [0, 0, 0, 0, 0];
  for (let y = edge(height, grid.rows, row); y < edge(height, grid.rows, row + 1); y++)
    for (let x = edge(width, grid.columns, column); x < edge(width, grid.columns, column + 1); x++) {
      const [one, other] = [a.luma[y * width + x] ?? 0, b.luma[y * width + x] ?? 0];
      count++;
      sumA += one;
      sumB += other;
      squaresA += one * one;
      squaresB += other * other;
      product += one * other;
    }
  const deviation = (sum: number, squares: number): number => Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  const [ofA, ofB] = [deviation(sumA, squaresA), deviation(sumB, squaresB)];
  if (Math.max(ofA, ofB) < thresholds.texture) return undefined;
  // A picture dimmed by a dialog in front of it has less of a deviation, but not none.
  return Math.min(ofA, ofB) < 1 ? 0 : (product / count - (sumA / count) * (sumB / count)) / (ofA * ofB);
}

/** Columns that are compared for scrolling; rows that must still be seen after it. */
const strips = 40;
const leastRows = 24;

/** Whether the one is the other moved up or down. */
function isScrolled(a: SmallPicture, b: SmallPicture): boolean {
  const [first, second] = [stripsOf(a), stripsOf(b)];
  const { height } = a;
  /** Mean difference over the rows that both show. */
  const differenceAt = (shift: number): number => {
    let sum = 0;
    for (let row = Math.max(0, shift); row < Math.min(height, height + shift); row++)
      for (let strip = 0; strip < strips; strip++) sum += Math.abs((second[row * strips + strip] ?? 0) - (first[(row - shift) * strips + strip] ?? 0));
    return sum / ((height - Math.abs(shift)) * strips);
  };
  const still = differenceAt(0);
  for (let shift = 1; shift <= height - leastRows; shift++)
    if (Math.min(differenceAt(shift), differenceAt(-shift)) <= still * thresholds.scrolled) return true;
  return false;
}

function stripsOf({ width, height, luma }: SmallPicture): Float32Array {
  const out = new Float32Array(height * strips);
  const across = Math.floor(width / strips);
  for (let row = 0; row < height; row++)
    for (let strip = 0; strip < strips; strip++) {
      let sum = 0;
      for (let x = strip * across; x < (strip + 1) * across; x++) sum += luma[row * width + x] ?? 0;
      out[row * strips + strip] = sum / across;
    }
  return out;
}
