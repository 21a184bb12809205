import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process used until now. */
export interface Usage {
  /** User and system time, seconds. */
  cpuSeconds: number;
  rssBytes: number;
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']));
const pageBytes = Number(execFileSync('getconf', ['PAGESIZE']));

/** Fields of /proc/<pid>/stat behind the name, which may hold anything: the first is the state, the third field of the line. */
function statOf(pid: number): string[] {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

/** CPU time and memory of a process, without its children. @throws {Error} when it is gone. */
export function usageOf(pid: number): Usage {
  const fields = statOf(pid);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    rssBytes: Number(fields[21]) * pageBytes,
  };
}

/** CPU time of this process and of those of its children that have ended, seconds. */
export function cpuWithChildren(): number {
  const fields = statOf(process.pid);
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / ticksPerSecond;
}
