import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cached, cacheFolder, hashOf } from '../setup/cache.mjs';

describe('the cache of set-up', () => {
  const before = process.env.XDG_CACHE_HOME;
  let home = '';
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'vigil-cache-'));
    process.env.XDG_CACHE_HOME = home;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    await rm(home, { recursive: true });
  });

  it('makes a thing once, also when two ask at once', async () => {
    let made = 0;
    const make = async (folder: string): Promise<void> => {
      made += 1;
      await writeFile(join(folder, 'thing'), 'made');
    };
    const [one, two] = await Promise.all([cached('a', make), cached('a', make)]);
    expect(one).toBe(two);
    expect(await readFile(join(await cached('a', make), 'thing'), 'utf8')).toBe('made');
    expect(made).toBe(1);
    expect(await readdir(cacheFolder())).toEqual(['a']);
  });

  it('leaves nothing of what failed, and tries again', async () => {
    const half = async (folder: string): Promise<void> => {
      await writeFile(join(folder, 'half'), '');
      throw new Error('no more room');
    };
    await expect(cached('a', half)).rejects.toThrow('no more room');
    expect(await readdir(cacheFolder())).toEqual([]);
    await expect(cached('a', () => Promise.resolve())).resolves.toBe(join(cacheFolder(), 'a'));
  });

  it('goes on when the one who was making it died', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    await mkdir(cacheFolder(), { recursive: true });
    await writeFile(join(cacheFolder(), 'a.lock'), String(dead.pid));
    await expect(cached('a', () => Promise.resolve())).resolves.toBe(join(cacheFolder(), 'a'));
  });

  it('says so when its folder cannot be written', async () => {
    // A file stands where the folder should be: rights would not stop root.
    process.env.XDG_CACHE_HOME = join(home, 'file');
    await writeFile(join(home, 'file'), '');
    await expect(cached('a', () => Promise.resolve())).rejects.toThrow(/cannot be written: .*XDG_CACHE_HOME/);
  });

  it('has another name for other contents', async () => {
    await mkdir(join(home, 'recipe'));
    await writeFile(join(home, 'recipe/file'), 'one');
    const first = await hashOf([join(home, 'recipe')]);
    expect(await hashOf([join(home, 'recipe')])).toBe(first);
    await writeFile(join(home, 'recipe/file'), 'two');
    expect(await hashOf([join(home, 'recipe')])).not.toBe(first);
  });
});
