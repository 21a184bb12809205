import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mostPictureBytes } from './pictures.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('every picture that the documentation shows is there, and light', () => {
  const pages = ['README.md', ...readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)];
  const shown = new Set(pages.flatMap((page) => [...readFileSync(join(root, page), 'utf8').matchAll(/!\[[^\]]*\]\(([^)]+\.png)\)/g)].map(([, file = '']) => join(root, dirname(page), file))));
  expect(shown.size).toBeGreaterThan(10);
  for (const file of shown) expect(statSync(file).size, file).toBeLessThanOrEqual(mostPictureBytes);
});
