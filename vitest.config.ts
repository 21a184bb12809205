import { defineConfig } from 'vitest/config';

/** Unit tests stand beside their source; tests that start real processes are in <package>/test. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{server,server/protocol,recorder,client,e2e}/src/**/*.test.ts'],
          environment: 'node',
          // A module graph for each of more than a hundred files took half of the time.
          pool: 'threads',
          isolate: false,
          unstubGlobals: true,
          unstubEnvs: true,
        },
      },
      {
        test: {
          name: 'integration',
          globalSetup: ['docker/setup/vitest-global.mjs'],
          include: ['{server,server/protocol,recorder,docker}/test/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
