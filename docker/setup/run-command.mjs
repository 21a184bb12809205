import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A step of set-up that failed for a reason that a person can act on; its message is shown without a stack trace. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/**
 * Where a program of this name is, if it can be run. System programs count although a user's PATH may lack their folder.
 * @param {string} program
 */
export function pathOf(program) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].map((folder) => join(folder, program)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether a program of this name can be run. @param {string} program */
export const isOnPath = (program) => pathOf(program) !== undefined;

/** How long a program that was interrupted may tidy up. */
const GRACE_MS = 10_000;
let isInterrupted = false;

/**
 * Runs a program to its end and collects what it says. Nothing of it is left running after `timeoutMs`.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: Uint8Array, timeoutMs?: number, show?: boolean }} [options]
 *   show: its output goes to the terminal as it comes.
 * @returns {Promise<{ status: number, output: string }>} status 127: there is no such program; 124: it took too long.
 * @throws {SetupError} after Ctrl-C or SIGTERM, so that what follows is not begun
 */
export function run(program, args, { cwd, env, input, timeoutMs = 600_000, show = false } = {}) {
  return new Promise((resolve, reject) => {
    const interruption = () => new SetupError('It was interrupted.');
    if (isInterrupted) return reject(interruption());
    const child = spawn(program, args, {
      cwd, env, detached: true, stdio: [input ? 'pipe' : 'ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let output = '';
    const add = (/** @type {Buffer} */ data) => { output = (output + data.toString()).slice(-200_000); };
    child.stdout?.on('data', add);
    child.stderr?.on('data', add);
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    // Programs are started in a group of their own so that their children end with them.
    const end = (/** @type {NodeJS.Signals} */ signal) => { if (child.pid) try { process.kill(-child.pid, signal); } catch { /* It is gone already. */ } };
    let isLate = false;
    let timer = setTimeout(() => { isLate = true; end('SIGKILL'); }, timeoutMs);
    const interrupted = () => {
      isInterrupted = true;
      end('SIGTERM');
      clearTimeout(timer);
      timer = setTimeout(end, GRACE_MS, 'SIGKILL');
    };
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    const finish = (/** @type {number} */ status) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      if (isInterrupted) reject(interruption());
      else resolve({ status: isLate ? 124 : status, output });
    };
    child.once('error', () => finish(127));
    child.once('close', (code) => finish(code ?? 1));
  });
}

/**
 * As `run`, but a failure is a SetupError that ends with the last lines of the program's output.
 * @param {string} what in words, such as 'building the mediasoup worker'
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export async function mustRun(what, program, args, options) {
  const { status, output } = await run(program, args, options);
  if (status === 0) return output;
  const known = /** @type {Record<number, string>} */ ({ 124: 'it took too long', 127: `${program} is not installed` });
  const why = known[status] ?? `${program} ended with status ${status}`;
  throw new SetupError(`${what} did not work: ${why}.\n${output.trim().split('\n').slice(-15).join('\n')}`.trim());
}
