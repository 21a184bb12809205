import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Network } from './network.js';
import { familyOf, theOne } from './processes.js';
import { run } from './run.js';
import type { Product } from './product.js';

/** The product as `npm start` runs it, with its supervisor: what is killed is started again. */
export interface Supervised extends Pick<Product, 'url' | 'studentLink' | 'instructor' | 'data' | 'log' | 'stop'> {
  /** Process ids as they are now. @throws {Error} when the process is not there. */
  pid(of: 'server' | 'sfu' | 'worker' | 'database'): number;
}

export interface SupervisedOptions {
  network: Network;
  env?: Readonly<Record<string, string>>;
  /** Keeps all data on a file system of its own of this size. */
  diskMb?: number;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const startLimitMs = 120_000;
const patterns = {
  server: /server\/dist\/main\.js/,
  sfu: /mediasoup-worker/,
  worker: /recorder\/dist\/worker\/main\.js/,
  database: /^\S*(java|mongod)\b/,
};

/** Starts it inside a network's namespace, where every port is free. @throws {Error} with what it said, when it does not start. */
export async function startSupervised({ network, env = {}, diskMb }: SupervisedOptions): Promise<Supervised> {
  const data = await mkdtemp(join(tmpdir(), 'vigil-faults-'));
  if (diskMb) await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m,mode=700`, 'tmpfs', data]);
  const said: string[] = [];
  const [command, ...args] = [...network.prefix, process.execPath, join(root, 'docker/setup/start.mjs')];
  const settings = { ...process.env, MONGODB_URI: '', VIGIL_DATA: data, VIGIL_PORT: '8080', VIGIL_MEDIA_PORT: '44000', ...network.env, ...env };
  const child = spawn(command, args, { env: settings, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const late = setTimeout(() => familyOf(child.pid!).forEach(({ pid }) => process.kill(pid, 'SIGKILL')), 40_000);
      await ended;
      clearTimeout(late);
    }
    if (process.env['VIGIL_E2E_KEEP']) console.log(`kept: ${data}`);
    else {
      if (diskMb) await run('umount', ['-l', data]);
      await rm(data, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  const text = (): string => said.join('');
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('it did not start in time')), startLimitMs);
      const hear = (chunk: Buffer): void => {
        said.push(chunk.toString());
        if (!/Ctrl-C stops it/.test(text())) return;
        clearTimeout(late);
        resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      void ended.then(() => {
        clearTimeout(late);
        reject(new Error('it ended'));
      });
    });
    const find = (pattern: RegExp): string => pattern.exec(text())?.[1] ?? '';
    const studentLink = find(/Student link[^\n]*?(https?:\S+)/);
    return {
      url: find(/running at (\S+)/),
      studentLink,
      instructor: { url: find(/Instructor\s+(\S+)/), email: find(/e-mail (\S+),/), password: find(/password (\S+)/) },
      data,
      pid: (of) => theOne(familyOf(child.pid!), patterns[of]).pid,
      log: text,
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`the product did not start: ${String(error)}\n${text().slice(-4_000)}`, { cause: error });
  }
}
