import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Connect, type Plugin } from 'vite';

const page = (name: string): string => fileURLToPath(new URL(`${name}.html`, import.meta.url));

/** Where `vite dev` and `vite preview` find the server: an address such as http://127.0.0.1:8080. */
const server = process.env.VIGIL_DEV_SERVER ?? 'http://127.0.0.1:8080';
const proxy = { '/api': { target: server }, '/media': { target: server, ws: true } };

/** The server's page addresses: /take is the student's page, each other address without a file ending the instructor's. */
const rewrite: Connect.NextHandleFunction = (request, _response, next) => {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path === '/take') request.url = '/student.html';
  else if (!path.includes('.') && !/^\/(@|api|media|src|node_modules)/.test(path)) request.url = '/instructor.html';
  next();
};
const addresses: Plugin = {
  name: 'vigil-addresses',
  configureServer: ({ middlewares }) => void middlewares.use(rewrite),
  configurePreviewServer: ({ middlewares }) => void middlewares.use(rewrite),
};

/** WebAssembly also compressed, for who is to download it: a third of the size. The server sends that to browsers that take it. */
const compressed: Plugin = {
  name: 'vigil-compressed',
  writeBundle: async ({ dir = '' }, bundle) => {
    for (const file of Object.values(bundle))
      if (file.type === 'asset' && file.fileName.endsWith('.wasm')) await writeFile(join(dir, `${file.fileName}.gz`), gzipSync(file.source, { level: 9 }));
  },
};

/** One entry a role, so that a student downloads only the student's page; and a page without script for addresses without one. */
export default defineConfig({
  plugins: [svelte(), addresses, compressed],
  appType: 'mpa',
  build: {
    target: 'es2022',
    outDir: 'dist',
    manifest: true,
    rolldownOptions: { input: { student: page('student'), instructor: page('instructor'), notFound: page('not-found') } },
  },
  // Modules, so that a worker loads what it rarely needs only then.
  worker: { format: 'es' },
  server: { proxy },
  preview: { proxy },
});
