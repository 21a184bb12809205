import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import type { Line } from '../main-job/report.js';
import { chromiumPath } from '../support/browser.js';

const client = new URL('../../../client/', import.meta.url);

/** What is used of Vite, the client's own bundler. */
interface Bundler {
  build: (options: object) => Promise<{ output: { code?: string }[] }[]>;
}

/** A module of the client's source as one script for a page. */
async function bundle(source: string): Promise<string> {
  const { build } = (await import(createRequire(new URL('package.json', client)).resolve('vite'))) as Bundler;
  const [built] = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry: fileURLToPath(new URL(source, client)), formats: ['es'] } },
  });
  const code = built?.output[0]?.code;
  if (!code) throw new Error(`${source} could not be bundled`);
  return `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
}

/** Holds the contract of the pieces' storage against IndexedDB, which there is in real browsers only. @param address any page on this machine */
export async function holdContract(address: string): Promise<Line[]> {
  const [contract, database] = await Promise.all([bundle('src/student/ring/store-contract.ts'), bundle('src/student/ring/idb-store.ts')]);
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(address);
    const failed = await page.evaluate(
      async ([contractAddress, databaseAddress]) => {
        interface Store {
          attempts(): Promise<string[]>;
          removeAttempt(attempt: string): Promise<void>;
        }
        const { storeContract } = (await import(contractAddress)) as { storeContract: Record<string, (store: Store) => Promise<void>> };
        const { idbStore } = (await import(databaseAddress)) as { idbStore: (factory: IDBFactory) => Promise<Store> };
        const said: [string, string | null][] = [];
        for (const [what, holds] of Object.entries(storeContract)) {
          const store = await idbStore(indexedDB);
          for (const attempt of await store.attempts()) await store.removeAttempt(attempt);
          said.push([what, await holds(store).then(() => null, (error: unknown) => String(error))]);
        }
        return said;
      },
      [contract, database] as const,
    );
    return failed.map(([what, error]) => ({ what: `the database ${what}`, measured: error ?? '', holds: error === null }));
  } finally {
    await browser.close();
  }
}
