#!/usr/bin/env node
import { mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from './cache.mjs';
import { startDatabase } from './database.mjs';
import { recordingFlags } from './node-flags.mjs';
import { prepare } from './prepare.mjs';
import { SetupError } from './run-command.mjs';
import { isReady, Supervised } from './supervisor.mjs';

/**
 * `npm start`: sets up what is missing, then runs database, server and recorder workers until Ctrl-C or SIGTERM, which
 * stops them in the opposite order of need: the server seals what it records, the workers finish, the database closes.
 */
const SERVER_STOP_MS = 20_000;
const WORKER_STOP_MS = 10_000;
/** Before the database is started again, ms: a full disk does not have room again at once. */
const DATABASE_PAUSE_MS = 1_000;
/** npm passes a Ctrl-C on that the terminal has sent as well: a second one counts only after this. */
const SAME_CTRL_C_MS = 1_000;

const say = (/** @type {string} */ line) => console.log(line);

/**
 * What the server says when it is ready; without the demo course where that was taken away.
 * @typedef {{ type: 'ready', url: string, data: string, studentLink?: string, newLink?: boolean, instructor?: { url: string, email: string, password: string } }} Ready
 */

/** What is running, in the order in which it is stopped. */
class Vigil {
  #hurry = new AbortController();
  /** @type {Supervised[]} */ servers = [];
  /** @type {Supervised[]} */ workers = [];
  /** @type {import('./database.mjs').Database | undefined} */ database;
  /** @type {Promise<void> | undefined} */ #stopped;

  hurry() {
    this.#hurry.abort();
  }

  /** Idempotent. */
  stop() {
    this.#stopped ??= (async () => {
      const { signal } = this.#hurry;
      await Promise.all(this.servers.map((server) => server.stop(SERVER_STOP_MS, signal)));
      await Promise.all(this.workers.map((worker) => worker.stop(WORKER_STOP_MS, signal)));
      await this.database?.stop();
    })();
    return this.#stopped;
  }
}

const vigil = new Vigil();
/** @type {Promise<void>} */
let preparing = Promise.resolve();

let isEnding = false;

/** @param {number} status */
async function end(status) {
  isEnding = true;
  // An interrupted step of set-up cleans up behind itself.
  await preparing.catch(() => undefined);
  await vigil.stop();
  if (status === 0) say('Stopped.');
  process.exit(status);
}

function stopOnSignals() {
  let first = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      const now = performance.now();
      if (!isEnding) {
        first = now;
        say('\nStopping: recordings are closed and saved first …');
        void end(0);
      } else if (now - first > SAME_CTRL_C_MS) {
        vigil.hurry();
      }
    });
}

/** @param {import('@vigil/protocol').Config} config @param {string} data */
async function startVigil(config, data) {
  try {
    mkdirSync(join(data, 'logs'), { recursive: true });
  } catch (error) {
    throw new SetupError(`The data folder ${data} cannot be written (${/** @type {NodeJS.ErrnoException} */ (error).code}). Correct its rights, or set VIGIL_DATA to another folder.`);
  }
  const logTo = (/** @type {string} */ name) => (process.stdout.isTTY ? openSync(join(data, 'logs', `${name}.log`), 'a') : 'inherit');

  const openDatabase = async (/** @type {number} */ port) => {
    const database = await startDatabase({ folder: join(data, 'database'), port, say });
    vigil.database = database;
    void database.ended.then(async (why) => {
      if (isEnding) return;
      say(`The database ended unexpectedly${why ? `: ${why}` : ''}. It starts again; recording goes on to files meanwhile.`);
      await reopenDatabase(Number(new URL(database.uri).port));
    });
    return database;
  };
  const reopenDatabase = async (/** @type {number} */ port) => {
    for (let said = ''; ; ) {
      await pause(DATABASE_PAUSE_MS);
      if (isEnding) return;
      try {
        await openDatabase(port);
        return;
      } catch (error) {
        const { message } = /** @type {Error} */ (error);
        if (message !== said) console.error(`${message} It is tried again until it starts.`);
        said = message;
      }
    }
  };
  const { uri } = await openDatabase(0);
  const env = { ...process.env, VIGIL_DATA: data, MONGODB_URI: uri };

  /** @param {string} name @param {NodeJS.ProcessEnv} extra @param {(message: unknown) => void} onMessage */
  const superviseServer = (name, extra = {}, onMessage = () => undefined) => {
    const script = join(root, 'server/dist/main.js');
    const server = new Supervised({ name, script, flags: recordingFlags, env: { ...env, ...extra }, log: logTo(name), say, onMessage, onHopeless: () => void end(1) });
    vigil.servers.push(server);
    server.start();
  };
  const many = config.VIGIL_MEDIA_PROCESSES > 1;
  /** @type {Promise<Ready>} */
  const ready = new Promise((resolve) => {
    const onMessage = (/** @type {unknown} */ message) => { if (isReady(message)) resolve(/** @type {Ready} */ (message)); };
    superviseServer('server', many ? { VIGIL_ROLE: 'api' } : {}, onMessage);
  });
  for (let index = 0; index < config.VIGIL_WORKERS; index += 1) {
    const name = `worker-${index}`;
    // Recording matters more than analysis, which can be done later.
    const onHopeless = () => say(`${name} cannot work and is not started again. Recording goes on; analysis waits until it is mended and Vigil started again.`);
    const worker = new Supervised({ name, script: join(root, 'recorder/dist/worker/main.js'), env, log: logTo(name), say, onMessage: () => undefined, onHopeless });
    vigil.workers.push(worker);
    worker.start();
  }
  const told = await ready;
  // Only now: the server first repairs what was left unclosed, which must not be somebody's live file.
  if (many)
    for (let index = 0; index < config.VIGIL_MEDIA_PROCESSES; index += 1)
      superviseServer(`media-${index}`, { VIGIL_ROLE: 'media', VIGIL_MEDIA_INDEX: String(index) });
  return told;
}

/** What `npm start` ends by printing. @param {Ready} ready */
function summary({ url, data, studentLink, newLink, instructor }) {
  const lines = ['', `Vigil is running at ${url}`, ''];
  if (studentLink) lines.push(`  Student link (demo exam)  ${studentLink}`, ...(newLink ? ['                            (new: the last one was used)'] : []));
  if (instructor) lines.push(`  Instructor                ${instructor.url}`, `                            e-mail ${instructor.email}, password ${instructor.password}`);
  lines.push(`  Data                      ${data}`);
  if (process.stdout.isTTY) lines.push(`  Logs                      ${join(data, 'logs')}`);
  return [...lines, '', 'Ctrl-C stops it.'].join('\n');
}

async function main() {
  stopOnSignals();
  const data = resolve(process.env.VIGIL_DATA || 'data');
  preparing = prepare({ data, say });
  await preparing;
  // Recordings and database are for this account alone. Not before: what set-up installs is for everybody.
  process.umask(0o077);
  // The compiled protocol is there only now.
  const { ConfigError, readConfig } = await import('@vigil/protocol');
  try {
    const ready = await startVigil(readConfig(process.env), data);
    say(summary(ready));
  } catch (error) {
    if (error instanceof ConfigError) throw new SetupError(error.message);
    throw error;
  }
}

main().catch(async (error) => {
  if (isEnding) return;
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  await end(1);
});
