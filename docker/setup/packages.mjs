import { isOnPath, mustRun, run, SetupError } from './run-command.mjs';

/**
 * One thing that Vigil needs from the system.
 * @typedef {object} Need
 * @property {string[]} packages Debian's or Ubuntu's names for it; the first that the system offers is installed
 * @property {string[]} [programs] any of these on PATH will do as well, wherever it comes from
 * @property {string} why in words
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
  { packages: ['chromium', 'chromium-browser'], programs: ['chromium'], why: 'browser of the tests' },
  { packages: ['firefox-esr'], programs: ['firefox-esr'], why: 'browser of the tests' },
  { packages: ['xvfb'], programs: ['Xvfb'], why: 'a screen that the tests can share' },
  { packages: ['nftables'], programs: ['nft'], why: 'loses packets for the tests' },
  { packages: ['iproute2'], programs: ['ip'], why: 'a network for the tests' },
  { packages: ['espeak-ng'], programs: ['espeak-ng'], why: 'speaks for the tests' },
  { packages: ['fonts-dejavu-core'], why: 'text in what the tests show' },
];

/** What the benchmarks need besides. @type {Need[]} */
export const forBenchmarks = [{ packages: ['janus'], programs: ['janus'], why: 'what recording is compared with' }];

/** @param {Need} need */
async function isThere({ packages, programs }) {
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
    const { output } = await run('apt-cache', ['policy', name]);
    if (/Candidate: (?!\(none\))/.test(output)) return name;
  }
  return undefined;
}

/**
 * Installs what is missing, and says what and why. With root or password-less sudo; else says what to run.
 * @param {readonly Need[]} needs
 * @param {(line: string) => void} say
 * @throws {SetupError} when something is missing and cannot be installed
 */
export async function installPackages(needs, say) {
  const missing = [];
  for (const need of needs) if (!(await isThere(need))) missing.push(need);
  if (!missing.length) return;
  const list = missing.map(({ packages, why }) => `  ${packages[0]}: ${why}`);
  if (!isOnPath('apt-get')) throw new SetupError(`These are missing, and this is no Debian or Ubuntu where they could be installed by themselves:\n${list.join('\n')}`);
  const isRoot = process.getuid?.() === 0;
  const mayInstall = isRoot || (await run('sudo', ['-n', 'true'], { timeoutMs: 5_000 })).status === 0;
  if (!mayInstall) {
    const names = missing.map(({ packages }) => packages[0]).join(' ');
    throw new SetupError(`These packages are missing:\n${list.join('\n')}\nInstall them with this command, then try again:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names}`);
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
    if (!name) throw new SetupError(`This system does not offer ${need.packages.join(' or ')}. Install it by hand, then try again.`);
    names.push(name);
  }
  await apt('install', '-y', '--no-install-recommends', ...names);
}
