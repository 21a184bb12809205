/** One thing that has to hold, as it was measured. */
export interface Line {
  what: string;
  measured: string;
  /** Undefined: not judged here; `measured` says why. */
  holds?: boolean;
}

/** Whether everything that was judged holds, and anything was. */
export const allHold = (lines: readonly Line[]): boolean =>
  lines.some(({ holds }) => holds !== undefined) && lines.every(({ holds }) => holds !== false);

/** The lines as a table for people. */
export function table(title: string, lines: readonly Line[]): string {
  const width = Math.max(...lines.map(({ what }) => what.length));
  const word = (holds: boolean | undefined): string => (holds === undefined ? 'skipped' : holds ? 'ok     ' : 'FAILED ');
  return [title, ...lines.map(({ what, measured, holds }) => `  ${word(holds)}  ${what.padEnd(width)}  ${measured}`)].join('\n');
}

/** Rounded ms, with its unit. */
export const ms = (value: number): string => `${Math.round(value)} ms`;
