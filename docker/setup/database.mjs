import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cached, hashOf, isCached, root } from './cache.mjs';
import { isOnPath, mustRun, SetupError } from './run-command.mjs';

/**
 * @typedef {object} Database
 * @property {string} uri for a MongoDB driver
 * @property {'given' | 'mongod' | 'embedded'} kind
 * @property {number | undefined} pid its process, where it is ours
 * @property {Promise<string>} ended resolves with what it last said when it ends without `stop()`; never for a given one
 * @property {() => Promise<void>} stop orderly; leaves nothing running. Idempotent.
 */

const START_MS = 60_000;
const STOP_MS = 20_000;
const recipe = join(root, 'docker/embedded-db');


/**
 * Which database `startDatabase` will use for this folder; without a folder: for an ephemeral one, which never is a given
 * one, whose data would be mixed with that of tests. What a folder was begun with, it is continued with.
 * @param {string} [folder]
 * @returns {Promise<Database['kind']>}
 * @throws {SetupError} rather than beginning anew beside data that are there
 */
export async function databaseKind(folder) {
  if (folder && process.env.MONGODB_URI) return 'given';
  const holds = async (/** @type {string} */ kind) => folder && (await readdir(join(folder, kind)).catch(() => [])).length > 0;
  const [embedded, mongod] = [await holds('embedded'), await holds('mongod')];
  if (embedded && mongod)
    throw new SetupError(`Both ${folder}/embedded and ${folder}/mongod hold a database, and only you can tell which is wanted. Move the other one away.`);
  if (mongod && !isOnPath('mongod'))
    throw new SetupError(`The database in ${folder}/mongod needs mongod, which is not on PATH any more. Install MongoDB again, or set MONGODB_URI to a server that has these data. To begin with an empty database, move that folder away.`);
  if (embedded) return 'embedded';
  return isOnPath('mongod') ? 'mongod' : 'embedded';
}

const embeddedName = async () => `embedded-db-${await hashOf([join(recipe, 'pom.xml'), join(recipe, 'src')])}`;

/** Whether the embedded database's program is there already, so that no compiler is needed. */
export const isEmbeddedBuilt = async () => isCached(await embeddedName());

/**
 * The embedded database's program, built once a user.
 * @param {(line: string) => void} [say]
 * @returns {Promise<string>} folder of its jars
 */
export async function buildEmbedded(say = () => undefined) {
  return cached(await embeddedName(), async (folder) => {
    say('Building the embedded database, about 20 s …');
    const work = await mkdtemp(join(tmpdir(), 'vigil-embedded-db-'));
    try {
      await mustRun('Building the embedded database', 'cp', ['-r', join(recipe, 'pom.xml'), join(recipe, 'src'), work]);
      const goals = ['package', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=target'];
      await mustRun('Building the embedded database', 'mvn', ['-q', '-B', ...goals], { cwd: work });
      const jars = (await readdir(join(work, 'target'))).filter((name) => name.endsWith('.jar'));
      await mustRun('Building the embedded database', 'cp', [...jars.map((name) => join(work, 'target', name)), folder]);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

/** A child whose standard input ties its life to ours; a group of its own keeps Ctrl-C from it, so that it stops last. */
function tied(/** @type {string} */ program, /** @type {string[]} */ args) {
  const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined);
  let last = '';
  child.stderr.on('data', (/** @type {Buffer} */ data) => { last = (last + data.toString()).slice(-2_000); });
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // What watches the standard input for mongod ends by this.
    child.once('exit', () => child.stdin.destroy());
    child.once('close', () => resolve(last.trim()));
  });
  const stop = async () => {
    child.stdin.end();
    const timer = setTimeout(() => { if (child.pid) try { process.kill(-child.pid, 'SIGKILL'); } catch { /* It is gone already. */ } }, STOP_MS);
    await ended;
    clearTimeout(timer);
  };
  return { child, ended, stop };
}

/** What a database's last words mean, in ours. @param {string} why */
function reasonOf(why) {
  if (/is locked|DBPathInUse|Unable to lock/.test(why)) return 'another Vigil uses its data folder. Stop that one, or set VIGIL_DATA to another folder';
  if (/address already in use/i.test(why)) return 'its port is taken';
  return why.split('\n').at(-1)?.slice(0, 500) || 'it ended at once';
}

/** @param {{ ended: Promise<string>, stop: () => Promise<void> }} child @param {Promise<T>} ready @param {string} name @template T */
async function started({ ended, stop }, ready, name) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, START_MS, `it was not ready after ${START_MS / 1_000} s`); });
  const failure = Promise.race([ended, late]).then(async (why) => {
    await stop();
    throw new SetupError(`The database (${name}) could not start: ${reasonOf(why)}.`);
  });
  try {
    return await Promise.race([ready, failure]);
  } finally {
    clearTimeout(timer);
    failure.catch(() => undefined);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** @param {number} port @param {AbortSignal} signal */
async function accepts(port, signal) {
  for (; !signal.aborted; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    socket.destroy();
    if (open) return;
  }
}

/** @param {string} folder @param {number} port */
async function startMongod(folder, port) {
  await mkdir(folder, { recursive: true });
  const chosen = port || (await freePort());
  // mongod does not watch its standard input: a shell does so for it.
  const script = 'exec 3<&0; mongod "$@" >&2 & pid=$!; (cat <&3 >/dev/null; kill -TERM $pid) & wait $pid';
  const child = tied('sh', ['-c', script, 'sh', '--dbpath', folder, '--port', String(chosen), '--bind_ip', '127.0.0.1', '--quiet']);
  const waiting = new AbortController();
  await started(child, accepts(chosen, waiting.signal), 'mongod').finally(() => waiting.abort());
  return { ...child, port: chosen };
}

/** @param {string} folder @param {number} port @param {((line: string) => void) | undefined} say */
async function startEmbedded(folder, port, say) {
  const jars = await buildEmbedded(say);
  const options = ['-Xmx384m', '-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', join(jars, '*')];
  const child = tied('java', [...options, 'vigil.EmbeddedDb', folder, String(port)]);
  const lines = createInterface({ input: child.child.stdout });
  const ready = once(lines, 'line').then(([line]) => Number(/^port (\d+)$/.exec(String(line))?.[1]));
  return { ...child, port: await started(child, ready, 'embedded') };
}

/**
 * Starts the database: MONGODB_URI if it is set, else a `mongod` on PATH, else the embedded one.
 * @param {{ folder?: string, ephemeral?: boolean, port?: number, say?: (line: string) => void }} options
 *   folder: where it keeps its data; not needed when ephemeral, which keeps nothing. port: 0 or none takes any free one.
 * @returns {Promise<Database>}
 * @throws {SetupError} when there is none, or it does not start
 */
export async function startDatabase({ folder, ephemeral = false, port = 0, say }) {
  const given = process.env.MONGODB_URI;
  if (given && !ephemeral) return { uri: given, kind: 'given', pid: undefined, ended: new Promise(() => undefined), stop: async () => undefined };
  if (!folder && !ephemeral) throw new SetupError('The database needs a folder for its data.');
  const kind = await databaseKind(ephemeral ? undefined : folder);
  if (kind === 'embedded' && !isOnPath('java'))
    throw new SetupError('There is no database: neither Java (for the embedded one) nor mongod is installed. Install openjdk-17-jre-headless, or MongoDB, or set MONGODB_URI.');
  const temporary = ephemeral && kind === 'mongod' ? await mkdtemp(join(tmpdir(), 'vigil-mongod-')) : undefined;
  const clean = async () => { if (temporary) await rm(temporary, { recursive: true, force: true }); };
  const place = temporary ?? (ephemeral ? 'memory' : join(/** @type {string} */ (folder), kind));
  try {
    const { port: taken, child, ended, stop } = kind === 'mongod' ? await startMongod(place, port) : await startEmbedded(place, port, say);
    return { uri: `mongodb://127.0.0.1:${taken}/vigil`, kind, pid: child.pid, ended, stop: () => stop().then(clean) };
  } catch (error) {
    await clean();
    throw error;
  }
}
