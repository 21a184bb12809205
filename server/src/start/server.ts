import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { VigilError } from '@vigil/protocol';
import type { Config, ErrorBody } from '@vigil/protocol';
import type { Logger } from 'pino';
import { startUploadSweep, uploadsFolder } from '../backfill/upload-files.js';
import { Onboarding } from '../onboarding/onboarding.js';
import { startOnboardingSweep } from '../onboarding/sweep.js';
import { createApp } from '../http/app.js';
import { startPracticeSweep } from '../practice/delete-practice.js';
import { firstBreak } from '../privacy/audit.js';
import { restoreAbandoned } from '../recordings/restore-abandoned.js';
import { restoreRecordings } from '../recordings/restore.js';
import { seedDemo } from '../seed/demo.js';
import type { Demo } from '../seed/demo.js';
import type { Media } from '../signalling/index.js';
import { startMedia } from '../signalling/index.js';
import { closeDatabase } from '../store/index.js';
import { addressesOf } from './addresses.js';
import { lockData } from './data-lock.js';
import { waitForDatabase } from './database-wait.js';
import { listen, makeHttpServer } from './listen.js';
import { readSecret } from './secret.js';
import { StartError } from './start-error.js';

/** What this process does: everything, pages and API alone, or media alone (one of several, counted from 0). */
export type Role = { kind: 'all' } | { kind: 'api' } | { kind: 'media'; index: number };

export interface ServerOptions {
  config: Config;
  role: Role;
  /** Says a sentence to whoever started it. */
  tell: (sentence: string) => void;
  log: Logger;
  now: () => number;
  /** Gives up the start. */
  signal: AbortSignal;
}

/** The running process. */
export interface RunningServer {
  /** Origin of the pages. */
  url: string;
  /** Absolute path of VIGIL_DATA. */
  data: string;
  /** Not in a media process, nor where the demo course was taken away. */
  demo: Demo | undefined;
  /** Orderly: no new requests, recordings closed and durable, then the rest. Idempotent. */
  close: () => Promise<void>;
}

const clientFolder = fileURLToPath(new URL('../../../client/dist/', import.meta.url));

/**
 * Starts this process's part of Vigil. Folder and port are taken first: a second server on the same data must fail before
 * it touches a file. Until all is ready requests are answered with `noDatabase`.
 * @throws {StartError} with a sentence for whoever started it.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, role, tell, log, now, signal } = options;
  const data = resolve(config.VIGIL_DATA);
  if (!config.MONGODB_URI) throw new StartError('MONGODB_URI is not set. Start Vigil with "npm start", which brings a database, or set it.');
  if (config.VIGIL_MEDIA_PROCESSES > 1 && config.VIGIL_PORT === 0)
    throw new StartError('VIGIL_PORT=0 works with one media process only. Set VIGIL_PORT, or VIGIL_MEDIA_PROCESSES to 1.');
  // Media processes record into the folder of their API's process, which has it.
  const unlock = role.kind === 'media' ? () => undefined : await lockData(data);
  const secret = await readSecret(config.VIGIL_SECRET, data);
  const server = await makeHttpServer(config);
  const front = new Front(server);
  let media: Media | undefined;
  const stopSweeps: (() => void)[] = [];
  const close = async (): Promise<void> => {
    // Sockets live until their recordings are closed; only new connections end here.
    const closed = new Promise((done) => server.close(done));
    for (const stop of stopSweeps) stop();
    await media?.close();
    server.closeAllConnections();
    await closed;
    await closeDatabase();
    unlock();
  };
  try {
    const wanted = role.kind === 'media' ? config.VIGIL_PORT + 1 + role.index : config.VIGIL_PORT;
    const port = await listen(server, config.VIGIL_HOST, wanted);
    const { own, publicUrl, mediaUrl } = addressesOf(config, role.kind === 'media' ? config.VIGIL_PORT : port);
    await waitForDatabase(config.MONGODB_URI, { tell, log, signal });
    if (role.kind === 'media') await restoreAbandoned({ data, url: mediaUrl(port), log, now });
    else await restoreRecordings({ data, shared: role.kind === 'api', log, now, signal });
    if (role.kind !== 'media') {
      stopSweeps.push(await startUploadSweep(uploadsFolder(data), log));
      stopSweeps.push(await startOnboardingSweep(new Onboarding(config, now), data, log, now));
      stopSweeps.push(await startPracticeSweep(data, log, now));
    }
    if (role.kind !== 'api') {
      const place = role.kind === 'media' ? { url: mediaUrl(port), index: role.index } : {};
      media = await startMedia({ server, config, secret, publicOrigin: publicUrl, logger: log, now, ...place });
    }
    signal.throwIfAborted();
    let demo: Demo | undefined;
    if (role.kind !== 'media') {
      const others = role.kind === 'api' ? Array.from({ length: config.VIGIL_MEDIA_PROCESSES }, (_, index) => mediaUrl(port + 1 + index)) : [];
      demo = await seedDemo({ data, secret, publicUrl, linkDays: config.VIGIL_LINK_DAYS, now });
      // Stopped while it was seeding: nobody has a server yet that could be closed.
      signal.throwIfAborted();
      front.answer = createApp({ config, secret, publicUrl, own, mediaOrigins: others, clientFolder, log, now }).app.callback();
    }
    if (role.kind !== 'media') void checkAudit(log);
    log.info({ role: role.kind, url: publicUrl, port }, 'ready');
    let closing: Promise<void> | undefined;
    return { url: publicUrl, data, demo, close: () => (closing ??= close().then(() => log.info('stopped'))) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tells the operator when the audit log is not as it was written. */
async function checkAudit(log: Logger): Promise<void> {
  try {
    const entry = await firstBreak();
    if (entry !== undefined) log.error({ entry }, 'the audit log was changed from this entry on: compare it with a backup');
  } catch (error) {
    log.warn({ err: error }, 'the audit log was not checked');
  }
}

/** Answers requests from the moment the port is taken: with a sentence at first, later with the application. */
class Front {
  answer: (request: IncomingMessage, response: ServerResponse) => unknown = refuse;

  constructor(server: Server) {
    server.on('request', (request, response) => void this.answer(request, response));
  }
}

function refuse(_request: IncomingMessage, response: ServerResponse): void {
  const { reason, message, status } = new VigilError('noDatabase');
  const body: ErrorBody = { reason, message };
  response.writeHead(status, { 'Content-Type': 'application/json', 'Retry-After': '2' });
  response.end(JSON.stringify(body));
}
