/** A text as words are looked for in it. */
export interface MatchText {
  /** Small letters and digits, without accents. */
  tokens: readonly string[];
  /** The same with letters that are easily mistaken for each other made one. */
  folded: readonly string[];
  /** `folded` with nothing between, to see quickly what cannot be in it. */
  joined: string;
}

/** A word so short has to be read as it is. */
const shortest = 5;
/** In a word so long one letter inside may be wrong, missing or too much: shorter ones become other words by that. */
const long = 8;

const tokensOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}](?:\|?[\p{L}\p{N}])*/gu) ?? [];

const alike: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'], [/vv/g, 'w'], [/cl/g, 'd'], [/[i1|]/g, 'l'], [/0/g, 'o'], [/5/g, 's'], [/2/g, 'z'], [/8/g, 'b'], [/[9q]/g, 'g'],
]; // prettier-ignore
const fold = (token: string): string => alike.reduce((folded, [letters, one]) => folded.replace(letters, one), token);

/** Prepares a text that was read. */
export function textOf(text: string): MatchText {
  const tokens = tokensOf(text);
  const folded = tokens.map(fold);
  return { tokens, folded, joined: folded.join('') };
}

/**
 * Looks for a word, a name or a site of an exam's rules in texts that were read: whole words in any case and with anything but letters
 * between them. `exact`: as it is written; `alike`: with letters that are easily mistaken, or parted in other places.
 */
export function wordIn(entry: string): (text: MatchText) => 'exact' | 'alike' | undefined {
  const wanted = tokensOf(entry.trim().replace(/^[a-z]+:\/\//i, '').replace(/^www\./i, ''));
  const folded = wanted.map(fold);
  const whole = folded.join('');
  if (!wanted.length) return () => undefined;
  return ({ tokens, folded: read, joined }) => {
    if (joined.includes(whole)) {
      if (tokens.some((_, at) => wanted.every((token, index) => tokens[at + index] === token))) return 'exact';
      if (whole.length >= shortest && read.some((_, at) => isParted(read, at, whole))) return 'alike';
    }
    if (!wanted.some(({ length }) => length >= long)) return undefined;
    const same = (index: number, at: number): boolean => {
      const [own = '', other] = [wanted[index], tokens[at]];
      if (other === undefined) return false;
      if (own === other) return true;
      const [a = '', b = ''] = [folded[index], read[at]];
      return own.length >= shortest && (a === b || (own.length >= long && isNearly(a, b)));
    };
    return read.some((_, at) => wanted.every((_, index) => same(index, at + index))) ? 'alike' : undefined;
  };
}

/** Whether the tokens from here on make up the word, wherever they are parted. */
function isParted(tokens: readonly string[], from: number, word: string): boolean {
  let length = 0;
  for (let at = from; length < word.length; at++) {
    const token = tokens[at];
    if (token === undefined || !word.startsWith(token, length)) return false;
    length += token.length;
  }
  return true;
}

/** Whether one letter inside, not the first nor the last one, is another, missing or too much. */
function isNearly(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a[0] !== b[0] || a.at(-1) !== b.at(-1)) return false;
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}
