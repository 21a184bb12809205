import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** Runes everywhere; the same for vite, svelte-check and eslint. */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
};
