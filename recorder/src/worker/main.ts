/**
 * The recorder worker: a process that analyses recorded segments. `node recorder/dist/worker/main.js`, configured by the
 * environment. Says `ready` over IPC. Ends on SIGTERM, SIGINT, or when the process that started it goes (IPC). Exit code 2:
 * it cannot work as it is set up; if it was never ready, starting it again would not help.
 */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { ConfigError, readConfig, VigilError } from '@vigil/protocol';
import { Keys, masterKey, type KeyDocument } from '../evidence/index.js';
import { loadDetectors } from './detectors/all.js';
import { requireFfmpeg } from './media/ffmpeg.js';
import { AttemptAnalyst } from './attempt-analyst.js';
import { LookQueue } from './onboarding/look-queue.js';
import { Onlooker } from './onboarding/onlooker.js';
import { readDocument } from './onboarding/read-document.js';
import { runLooks } from './onboarding/run-looks.js';
import { AttemptQueue } from './queue/attempt-queue.js';
import { BrowserEventStore } from './queue/browser-event-store.js';
import { FindingStore } from './queue/finding-store.js';
import { MeasurementStore } from './queue/measurement-store.js';
import { SegmentQueue } from './queue/queue.js';
import { TextStore } from './queue/text-store.js';
import { runWorker } from './worker.js';

// Evidence is for this account alone, on a machine that others use as well.
process.umask(0o077);

async function main(): Promise<void> {
  const config = readConfig(process.env);
  if (!config.MONGODB_URI) throw new ConfigError('MONGODB_URI is not set: the recorder worker needs the database of the server.');
  const log = pino({ level: config.VIGIL_LOG, base: { process: 'worker', pid: process.pid } });
  const stop = new AbortController();
  const end = (why: string) => (): void => {
    if (stop.signal.aborted) return;
    log.info({ why }, 'stopping');
    stop.abort();
  };
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(event, end(event));

  await requireFfmpeg();
  const detectors = await loadDetectors();
  const client = connection(config.MONGODB_URI);
  const leaseMs = config.VIGIL_LEASE_SECONDS * 1_000;
  const data = resolve(config.VIGIL_DATA);
  log.info('ready');
  if (process.connected) process.send?.({ type: 'ready' });
  const db = client.db();
  const options = { leaseMs, now: Date.now, newName: randomUUID };
  const measurements = new MeasurementStore(join(data, 'measurements'));
  const segments = new SegmentQueue(db, options);
  const keys = new Keys(db.collection<KeyDocument>('keys'), await masterKey(config.VIGIL_MASTER_KEY, data));
  const onlooker = new Onlooker({ db, keys, folder: join(data, 'onboardings'), detectors, readWords: (picture) => readDocument(picture, stop.signal) });
  const events = new BrowserEventStore(db);
  const analyst = new AttemptAnalyst({ db, folder: join(data, 'segments'), measurements, events, detectors, onlooker });
  const looks = runLooks(new LookQueue(db, options), (look) => onlooker.look(look), log, stop.signal);
  await runWorker(
    {
      connect: () => client.connect(),
      segments,
      attempts: new AttemptQueue(db, options),
      events,
      measurements,
      findings: new FindingStore(db, join(data, 'evidence')),
      texts: new TextStore(db),
      measure: (segment, signal) => analyst.measure(segment, signal),
      judge: (attempt, signal) => analyst.judge(attempt, signal),
      leaseMs,
      log,
    },
    stop.signal,
  );
  await looks;
  await client.close();
  if (process.connected) process.disconnect();
}

function connection(uri: string): MongoClient {
  try {
    return new MongoClient(uri, { serverSelectionTimeoutMS: 3_000, appName: 'vigil-worker' });
  } catch (cause) {
    throw new ConfigError(`MONGODB_URI is not the address of a database: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof VigilError;
  console.error(expected ? error.message : error);
  process.exit(expected ? 2 : 1);
});
