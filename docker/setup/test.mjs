#!/usr/bin/env node
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './cache.mjs';
import { buildClient, prepare } from './prepare.mjs';
import { run, SetupError } from './run-command.mjs';

/**
 * `npm test`: sets up what is missing, then runs every suite, also after one has failed. The last line is
 * `N passed, N failed`, with `, N skipped` where tests were; the exit status is 0 only when none failed.
 * A check such as lint counts as one test; a suite that crashes counts as failed.
 */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);
const say = (/** @type {string} */ line) => console.log(line);
const reports = await mkdtemp(join(tmpdir(), 'vigil-test-'));

/** @param {boolean} ok @returns {Counts} */
const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });

/** A check that passes or fails as a whole; its output is shown only when it fails. @param {string[]} command @param {string} [cwd] */
async function check(command, cwd = root) {
  const { status, output } = await run(/** @type {string} */ (command[0]), command.slice(1), { cwd });
  if (status !== 0) say(output.trim());
  return one(status === 0);
}

/**
 * Counts from a reporter's file; a process that failed without a failed test counts as one.
 * @param {string} report
 * @param {number} status
 * @param {(json: any) => Counts} count
 */
async function counted(report, status, count) {
  const counts = await readFile(report, 'utf8').then((text) => count(JSON.parse(text)), () => one(false));
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** @param {string} project */
async function vitest(project) {
  const report = join(reports, `${project}.json`);
  const { status } = await run(bin('vitest'), ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], { cwd: root, show: true, timeoutMs: 1_500_000 });
  return counted(report, status, (json) => {
    // A file that cannot be loaded has no tests of its own.
    const broken = json.testResults.filter((/** @type {any} */ file) => file.status === 'failed' && !file.assertionResults.some((/** @type {any} */ test) => test.status === 'failed')).length;
    return { passed: json.numPassedTests, failed: json.numFailedTests + broken, skipped: json.numPendingTests + json.numTodoTests };
  });
}

async function browserTests() {
  if (!process.env.CHROMIUM) {
    say('Skipped: set-up found no Chromium that tests can drive; it said above why, and what helps.');
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const config = 'e2e/playwright.config.ts';
  await buildClient(say);
  const report = join(reports, 'browser.json');
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const { status } = await run(bin('playwright'), ['test', '-c', config, '--reporter=list,json'], { cwd: root, env, show: true, timeoutMs: 2_700_000 });
  return counted(report, status, ({ stats }) => ({ passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped }));
}

/** @type {[name: string, run: () => Promise<Counts>][]} */
const suites = [
  ['types', () => check([bin('tsc'), '-b'])],
  ['types of the pages', () => check([bin('svelte-check'), '--workspace', 'client', '--fail-on-warnings'])],
  ['lint', () => check([bin('eslint'), '.'])],
  ['unit tests', () => vitest('unit')],
  ['integration tests', () => vitest('integration')],
  ['recording under load', () => check([process.execPath, 'e2e/dist/bench/record.js', '--short'])],
  ['findings in clips of our own', () => check([process.execPath, 'e2e/dist/bench/analysis.js', '--condition', 'near', '--condition', 'screen', ...['speech-britain', 'screen-black', 'screen-frozen'].flatMap((clip) => ['--clip', clip])])],
  ['size of the pages', async () => {
    await buildClient(say);
    return check(['npm', 'run', '--silent', 'size', '-w', 'client']);
  }],
  ['browser tests', browserTests],
];

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { interrupted = true; });

async function main() {
  await prepare({ tests: true, compile: false, say });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, runSuite] of suites) {
    if (interrupted) throw new SetupError('The tests were interrupted.');
    say(`\n── ${name}`);
    const startedAt = performance.now();
    const counts = await runSuite().catch((error) => {
      say(error instanceof Error ? error.message : String(error));
      return one(false);
    });
    say(`── ${name}: ${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  say(`\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
  return total.failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  say('\n0 passed, 1 failed');
  process.exitCode = 1;
} finally {
  await rm(reports, { recursive: true, force: true });
}
