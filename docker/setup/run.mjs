#!/usr/bin/env node
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './cache.mjs';
import { startDatabase } from './database.mjs';
import { forBenchmarks } from './packages.mjs';
import { prepare } from './prepare.mjs';
import { run, SetupError } from './run-command.mjs';

/**
 * `npm run e2e -- <name>`, `npm run bench -- <name>`, `npm run reindex`: sets up what is missing, then runs one command
 * with what follows its name as arguments.
 */
const say = (/** @type {string} */ line) => console.log(line);

/** Of the sources: before set-up, which takes minutes, has compiled them. @param {string} kind @param {string | undefined} name */
function scriptOf(kind, name) {
  const folder = kind === 'e2e' ? 'commands' : 'bench';
  const sources = join(root, 'e2e/src', folder);
  if (name && existsSync(join(sources, `${name}.ts`))) return join(root, 'e2e/dist', folder, `${name}.js`);
  const there = readdirSync(sources).filter((file) => /^[a-z0-9-]+\.ts$/.test(file)).map((file) => file.slice(0, -3));
  throw new SetupError(`${name ? `There is no ${kind} '${name}'.` : `Say which ${kind}.`} There are: ${there.join(', ')}. For example: npm run ${kind} -- ${there[0]}`);
}

async function main() {
  const [kind = '', ...args] = process.argv.slice(2);
  const data = resolve(process.env.VIGIL_DATA || 'data');
  if (kind === 'reindex') {
    await prepare({ data, say });
    // As `npm start` does: the data are for this account alone.
    process.umask(0o077);
    const database = await startDatabase({ folder: join(data, 'database'), say });
    try {
      const env = { ...process.env, VIGIL_DATA: data, MONGODB_URI: database.uri };
      return (await run(process.execPath, [join(root, 'server/dist/reindex.js'), ...args], { env, show: true, timeoutMs: 86_400_000 })).status;
    } finally {
      await database.stop();
    }
  }
  const script = scriptOf(kind, args.shift());
  await prepare({ tests: true, extra: kind === 'bench' ? forBenchmarks : [], say });
  return (await run(process.execPath, [script, ...args], { show: true, timeoutMs: 86_400_000 })).status;
}

main().then(
  (status) => { process.exitCode = status; },
  (error) => {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  },
);
