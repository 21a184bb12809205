import { readdirSync, readFileSync } from 'node:fs';

/** A process, with its command line. */
export interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Every process of this machine that can be read. */
export function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!pid) return [];
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name before the last bracket may hold anything.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return [{ pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

/** A process and all that descends from it. */
export function familyOf(pid: number): Process[] {
  const all = processes();
  const family = all.filter((one) => one.pid === pid);
  for (let i = 0; i < family.length; i += 1) family.push(...all.filter(({ parent }) => parent === family[i]!.pid));
  return family;
}

/** The one process among them whose command line matches. @throws {Error} when there is none, or more than one. */
export function theOne(among: readonly Process[], pattern: RegExp): Process {
  const found = among.filter(({ command }) => pattern.test(command));
  if (found.length !== 1) throw new Error(`${found.length} processes match ${String(pattern)}`);
  return found[0]!;
}
