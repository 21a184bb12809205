import { startDatabase } from './database.mjs';
import { mediasoupWorker } from './mediasoup-worker.mjs';

/** Before the integration tests: a database that keeps nothing, and the mediasoup worker, told to the tests by environment. */
export default async function setup() {
  const say = (/** @type {string} */ line) => console.error(line);
  process.env.MEDIASOUP_WORKER_BIN = await mediasoupWorker({ say });
  const database = await startDatabase({ ephemeral: true, say });
  process.env.MONGODB_URI = database.uri;
  return database.stop;
}
