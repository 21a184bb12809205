import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasons } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import { root } from '../setup/cache.mjs';
import { withTable } from '../setup/readme.mjs';

describe('the README', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');

  it('has the settings as they are (node docker/setup/readme.mjs makes the table)', () => {
    expect(readme).toBe(withTable(readme));
  });

  it('refers only to files that are there', () => {
    const paths = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path ?? '');
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names only npm scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run ([a-z0-9:]+)/g)].map(([, name]) => name ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('quotes the sentences that people are shown as they are', async () => {
    const quoted = [...readme.matchAll(/^\| “(.+?)” \|/gm)].map(([, sentence]) => sentence ?? '');
    const known = Object.values(reasons).map(([, sentence]) => sentence as string);
    const pages = join(root, 'client/src');
    const names = (await readdir(pages, { recursive: true })).filter((name) => /\.(ts|svelte)$/.test(name) && !name.includes('.test.'));
    const texts = [...known, ...(await Promise.all(names.map((name) => readFile(join(pages, name), 'utf8'))))];
    const unknown = quoted.filter((sentence) => !texts.some((text) => text.includes(sentence.replace(/ …$/, ''))));
    expect(quoted.length).toBeGreaterThan(5);
    expect(unknown).toEqual([]);
  });
});
