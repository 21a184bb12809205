import { randomUUID } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import { segmentMsOf } from '@vigil/protocol';
import type { ClientToServerEvents, Config, GapCause, IceServer, Id, ServerToClientEvents } from '@vigil/protocol';
import { createAttemptRecorder } from '@vigil/recorder/capture';
import type { Logger } from 'pino';
import type { DefaultEventsMap } from 'socket.io';
import { Server } from 'socket.io';
import { fromDatabase, isDatabaseAway } from '../attempts/database-away.js';
import { ringKeyOf } from '../backfill/ring-key.js';
import { startJanitor } from '../attempts/janitor.js';
import { MediaNode } from '../attempts/media-node.js';
import { RetryQueue } from '../attempts/retry-queue.js';
import { practiceFolder } from '../practice/practice-files.js';
import { restoreAttempt } from '../recordings/restore-attempt.js';
import { watchLoad } from '../sfu/load-watch.js';
import { MediaWorker } from '../sfu/media-worker.js';
import type { MediaContext } from './context.js';
import { asAck, dispatch } from './dispatch.js';
import { handlers } from './handlers.js';
import { isOriginAllowed } from './origin.js';
import { watchClose } from './page-gone.js';
import type { Admission } from './registry.js';
import { Registry } from './registry.js';

/** What a media process needs. */
export interface MediaOptions {
  /** Signalling shares its port, at the path `/media`. */
  server: HttpServer | HttpsServer;
  config: Config;
  /** Signs media tokens; the same as `openSession` gets. */
  secret: string;
  /** Origin of Vigil's pages. */
  publicOrigin: string;
  /** Origin that browsers reach `server` at; empty means the page's own. */
  url?: string;
  /** Of several media processes, counted from 0: it takes the WebRTC port VIGIL_MEDIA_PORT plus this. */
  index?: number;
  logger: Logger;
  /** Server wall clock, ms since 1970. */
  now?: () => number;
  /** Makes the recorders; capture's own by default. */
  createRecorder?: MediaContext['createRecorder'];
}

/** The running media process. */
export interface Media {
  nodeId: string;
  /** Process id of the mediasoup worker that runs now. */
  workerPid: () => number | undefined;
  /** Closes every recording and ends the worker; resolves when all is durable. The HTTP server stays. Idempotent. */
  close: () => Promise<void>;
}

/** A lost link is noticed after `interval + timeout` at the latest, ms. */
const ping = { pingInterval: 3_000, pingTimeout: 4_000 };
const queueCloseMs = 5_000;
/** How often it is looked for what instructors have set for students who are here, ms. */
const followMs = 3_000;

/**
 * Starts the SFU and the students' signalling in this process. The database must be connected, and segments that a
 * crash left unclosed be repaired and indexed: what a dead process was recording is then marked as interrupted.
 * @throws {ConfigError} when the WebRTC port is taken or the worker does not run. @throws {VigilError} noDatabase.
 */
export async function startMedia(options: MediaOptions): Promise<Media> {
  const { config, secret, server, url = '', now = Date.now } = options;
  const nodeId = randomUUID();
  const logger = options.logger.child({ node: nodeId.slice(0, 8) });
  const queue = new RetryQueue({ logger });
  const worker = await MediaWorker.create({
    workerBin: config.MEDIASOUP_WORKER_BIN,
    ip: config.VIGIL_MEDIA_IP,
    announced: config.VIGIL_MEDIA_ANNOUNCED,
    port: config.VIGIL_MEDIA_PORT && config.VIGIL_MEDIA_PORT + (options.index ?? 0),
    logger,
    onLost: () => registry.loseMedia(),
  });
  const segmentsFolder = join(config.VIGIL_DATA, 'segments');
  const context: MediaContext = {
    nodeId,
    worker,
    queue,
    createRecorder: options.createRecorder ?? createAttemptRecorder,
    segmentsFolder,
    practiceFolder: practiceFolder(config.VIGIL_DATA),
    restore: (attempt, isOurs) =>
      fromDatabase(restoreAttempt(attempt, { folder: segmentsFolder, log: logger, now, may: isOurs })).catch((error: unknown) => {
        if (isDatabaseAway(error)) throw error;
        // What is to come counts more; what was left is put right at the next start.
        logger.error({ err: error, attempt }, 'recordings of an attempt not restored');
      }),
    segmentMs: segmentMsOf(config),
    iceServers: iceServersOf(config),
    uplink: { maxBitrate: config.VIGIL_UPLINK_KBPS * 1_000, lowData: config.VIGIL_LOW_DATA },
    ringKeyOf: (attempt) => ringKeyOf(secret, attempt),
    logger,
    now,
  };
  const registry = new Registry(context, secret);
  try {
    const node = await MediaNode.register({ id: nodeId, url, sessions: () => registry.connected, now, logger });
    const own = { id: nodeId, owns: (id: Id) => registry.owns(id), steadySinceMs: () => node.steadySinceMs };
    const stopJanitor = await startJanitor({ node: own, now, logger });
    const stopWatch = watchLoad(() => worker.pid, logger);
    const stopFollowing = followRules(registry, logger);
    const stopSockets = serveSockets(server, registry, context, options.publicOrigin);

    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      stopWatch();
      stopFollowing();
      stopSockets.refuse();
      await stopJanitor();
      // Who still waits for a worker would keep its attempt from being closed.
      worker.retire();
      await registry.close();
      stopSockets.close();
      await worker.close();
      await queue.close(queueCloseMs);
      await node.close();
    };
    return { nodeId, workerPid: () => worker.pid, close: () => (closing ??= close()) };
  } catch (error) {
    await worker.close();
    throw error;
  }
}

/** Serves students' sockets at `/media`. */
function serveSockets(
  server: HttpServer | HttpsServer,
  registry: Registry,
  context: MediaContext,
  publicOrigin: string,
): { refuse: () => void; close: () => void } {
  let open = true;
  const origins = new Set([publicOrigin]);
  const io = new Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, Admission>(server, {
    path: '/media',
    // Only here does every browser name its Origin.
    transports: ['websocket'],
    allowRequest: (request, answer) => answer(null, open && isOriginAllowed(request, origins)),
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: 64_000,
    connectTimeout: 10_000,
    ...ping,
  });
  io.use((socket, next) => {
    registry.admit(socket.handshake.auth.token).then(
      (admission) => {
        socket.data = admission;
        next();
      },
      (error: unknown) => {
        const answer = asAck(error, context.logger);
        const refusal = new Error('refused');
        next(Object.assign(refusal, { data: answer.ok ? undefined : answer.error }));
      },
    );
  });
  io.on('connection', (socket) => {
    const { live, session } = socket.data;
    if (!registry.claim(live)) {
      socket.disconnect(true);
      return;
    }
    const failed = (error: unknown) => context.logger.error({ err: error, attempt: live.id }, 'recording not closed');
    const isPageGone = watchClose(socket.conn.transport);
    const causeOf = async (): Promise<GapCause> => (!open ? 'server' : (await isPageGone()) ? 'page-closed' : 'connection');
    socket.on('disconnect', () => void live.leave(socket, causeOf()).catch(failed));
    dispatch(socket, live, handlers, context);
    live.attach(socket, session, pageOf(socket.handshake.auth)).catch(failed);
  });
  return {
    refuse: () => (open = false),
    close: () => {
      io.disconnectSockets(true);
      io.engine.close();
    },
  };
}

/** Lets the attempts follow their accommodations. @returns what stops it. */
function followRules(registry: Registry, logger: Logger): () => void {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    registry
      .follow()
      .catch((error: unknown) => logger.warn({ err: error }, 'accommodations not followed'))
      .finally(() => (busy = false));
  }, followMs);
  return () => clearInterval(timer);
}

/** The name that a page gave itself; one that gave none is another page each time. */
const pageOf = ({ page }: Record<string, unknown>): string | undefined => (typeof page === 'string' && /^\w{1,64}$/.test(page) ? page : undefined);

/** TURN servers for the browser, from the settings. */
function iceServersOf(config: Config): IceServer[] {
  const urls = config.VIGIL_TURN_URLS.split(',').map((text) => text.trim()).filter(Boolean);
  if (!urls.length) return [];
  return [{ urls, username: config.VIGIL_TURN_USER, credential: config.VIGIL_TURN_PASSWORD }];
}
