import { readdirSync, realpathSync } from 'node:fs';
import { isOnPath, mustRun, pathOf, run, SetupError } from './run-command.mjs';

/**
 * One thing that Vigil needs from the system.
 * @typedef {object} Need
 * @property {string[]} packages Debian's or Ubuntu's names for it; the first that the system offers is installed
 * @property {string[]} [programs] any of these on PATH will do as well, wherever it comes from
 * @property {string} [variable] environment variable with the path of one that is to be used; set-up sets it to what it found
 * @property {string} why in words
 * @property {string} [without] what is left out, in words, where the system does not offer it; else set-up stops there
 */

/** @type {Need} */
export const java = { packages: ['openjdk-17-jdk-headless', 'openjdk-21-jdk-headless'], programs: ['javac'], why: 'builds and runs the embedded database' };
/** @type {Need} */
export const javaRuntime = { packages: ['openjdk-17-jre-headless', 'openjdk-21-jre-headless'], programs: ['java'], why: 'runs the embedded database' };
/** @type {Need} */
export const maven = { packages: ['maven'], programs: ['mvn'], why: 'builds the embedded database' };
/** @type {Need} */
export const ffmpeg = { packages: ['ffmpeg'], programs: ['ffmpeg'], why: 'decodes recordings for analysis' };

/** What the tests need besides. @type {Need[]} */
export const forTests = [
  {
    packages: ['chromium'], programs: ['chromium', 'google-chrome', 'google-chrome-stable'], variable: 'CHROMIUM', why: 'browser of the tests',
    without: 'tests in Chromium are skipped. For them install Google Chrome, or set CHROMIUM to the path of a Chromium that is no snap (tests cannot drive a snap)',
  },
  {
    packages: ['firefox-esr'], programs: ['firefox-esr'], variable: 'FIREFOX', why: 'browser of the tests',
    without: 'runs with Firefox cannot be made. For them set FIREFOX to the path of a Firefox that is no snap',
  },
  { packages: ['xvfb'], programs: ['Xvfb'], why: 'a screen that the tests can share' },
  { packages: ['nftables'], programs: ['nft'], why: 'loses packets for the tests' },
  { packages: ['iproute2'], programs: ['ip'], why: 'a network for the tests' },
  { packages: ['libfaketime'], why: 'sets a clock for the tests', without: 'the run with clocks a day apart fails' },
  { packages: ['espeak-ng'], programs: ['espeak-ng'], why: 'speaks for the tests' },
  { packages: ['fonts-dejavu-core'], why: 'text in what the tests show' },
];

/** What the benchmarks need besides. @type {Need[]} */
export const forBenchmarks = [
  { packages: ['janus'], programs: ['janus'], why: 'what recording is compared with' },
  { packages: ['janus-tools'], programs: ['janus-pp-rec'], why: 'makes its recordings playable' },
];

/** A snap does not see the temporary folders of tests. @param {string} program */
function usablePath(program) {
  const path = pathOf(program);
  return path && !/^\/snap\/|\/bin\/snap$/.test(realpathSync(path)) ? path : undefined;
}

/** @param {Need} need */
async function isThere({ packages, programs, variable }) {
  if (variable) {
    const path = process.env[variable] || programs?.map(usablePath).find(Boolean);
    if (path) process.env[variable] = path;
    return Boolean(path);
  }
  if (programs?.some(isOnPath)) return true;
  for (const name of packages) {
    const { status, output } = await run('dpkg-query', ['-W', '-f=${db:Status-Status}', name]);
    if (status === 0 && output === 'installed') return true;
  }
  return false;
}

/** @param {Need} need */
async function offered({ packages }) {
  for (const name of packages) {
    // Its words are translated otherwise.
    const { output } = await run('apt-cache', ['policy', name], { env: { ...process.env, LC_ALL: 'C' } });
    if (/Candidate: (?!\(none\))/.test(output)) return name;
  }
  return undefined;
}

/** Whether apt knows what the system offers; in a fresh image it does not. */
function hasLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
}

const withoutIt = (/** @type {Need} */ { packages, without }) => `This system does not offer ${packages.join(' or ')}: ${without}.`;

/**
 * Installs what is missing, and says what and why. With root or password-less sudo; else says what to run.
 * @param {readonly Need[]} needs
 * @param {(line: string) => void} say
 * @throws {SetupError} when something is missing and cannot be installed
 */
export async function installPackages(needs, say) {
  const missing = [];
  for (const need of needs) {
    if (await isThere(need)) continue;
    if (need.without && hasLists() && !(await offered(need))) say(withoutIt(need));
    else missing.push(need);
  }
  if (!missing.length) return;
  const list = missing.map(({ packages, why }) => `  ${packages[0]}: ${why}`);
  if (!isOnPath('apt-get')) throw new SetupError(`These are missing, and this is no Debian or Ubuntu where they could be installed by themselves:\n${list.join('\n')}`);
  const isRoot = process.getuid?.() === 0;
  const mayInstall = isRoot || (await run('sudo', ['-n', 'true'], { timeoutMs: 5_000 })).status === 0;
  if (!mayInstall) {
    const names = [];
    for (const need of missing) names.push((await offered(need)) ?? need.packages[0]);
    throw new SetupError(`These packages are missing:\n${list.join('\n')}\nInstall them with this command, then try again:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`);
  }
  const apt = (/** @type {string[]} */ ...args) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300', ...args];
    if (!isRoot) command.unshift('sudo', '-n');
    return mustRun('Installing packages', /** @type {string} */ (command[0]), command.slice(1), { timeoutMs: 1_800_000 });
  };
  say(`Installing with apt-get:\n${list.join('\n')}`);
  await apt('update');
  const names = [];
  for (const need of missing) {
    const name = await offered(need);
    if (name) names.push(name);
    else if (need.without) say(withoutIt(need));
    else throw new SetupError(`This system does not offer ${need.packages.join(' or ')}. Install it by hand, then try again.`);
  }
  if (names.length) await apt('install', '-y', '--no-install-recommends', ...names);
  // Notes where the new programs are.
  for (const need of missing) await isThere(need);
}
