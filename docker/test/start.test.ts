import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { root } from '../setup/cache.mjs';

it('npm start runs everything with data that nobody else can read, and stops it in order', { timeout: 180_000 }, async () => {
  const data = await mkdtemp(join(tmpdir(), 'vigil-npm-start-'));
  const { MONGODB_URI: _uri, ...environment } = process.env;
  const env = { ...environment, VIGIL_DATA: join(data, 'data'), VIGIL_PORT: '0', VIGIL_MEDIA_PORT: '0', VIGIL_LOG: 'error' };
  const vigil = spawn(process.execPath, [join(root, 'docker/setup/start.mjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(vigil, 'exit');
  const said: string[] = [];
  const lines = createInterface({ input: vigil.stdout });
  lines.on('line', (line) => said.push(line));
  try {
    const running = new Promise<void>((resolve) => lines.on('line', (line) => line === 'Ctrl-C stops it.' && resolve()));
    await Promise.race([running, ended.then(() => Promise.reject(new Error(said.join('\n'))))]);
    const address = said.find((line) => line.startsWith('Vigil is running at '))?.split(' ').at(-1) ?? '';
    expect(await (await fetch(`${address}/api/health`)).json()).toMatchObject({ ok: true });
    const made = await readdir(data, { recursive: true });
    expect(made).toEqual(expect.arrayContaining(['data/logs', 'data/keys/secret', expect.stringMatching(/^data.database.(embedded|mongod)./)]));
    for (const path of made) {
      const found = await stat(join(data, path));
      expect(found.mode & 0o777, path).toBe(found.isDirectory() ? 0o700 : 0o600);
    }
    vigil.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(said.at(-1)).toBe('Stopped.');
  } finally {
    vigil.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
  }
});
