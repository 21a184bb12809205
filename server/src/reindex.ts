import { join, resolve } from 'node:path';
import { ConfigError, readConfig } from '@vigil/protocol';
import { reindex } from './recordings/reindex.js';
import { StartError } from './start/start-error.js';
import { closeDatabase, connectDatabase } from './store/index.js';

/** `npm run reindex`: rebuilds the index of segments from the files alone, and says what it did. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  if (!config.MONGODB_URI) throw new StartError('MONGODB_URI is not set. Use "npm run reindex", which starts the database.');
  await connectDatabase(config.MONGODB_URI, 10_000).catch((error: unknown) => {
    throw new StartError('The database cannot be reached. Check MONGODB_URI, and that the database runs.', error);
  });
  const folder = join(resolve(config.VIGIL_DATA), 'segments');
  const { added, changed, kept, missing, broken } = await reindex(folder, Date.now, true);
  for (const { file, problem } of broken) console.error(`${file}: ${problem}`);
  console.log(
    `Index rebuilt from ${folder}: ${kept} as before, ${added} added, ${changed} changed, ${missing} without a file removed, ${broken.length} not usable.`,
  );
  if (broken.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof ConfigError || error instanceof StartError ? error.message : error);
  process.exitCode = 2;
} finally {
  await closeDatabase();
}
