import type { Comparison, Side } from './compare.js';

/** Process that is shown but not counted: with MongoDB it stands on another machine, and the load is not its. */
const beside = 'database';

const counted = (values: Readonly<Record<string, number>>): number =>
  Object.entries(values).reduce((sum, [name, value]) => sum + (name === beside ? 0 : value), 0);

/** CPU for each student while recording, percent of a core. */
const cpuPercent = (side: Side, seconds: number): number => (100 * seconds) / side.seconds / side.students;
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
const percent = (value: number): string => value.toFixed(3);

/**
 * Prints what was measured as a table, and one last line of JSON.
 * @returns whether Vigil costs no more than Janus, and lost nothing.
 */
export function verdict({ vigil, janus, profile }: Comparison, print: (line: string) => void): boolean {
  const sides = janus ? [vigil, janus] : [vigil];
  const row = (what: string, value: (side: Side) => string): void => print(`${what.padEnd(44)}${sides.map((side) => value(side).padStart(16)).join('')}`);
  print('');
  row('', ({ name }) => name);
  row('students', ({ students }) => `${students}`);
  row('measured, s', ({ seconds }) => seconds.toFixed(1));
  row('CPU for each student, % of a core', (side) => percent(cpuPercent(side, counted(side.cpu))));
  for (const name of new Set(sides.flatMap(({ cpu }) => Object.keys(cpu))))
    row(`  ${name}${name === beside ? ' (not counted)' : ''}`, (side) => (name in side.cpu ? percent(cpuPercent(side, side.cpu[name] ?? 0)) : ''));
  row('  making it playable afterwards (not counted)', (side) => percent(cpuPercent(side, side.afterwards)));
  row('  load generator (not counted)', (side) => percent(cpuPercent(side, side.generatorCpu)));
  row('resident memory, idle, MB', (side) => megabytes(counted(side.idleRss)));
  row('resident memory, all students, MB', (side) => megabytes(counted(side.rss)));
  row('  for each student, MB', (side) => megabytes(memory(side)));
  row('packets sent', ({ packets }) => `${packets}`);
  row('  sent again', ({ sentAgain }) => `${sentAgain}`);
  row('  lost, by the server’s reports', ({ lost }) => `${lost}`);
  row('frames or packets missing in the files', ({ missing }) => `${missing}`);
  row('recorded, MB', ({ bytes }) => megabytes(bytes));
  for (const { name, faults } of sides) {
    for (const fault of faults.slice(0, 40)) print(`${name}: ${fault}`);
    if (faults.length > 40) print(`${name}: and ${faults.length - 40} more`);
  }
  if (profile.length) print('\nWhere the server’s process spends its time:');
  for (const line of profile) print(line);
  print('');
  const own = cpuPercent(vigil, counted(vigil.cpu));
  const theirs = janus && cpuPercent(janus, counted(janus.cpu));
  const ratio = theirs ? own / theirs : null;
  const lostPackets = vigil.lost + vigil.missing;
  const rounded = (value: number): number => Number(value.toFixed(3));
  print(
    JSON.stringify({
      students: vigil.students,
      cpuPercentPerStudent: rounded(own),
      janusCpuPercentPerStudent: theirs ? rounded(theirs) : null,
      ratio: ratio === null ? null : rounded(ratio),
      rssMbPerStudent: rounded(memory(vigil) / 1e6),
      lostPackets,
    }),
  );
  return (ratio === null || ratio <= 1) && lostPackets === 0 && vigil.faults.length === 0;
}

/** What a student adds to the resident memory, bytes. */
const memory = (side: Side): number => Math.max(0, counted(side.rss) - counted(side.idleRss)) / side.students;
