import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installPackages, type Need } from '../setup/packages.mjs';

/** A system that offers only what `offered` names, where the test is root or not. */
describe('the packages that set-up installs', () => {
  const before = process.env.PATH;
  let folder = '';
  let said: string[] = [];
  const say = (line: string): void => void said.push(line);

  async function program(name: string, script: string): Promise<void> {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  async function system({ offers }: { offers: string }): Promise<void> {
    await program('dpkg-query', 'exit 1');
    // As the real one does, it speaks the machine's language unless it is asked not to.
    await program('apt-cache', `[ "$LC_ALL" = C ] && word=Candidate || word=Installationskandidat\n[ "$2" = "${offers}" ] && echo "  $word: 1.0" || echo "  $word: (none)"`);
    await program('apt-get', `echo "$@" >> ${join(folder, 'log')}`);
    // Without root it asks here; a machine of tests may be either.
    await program('sudo', 'shift; [ "$1" = true ] || exec "$@"');
  }
  const log = (): Promise<string> => readFile(join(folder, 'log'), 'utf8').catch(() => '');
  const lame: Need = { packages: ['lame-browser'], programs: ['lame-browser'], variable: 'VIGIL_TEST_LAME', why: 'tests', without: 'tests with it are skipped' };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vigil-packages-'));
    process.env.PATH = `${folder}:/usr/bin:/bin`;
    said = [];
  });
  afterEach(async () => {
    process.env.PATH = before;
    delete process.env.VIGIL_TEST_LAME;
    await rm(folder, { recursive: true });
  });

  it('are those that are missing, each said with its reason', async () => {
    await system({ offers: 'thing-2' });
    await installPackages([{ packages: ['thing-1', 'thing-2'], why: 'does things' }], say);
    expect(said).toEqual(['Installing with apt-get:\n  thing-1: does things']);
    expect(await log()).toMatch(/install -y --no-install-recommends thing-2\n$/);
  });

  it('stop set-up where the system does not offer one that is needed', async () => {
    await system({ offers: 'nothing' });
    await expect(installPackages([{ packages: ['thing'], why: 'does things' }], say)).rejects.toThrow('does not offer thing');
  });

  it('are done without, and it is said what is left out, where only some tests need one', async () => {
    await system({ offers: 'nothing' });
    await installPackages([lame], say);
    expect(said.at(-1)).toBe('This system does not offer lame-browser: tests with it are skipped.');
    expect(process.env.VIGIL_TEST_LAME).toBeUndefined();
    expect(await log()).not.toContain('install');
  });

  it('may be a program that is there already, but not a snap', async () => {
    await system({ offers: 'nothing' });
    await mkdir(join(folder, 'usr/bin'), { recursive: true });
    await program('usr/bin/snap', 'exit 0');
    await symlink(join(folder, 'usr/bin/snap'), join(folder, 'lame-browser'));
    await installPackages([lame], say);
    expect(said.at(-1)).toMatch(/lame-browser: tests with it are skipped/);

    await rm(join(folder, 'lame-browser'));
    await program('lame-browser', 'exit 0');
    said = [];
    await installPackages([lame], say);
    expect(said).toEqual([]);
    expect(process.env.VIGIL_TEST_LAME).toBe(join(folder, 'lame-browser'));
  });
});
