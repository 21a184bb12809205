import type { ScreenText, WordsMoment } from '@vigil/protocol';

/** Around what was found, so many characters are shown. */
const aroundCharacters = 60;
/** Readings at most so far apart are one moment: between them the screen changed elsewhere, or was about to be read, ms. */
const joinMs = 2_500;

/** Finds words as they follow each other, in any case, with any white space between them. */
export const patternOf = (words: string): RegExp =>
  new RegExp(
    words
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
      .join('\\s+'),
    'i',
  );

/** Gathers one attempt's texts, in order of time, to moments in which the words stood. */
export class Moments {
  readonly all: WordsMoment[] = [];
  readonly #pattern: RegExp;

  constructor(pattern: RegExp) {
    this.#pattern = pattern;
  }

  /** Texts in which the words do not stand change nothing. */
  add({ startMs, endMs, text }: ScreenText): void {
    const found = this.#pattern.exec(text);
    if (!found) return;
    const last = this.all.at(-1);
    if (last && startMs - last.endMs <= joinMs) last.endMs = Math.max(last.endMs, endMs);
    else this.all.push({ startMs, endMs, ...around(text, found.index, found.index + found[0].length) });
  }
}

function around(text: string, from: number, to: number): Pick<WordsMoment, 'before' | 'hit' | 'after'> {
  const plain = (part: string): string => part.replace(/\s+/g, ' ');
  const start = Math.max(0, from - aroundCharacters);
  const end = Math.min(text.length, to + aroundCharacters);
  return {
    before: `${start > 0 ? '…' : ''}${plain(text.slice(start, from)).trimStart()}`,
    hit: plain(text.slice(from, to)),
    after: `${plain(text.slice(to, end)).trimEnd()}${end < text.length ? '…' : ''}`,
  };
}
