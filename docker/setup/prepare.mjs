import { readFile, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, root } from './cache.mjs';
import { buildEmbedded, databaseKind, isEmbeddedBuilt } from './database.mjs';
import { buildPackages, buildWorker, findWorker } from './mediasoup-worker.mjs';
import { ffmpeg, forTests, installPackages, java, javaRuntime, maven } from './packages.mjs';
import { mustRun, SetupError } from './run-command.mjs';

const NODE = [20, 19];

/** Checks what runs this very file. @throws {SetupError} */
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < /** @type {number} */ (NODE[0]) || (major === NODE[0] && minor < /** @type {number} */ (NODE[1])))
    throw new SetupError(`Vigil needs Node ${NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

/** Whether node_modules holds what package-lock.json asks for; npm notes what it installed in a lock file of its own. */
async function isInstalled() {
  try {
    const read = async (/** @type {string} */ path) => JSON.parse(await readFile(join(root, path), 'utf8')).packages;
    const [wanted, installed] = [await read('package-lock.json'), await read('node_modules/.package-lock.json')];
    return Object.entries(wanted).every(([path, { version, optional }]) => !path || optional || (installed[path] && installed[path].version === version));
  } catch {
    return false;
  }
}

/** Compiles all TypeScript; what did not change takes a second or two. */
export const buildTypeScript = () =>
  mustRun('Compiling', join(root, 'node_modules/.bin/tsc'), ['-b'], { cwd: root });

/** Builds the pages if what they are made of changed since. @param {(line: string) => void} say */
export async function buildClient(say) {
  const client = join(root, 'client');
  const parts = (await readdir(client)).filter((name) => name !== 'dist' && name !== 'node_modules').map((name) => join(client, name));
  const made = await hashOf([...parts, join(root, 'server/protocol/src'), join(root, 'package-lock.json')]);
  const stamp = join(client, 'dist/.made-of');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === made) return;
  say('Building the pages …');
  await mustRun('Building the pages', 'npm', ['run', '--silent', 'build', '-w', 'client'], { cwd: root });
  await writeFile(stamp, made);
}

/**
 * Brings a bare machine to where Vigil can start, or be tested. What is done already is not done again.
 * @param {{ tests?: boolean, extra?: import('./packages.mjs').Need[], compile?: boolean, data?: string, say: (line: string) => void }} options
 *   tests: with what only tests need. extra: needed besides. compile: TypeScript and pages, unless false. data: VIGIL_DATA
 * @throws {SetupError}
 */
export async function prepare({ tests = false, extra = [], compile = true, data, say }) {
  checkNode();
  if (!(await isInstalled())) {
    say('Installing the npm packages of package-lock.json …');
    await mustRun('Installing npm packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root });
  }
  const worker = await findWorker(say);
  const kind = await databaseKind(data ? join(data, 'database') : undefined);
  const buildsDatabase = kind === 'embedded' && !(await isEmbeddedBuilt());
  const needs = [ffmpeg, ...extra];
  if (!worker) needs.push(...buildPackages.map((name) => ({ packages: [name], why: 'builds the mediasoup worker' })));
  if (kind === 'embedded') needs.push(...(buildsDatabase ? [java, maven] : [javaRuntime]));
  if (tests) needs.push(...forTests);
  await installPackages(needs, say);
  process.env.MEDIASOUP_WORKER_BIN = worker ?? (await buildWorker(say));
  if (buildsDatabase) await buildEmbedded(say);
  if (!compile) return;
  if (!existsSync(join(root, 'server/protocol/dist'))) say('Compiling …');
  await buildTypeScript();
  await buildClient(say);
}
