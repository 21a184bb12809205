/** `npm run size`: what a student's page loads at its start, compressed; fails above the limit. Needs a build. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const limitKb = 150;
const dist = new URL('../dist/', import.meta.url);

const manifest = JSON.parse(
  await readFile(new URL('.vite/manifest.json', dist), 'utf8').catch(() => {
    console.error('The client is not built yet: run "npm run build" first.');
    process.exit(1);
  }),
);

/** A chunk, and all that it imports before it runs. */
function startOf(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const imported of manifest[name].imports ?? []) startOf(imported, found);
  return found;
}

const chunks = [...startOf('student.html')].map((name) => manifest[name]);
const files = [...new Set(chunks.flatMap(({ file, css }) => [file, ...(css ?? [])]))];
const rows = [];
for (const file of files) {
  const content = await readFile(new URL(file, dist));
  rows.push({ file, bytes: content.length, gzip: gzipSync(content, { level: 9 }).length });
}
const scripts = rows.filter(({ file }) => file.endsWith('.js')).reduce((sum, { gzip }) => sum + gzip, 0);

const line = (file, bytes, gzip) => console.log(file.padEnd(48), String(bytes).padStart(10), String(gzip).padStart(10));
line('student’s page', 'bytes', 'gzip');
for (const { file, bytes, gzip } of rows) line(file, bytes, gzip);
console.log(`JavaScript, compressed: ${(scripts / 1000).toFixed(1)} kB of ${limitKb} kB`);
if (scripts === 0 || scripts > limitKb * 1000) {
  console.error('The student’s page is too heavy: find what was added, or load it later.');
  process.exit(1);
}
