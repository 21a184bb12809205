import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The real product, running: database, server and recorder worker as `npm start` runs them, with data of their own. */
export interface Product {
  url: string;
  studentLink: string;
  instructor: { url: string; email: string; password: string };
  /** VIGIL_DATA. */
  data: string;
  /** Of the database, for what is put into it as the recorder would have written it. */
  databaseUri: string;
  /** Changes documents where no page does, e.g. the address of the demo exam. @throws {Error} when none matches. */
  change(collection: string, filter: Record<string, unknown>, set: Record<string, unknown>): Promise<void>;
  /** What all processes said so far. */
  log(): string;
  /** The recorder workers are killed (SIGKILL) at once, and others started. */
  replaceWorkers(): Promise<void>;
  /** The server goes, for good, as if its machine were switched off. */
  stopServer(): Promise<void>;
  /** Server, then worker, then database; removes the data, unless VIGIL_E2E_KEEP is set. Idempotent. */
  stop(): Promise<void>;
}

export interface ProductOptions {
  /** Settings besides free ports and the temporary folder. */
  env?: Readonly<Record<string, string>>;
  /** Put before each command, e.g. `ip netns exec <name>`. */
  prefix?: readonly string[];
  workers?: number;
}

interface Ready {
  type: 'ready';
  url: string;
  studentLink: string;
  instructor: Product['instructor'];
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const startLimitMs = 90_000;
const stopLimitMs = 20_000;

/** Starts all of it. @throws {Error} with what the processes said, when one of them does not start. */
export async function startProduct({ env = {}, prefix = [], workers = 1 }: ProductOptions = {}): Promise<Product> {
  const binary = await workerBinary();
  const data = await mkdtemp(join(tmpdir(), 'vigil-e2e-'));
  const said: string[] = [];
  const children: ChildProcess[] = [];
  const settings = { ...process.env, VIGIL_DATA: data, VIGIL_PORT: '0', VIGIL_MEDIA_PORT: '0', ...binary, ...env };

  const { recordingFlags } = (await import(join(root, 'docker/setup/node-flags.mjs'))) as { recordingFlags: string[] };
  const start = (name: string, file: string, more: Record<string, string>, flags: readonly string[] = []): ChildProcess => {
    const [command, ...args] = [...prefix, process.execPath, ...flags, join(root, file)];
    const child = spawn(command, args, { env: { ...settings, ...more }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'advanced' });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => said.push(...chunk.toString().trimEnd().split('\n').map((line) => `${name}: ${line}`)));
    children.push(child);
    return child;
  };
  const firstMessage = async <T>(child: ChildProcess, what: string): Promise<T> => {
    const [message] = (await Promise.race([
      once(child, 'message', { signal: AbortSignal.timeout(startLimitMs) }),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`${what} ended with ${String(code)}`))),
    ])) as [T];
    return message;
  };
  const stop = async (): Promise<void> => {
    // In this order, so that nobody loses what it writes to.
    for (const child of [...children.slice(1), ...children.slice(0, 1)]) await end(child);
    children.length = 0;
    if (process.env['VIGIL_E2E_KEEP']) console.log(`kept: ${data}`);
    else await rm(data, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    const database = start('database', 'e2e/dist/support/database-process.js', {});
    const { uri } = await firstMessage<{ uri: string }>(database, 'the database');
    const server = start('server', 'server/dist/main.js', { MONGODB_URI: uri }, recordingFlags);
    const { url, studentLink, instructor } = await firstMessage<Ready>(server, 'the server');
    const startWorkers = (): ChildProcess[] => Array.from({ length: workers }, () => start('worker', 'recorder/dist/worker/main.js', { MONGODB_URI: uri }));
    let running = startWorkers();
    let changes = 0;
    return {
      url,
      studentLink,
      instructor,
      data,
      databaseUri: uri,
      change: async (collection, filter, set) => {
        changes += 1;
        const answer = once(database, 'message', { signal: AbortSignal.timeout(10_000) });
        database.send({ id: changes, collection, filter, set });
        const [{ matched }] = (await answer) as [{ matched: number }];
        if (!matched) throw new Error(`nothing in ${collection} matches ${JSON.stringify(filter)}`);
      },
      replaceWorkers: async () => {
        for (const worker of running) {
          const ended = once(worker, 'exit');
          worker.kill('SIGKILL');
          await ended;
          children.splice(children.indexOf(worker), 1);
        }
        running = startWorkers();
      },
      log: () => said.join('\n'),
      stopServer: async () => {
        if (server.exitCode !== null) return;
        const ended = once(server, 'exit');
        server.kill('SIGKILL');
        await ended;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`the product did not start: ${String(error)}\n${said.slice(-30).join('\n')}`, { cause: error });
  }
}

/** Closing its channel tells a process that its parent is gone; a signal says the same to one that has none. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  if (child.connected) child.disconnect();
  else child.kill();
  await ended;
  clearTimeout(late);
}

/** The mediasoup worker that set-up made, unless the environment names one. */
async function workerBinary(): Promise<Record<string, string>> {
  if (process.env['MEDIASOUP_WORKER_BIN']) return {};
  const file = join(root, 'docker/setup/mediasoup-worker.mjs');
  if (!existsSync(file)) throw new Error('set-up is missing: docker/setup/mediasoup-worker.mjs');
  const { mediasoupWorker } = (await import(file)) as { mediasoupWorker: (options: object) => Promise<string> };
  return { MEDIASOUP_WORKER_BIN: await mediasoupWorker({}) };
}
