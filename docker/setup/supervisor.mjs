import { fork } from 'node:child_process';

/** Pauses before starting again what ended, ms; the last one repeats. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000];
/** After so long without an end, the pauses begin anew. */
const HEALTHY_MS = 60_000;
/**
 * A child ends with this status when starting it again would not help; it has said why. That is so only of one that was
 * never ready: later the cause, such as a port or folder that its dead predecessor still holds, goes away by itself.
 */
const HOPELESS = 2;

/** Whether a child's message says that it is ready. @param {unknown} message @returns {message is { type: 'ready' }} */
export const isReady = (message) => typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';

/**
 * Keeps one Node process running. The child has a process group of its own, so that Ctrl-C reaches it only through
 * `stop()`, and an IPC channel; when that closes because this process is gone, the child ends by itself.
 */
export class Supervised {
  #options;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {NodeJS.Timeout | undefined} */
  #again;
  #stopping = false;
  #ends = 0;
  #wasReady = false;

  /**
   * @param {object} options
   * @param {string} options.name for what is said about it
   * @param {string} options.script
   * @param {readonly string[]} [options.flags] Node's own
   * @param {NodeJS.ProcessEnv} options.env
   * @param {'inherit' | number} options.log where its standard output goes; errors go to the terminal
   * @param {(line: string) => void} options.say
   * @param {(message: unknown) => void} options.onMessage
   * @param {() => void} options.onHopeless it ended before it was ever ready, and is not started again
   */
  constructor(options) {
    this.#options = options;
  }

  /** The running process's id. */
  get pid() {
    return this.#child?.pid;
  }

  start() {
    const { name, script, flags = [], env, log, say, onMessage, onHopeless } = this.#options;
    const startedAt = performance.now();
    const child = fork(script, { env, execArgv: [...flags], detached: true, stdio: ['ignore', log, 'inherit', 'ipc'] });
    this.#child = child;
    child.on('message', (message) => {
      if (isReady(message)) this.#wasReady = true;
      onMessage(message);
    });
    const ended = (/** @type {string} */ how) => {
      this.#child = undefined;
      if (this.#stopping) return;
      if (performance.now() - startedAt > HEALTHY_MS) this.#ends = 0;
      const pauseMs = /** @type {number} */ (PAUSES_MS[Math.min(this.#ends, PAUSES_MS.length - 1)]);
      this.#ends += 1;
      say(`${name} ended unexpectedly (${how}). It starts again in ${pauseMs / 1_000} s.`);
      this.#again = setTimeout(() => this.start(), pauseMs);
    };
    child.once('exit', (code, signal) => {
      if (code === HOPELESS && !this.#wasReady && !this.#stopping) {
        this.#child = undefined;
        onHopeless();
      } else ended(signal ?? `status ${code}`);
    });
    // It could not even be started: the system has no room for another process at the moment.
    child.on('error', (error) => {
      if (child.pid === undefined) ended(error.message);
    });
  }

  /**
   * Asks the process to end, and ends it and its children if it does not within `ms`. Idempotent.
   * @param {number} ms
   * @param {AbortSignal} hurry ends it at once
   */
  async stop(ms, hurry) {
    this.#stopping = true;
    clearTimeout(this.#again);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const kill = () => {
      this.#options.say(`${this.#options.name} did not end in time; it was ended.`);
      try {
        process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    const timer = setTimeout(kill, ms);
    hurry.addEventListener('abort', kill, { once: true });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    if (hurry.aborted) kill();
    await ended;
    clearTimeout(timer);
    hurry.removeEventListener('abort', kill);
  }
}
