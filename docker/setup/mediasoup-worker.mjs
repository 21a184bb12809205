#!/usr/bin/env node
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { arch, platform, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cached, hashOf, root } from './cache.mjs';
import { mustRun, run, SetupError } from './run-command.mjs';

const mediasoup = join(root, 'node_modules/mediasoup');
const recipe = join(root, 'docker/mediasoup-worker');
const PREBUILT_MS = 5_000;

/** Debian packages without which the worker cannot be built. */
export const buildPackages = [
  'cmake', 'ninja-build', 'g++', 'pkg-config', 'libuv1-dev', 'libssl-dev', 'libsrtp2-dev', 'libabsl-dev',
  'libflatbuffers-dev', 'flatbuffers-compiler', 'flatbuffers-compiler-dev',
];

/** The worker, started without MEDIASOUP_VERSION, ends with status 41: then it runs on this machine. */
const runs = async (/** @type {string} */ binary) => (await run(binary, [], { env: {}, timeoutMs: 30_000 })).status === 41;

/**
 * mediasoup's own release for this machine, as its postinstall would fetch it.
 * @param {string} folder
 */
async function fetchPrebuilt(folder) {
  const { version, repository } = JSON.parse(await readFile(join(mediasoup, 'package.json'), 'utf8'));
  const kernel = platform() === 'linux' ? `-kernel${release().split('.')[0]}` : '';
  const base = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  const url = `${base}/releases/download/${version}/mediasoup-worker-${version}-${platform()}-${arch()}${kernel}.tgz`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PREBUILT_MS) });
    if (!answer.ok) return false;
    const input = new Uint8Array(await answer.arrayBuffer());
    if ((await run('tar', ['-xzf', '-', '-C', folder, 'mediasoup-worker'], { input, timeoutMs: PREBUILT_MS })).status !== 0) return false;
    return await runs(join(folder, 'mediasoup-worker'));
  } catch {
    return false;
  }
}

/** @param {string} folder */
async function build(folder) {
  const work = await mkdtemp(join(tmpdir(), 'vigil-mediasoup-worker-'));
  try {
    const what = 'Building the mediasoup worker';
    const options = ['-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', `-DWORKER=${join(mediasoup, 'worker')}`];
    await mustRun(what, 'cmake', [...options, '-S', recipe, '-B', work]);
    await mustRun(what, 'ninja', ['-C', work], { timeoutMs: 1_800_000 });
    const binary = join(work, 'mediasoup-worker');
    await mustRun(what, 'strip', [binary]);
    // The cache may be on another file system than the temporary folder.
    await mustRun(what, 'cp', [binary, folder]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @typedef {(line: string) => void} Say */

/** @param {(folder: string) => Promise<void>} make @returns {Promise<string | undefined>} the cached binary, if it can be had and runs */
async function fromCache(make) {
  const { version } = JSON.parse(await readFile(join(mediasoup, 'package.json'), 'utf8'));
  const folder = await cached(`mediasoup-worker-${version}-${arch()}-${await hashOf([recipe])}`, make);
  const binary = join(folder, 'mediasoup-worker');
  if (await runs(binary)) return binary;
  // A library that it was built with was replaced by another version.
  await rm(folder, { recursive: true, force: true });
  return undefined;
}

class NotFetched extends Error {}

/**
 * The worker that needs no build: MEDIASOUP_WORKER_BIN, else the cached one, else mediasoup's own release.
 * @param {Say} [say]
 * @returns {Promise<string | undefined>} an absolute path
 * @throws {SetupError} when MEDIASOUP_WORKER_BIN does not run
 */
export async function findWorker(say = () => undefined) {
  const given = process.env.MEDIASOUP_WORKER_BIN;
  if (given) {
    if (await runs(given)) return given;
    throw new SetupError(`MEDIASOUP_WORKER_BIN is ${given}, which does not run here as a mediasoup worker. Correct it, or unset it.`);
  }
  try {
    return await fromCache(async (folder) => {
      say('Fetching the mediasoup worker …');
      if (!(await fetchPrebuilt(folder))) throw new NotFetched();
    });
  } catch (error) {
    if (error instanceof NotFetched) return undefined;
    throw error;
  }
}

/**
 * Builds the worker into the cache; `buildPackages` must be installed.
 * @param {Say} [say]
 */
export async function buildWorker(say = () => undefined) {
  const binary = await fromCache(async (folder) => {
    say('Building the mediasoup worker from source, about 90 s on two cores …');
    await build(folder);
  });
  if (!binary) throw new SetupError('The mediasoup worker was built but does not run on this machine.');
  return binary;
}

/**
 * The worker, found or built.
 * @param {{ say?: Say }} [options]
 */
export const mediasoupWorker = async ({ say } = {}) => (await findWorker(say)) ?? (await buildWorker(say));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const say = (/** @type {string} */ line) => console.error(line);
  console.log(await mediasoupWorker({ say }));
}
