import { mostStudents, RosterLine, studentKey } from '@vigil/protocol';
import { parseCsv, type CsvLine } from './csv.js';

/** A line of a list of students, as it would be added. */
export interface StudentLine extends RosterLine {
  /** In the text, from 1. */
  line: number;
  /** Why it cannot be added, and what to do. */
  problem?: string;
  /** The student is in the list already, and stays as they are. */
  there: boolean;
}

/** What a list says. */
export interface StudentList {
  lines: StudentLine[];
  /** Why nothing of it can be added. */
  problem?: string;
}

const headers = {
  name: ['name', 'student', 'full name', 'student name'],
  first: ['first name', 'firstname', 'given name'],
  last: ['last name', 'lastname', 'surname', 'family name'],
  email: ['email', 'e-mail', 'mail', 'email address', 'e-mail address'],
  minutes: ['extra minutes', 'extra time', 'extra', 'minutes', 'extra time (minutes)'],
} as const;
type Column = keyof typeof headers;
type Columns = Partial<Record<Column, number>>;

/** Which column is what, if the first line says so. */
function columnsIn({ cells }: CsvLine): Columns | undefined {
  if (cells.some((cell) => cell.includes('@'))) return undefined;
  const words = cells.map((cell) => cell.toLowerCase());
  const found = Object.entries(headers).flatMap(([column, names]) => {
    const at = words.findIndex((word) => (names as readonly string[]).includes(word));
    return at < 0 ? [] : [[column, at] as const];
  });
  return found.length ? Object.fromEntries(found) : undefined;
}

/** Where no line says it: name, e-mail, extra minutes; or the address first. */
const ordinary = ({ cells }: CsvLine): Columns => ({ ...(cells[0]?.includes('@') ? { email: 0, name: 1 } : { name: 0, email: 1 }), minutes: 2 });

/**
 * Reads a list of students: name, e-mail, extra minutes, or with a first line that names the columns. A line that cannot be added says why.
 * @param keys of the students who are in the exam's list already, as `studentKey` makes them.
 */
export function readStudents(text: string, keys: ReadonlySet<string>): StudentList {
  const all = parseCsv(text);
  const [first] = all;
  if (!first) return { lines: [] };
  const named = columnsIn(first);
  const columns = named ?? ordinary(first);
  if (columns.name === undefined && columns.first === undefined && columns.last === undefined)
    return { lines: [], problem: 'No column is called “Name”. Give the column with the names that heading.' };
  const rows = named ? all.slice(1) : all;
  if (rows.length > mostStudents) return { lines: [], problem: `There are ${rows.length} lines. At most ${mostStudents} students can be added at once: divide the list.` };
  const seen = new Map<string, number>();
  return { lines: rows.map((row) => lineOf(row, columns, keys, seen)) };
}

function lineOf({ line, cells, open }: CsvLine, columns: Columns, keys: ReadonlySet<string>, seen: Map<string, number>): StudentLine {
  const cell = (column: Column): string => (columns[column] === undefined ? '' : (cells[columns[column]] ?? '')).replace(/\s+/g, ' ').trim();
  // Beside a first name, “Name” is the family name.
  const name = columns.first !== undefined && columns.last === undefined ? `${cell('first')} ${cell('name')}`.trim() : cell('name') || `${cell('first')} ${cell('last')}`.trim();
  const minutes = cell('minutes');
  const given = { name, email: cell('email'), extraMinutes: minutes === '' ? 0 : /^\d{1,6}$/.test(minutes) ? Number(minutes) : Number.NaN };
  const shown = { line, ...given, extraMinutes: given.extraMinutes || 0, there: false };
  if (open) return { ...shown, problem: 'A quotation mark is opened here and never closed. Close it, or take it away.' };
  const parsed = RosterLine.safeParse({ ...given, extraMinutes: Number.isNaN(given.extraMinutes) ? -1 : given.extraMinutes });
  if (!parsed.success) return { ...shown, problem: parsed.error.issues[0]?.message ?? 'This line cannot be read.' };
  const key = studentKey(parsed.data);
  const earlier = seen.get(key);
  if (earlier !== undefined)
    return {
      ...shown,
      problem: given.email
        ? `The same e-mail address stands in line ${earlier}. Each student has their own.`
        : `The same name stands in line ${earlier}. Add e-mail addresses, so that the two can be told apart.`,
    };
  seen.set(key, line);
  return { ...shown, ...parsed.data, there: keys.has(key) };
}
