import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { compare } from './compare.js';
import { verdict } from './verdict.js';

/**
 * `npm run bench -- record [--students N] [--seconds S] [--rounds R] [--alone] [--short] [--profile]`: what recording costs, side by
 * side with Janus, fed by the same load generator. Exit status 0 only when Vigil costs no more and nothing is lost.
 */
const { values } = parseArgs({
  options: {
    students: { type: 'string', default: '20' },
    /** Measured for each server in all, divided among the rounds. */
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '2' },
    /** Without Janus. */
    alone: { type: 'boolean', default: false },
    /** 5 students for 15 s without Janus: whether everything arrives. */
    short: { type: 'boolean', default: false },
    /** Vigil alone; prints where the server's process spends its time. */
    profile: { type: 'boolean', default: false },
  },
});

function whole(name: 'students' | 'seconds' | 'rounds'): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number above 0, not ${values[name]}`);
}

const alone = values.alone || values.short || values.profile;
if (!alone && spawnSync('janus', ['--version'], { stdio: 'ignore' }).error)
  throw new Error('Janus is not installed. `npm run bench -- record` installs it; by hand: apt-get install janus janus-tools');
const say = (line: string): void => console.log(line);
const comparison = await compare({
  students: values.short ? 5 : whole('students'),
  seconds: values.short ? 15 : whole('seconds'),
  rounds: alone ? 1 : whole('rounds'),
  janus: !alone,
  profile: values.profile,
  say,
});
process.exitCode = verdict(comparison, say) ? 0 : 1;
