/** A line of a table, with the number of the line in the text where it begins, from 1. */
export interface CsvLine {
  line: number;
  cells: string[];
  /** A quotation mark was not closed. */
  open?: boolean;
}

/** Of those that the first line has as many of, the first: a comma stands in names too. */
const delimiters = ['\t', ';', ','] as const;

/** Text from a file: UTF-8, or UTF-16 where it says so; else Windows-1252, as older spreadsheets write it. A byte order mark is taken away. */
export function decoded(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** What separates the cells: what the first line has most of, outside of quotation marks. */
function delimiterOf(text: string): string {
  const first = text.replace(/"[^"]*"/g, '').trimStart().split(/\r\n|\r|\n/, 1)[0] ?? '';
  const count = (one: string): number => first.split(one).length;
  return delimiters.reduce((best, one) => (count(one) > count(best) ? one : best));
}

/** Reads a table (RFC 4180, with comma, semicolon or tab). Cells are trimmed; lines in which nothing stands are left out. */
export function parseCsv(given: string): CsvLine[] {
  const text = given.replace(/^\uFEFF/, '');
  const delimiter = delimiterOf(text);
  const lines: CsvLine[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let [line, begun] = [1, 1];
  const endCell = (): void => {
    cells.push(cell.trim());
    cell = '';
  };
  const endLine = (open = false): void => {
    endCell();
    if (cells.some(Boolean)) lines.push({ line: begun, cells, ...(open && { open }) });
    cells = [];
    begun = line;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    const newline = char === '\n' || char === '\r';
    if (newline && !(char === '\r' && text[at + 1] === '\n')) line += 1;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += char;
        at += 1;
      } else quoted = false;
    } else if (char === '"' && cell.trim() === '') {
      quoted = true;
      cell = '';
    } else if (char === delimiter) endCell();
    else if (newline) {
      if (!(char === '\r' && text[at + 1] === '\n')) endLine();
    } else cell += char;
  }
  endLine(quoted);
  return lines;
}

/** What a spreadsheet would take for a formula when it stands first, also in its wide form. */
const formula = /^[\s]*[=+\-@＝＋－＠]|^[\t\r\n]/;

/**
 * Writes a table so that spreadsheets read it well: with a byte order mark, and each cell in quotation marks. A cell that would be taken for a
 * formula has an apostrophe before it: names are what students gave, and no instructions.
 */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  `\uFEFF${rows.map((cells) => cells.map((cell) => `"${(formula.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"`).join(',')).join('\r\n')}\r\n`;
