import type { LookProblem } from '@vigil/protocol';

/** Words of a document that are long enough to be words, without which nothing was read. */
const leastWords = 3;

/** Letters as a machine-readable zone writes them (ICAO 9303-3, 6: ä as AE or A), upper case, the rest as spaces. */
const plain = (text: string, umlauts: Readonly<Record<string, string>>): string[] =>
  text
    .toUpperCase()
    .replace(/[ÄÖÜẞßØÆÅ]/g, (letter) => umlauts[letter] ?? letter)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .split(/[^\p{L}]+/u)
    .filter(Boolean);

const spelled: Record<string, string> = { Ä: 'AE', Ö: 'OE', Ü: 'UE', ẞ: 'SS', ß: 'SS', Ø: 'OE', Æ: 'AE', Å: 'AA' };
const bare: Record<string, string> = { ẞ: 'SS', ß: 'SS', Ø: 'O', Æ: 'AE' };

/**
 * Whether a document's text names the student: the first and the last part of the name must be read, in any order, with one wrong
 * letter in five. Other parts may be missing. The text is read for Latin letters only.
 */
export function nameProblems(text: string, student: string): LookProblem[] {
  const read = [...plain(text, spelled), ...plain(text, bare)];
  if (plain(text, bare).filter((word) => word.length > 2).length < leastWords) return ['no-document'];
  const found = (part: string): boolean => read.some((word) => edits(part, word) <= Math.floor(part.length / 5));
  const named = [spelled, bare].some((umlauts) => {
    const parts = plain(student, umlauts);
    const [first, last] = [parts[0], parts.at(-1)];
    return first !== undefined && last !== undefined && found(first) && found(last);
  });
  return named ? [] : ['name-differs'];
}

/** How many letters have to be put in, taken out or changed (Levenshtein 1966). */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}
