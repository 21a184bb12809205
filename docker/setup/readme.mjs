#!/usr/bin/env node
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { settings } from '@vigil/protocol';
import { root } from './cache.mjs';

/** `node docker/setup/readme.mjs` brings the README's table of settings up to date; a test compares the two. */
const BEGIN = '<!-- settings: made by docker/setup/readme.mjs -->';
const END = '<!-- end of settings -->';

/** The table of all settings, as Markdown. */
export function settingsTable() {
  const rows = Object.entries(settings).map(([name, { schema, about }]) => {
    const value = schema.safeParse(undefined).data;
    return `| \`${name}\` | ${value === '' ? '' : `\`${value}\``} | ${about.replaceAll('|', '\\|')} |`;
  });
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

/** A README with the table as it should be. @param {string} text */
export function withTable(text) {
  const [head, rest] = text.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (tail === undefined) throw new Error(`README.md lacks the lines ${BEGIN} and ${END}`);
  return `${head}${BEGIN}\n${settingsTable()}\n${END}${tail}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path = join(root, 'README.md');
  await writeFile(path, withTable(await readFile(path, 'utf8')));
}
