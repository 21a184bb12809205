import { once } from 'node:events';
import { ConfigError, VigilError } from '@vigil/protocol';
import { createWorker } from 'mediasoup';
import type { types } from 'mediasoup';
import type { Logger } from 'pino';
import { withTimeout } from '../attempts/retry-queue.js';
import { mediaCodecs } from './codecs.js';

/** Settings of a media worker. */
export interface MediaWorkerOptions {
  /** The worker's binary; empty: mediasoup's own. */
  workerBin: string;
  /** Address to listen on. */
  ip: string;
  /** Address told to browsers; empty: `ip`. */
  announced: string;
  /** UDP and TCP port; 0: any free ones. */
  port: number;
  logger: Logger;
  /** The worker process died: all its routers are gone. A new one is on its way. */
  onLost: () => void;
}

interface Running {
  worker: types.Worker;
  webRtcServer: types.WebRtcServer;
}

/**
 * Bytes that the one UDP socket of all students may hold while the worker is busy; the system's limit (Linux:
 * net.core.rmem_max) may make it less. With its default of 200 kB the key frames of 20 students at once overflow it.
 */
const recvBufferSize = 4_000_000;
const restartPauseMs = 500;
const stopMs = 3_000;
/** How long a request waits for a router, ms: what comes after it in its attempt's queue must not wait for ever. */
const routerMs = 3_000;

/** A mediasoup worker with its one WebRtcServer; when the worker dies another takes its place and port. */
export class MediaWorker {
  readonly #options: MediaWorkerOptions;
  #running: Promise<Running>;
  #pid: number | undefined;
  /** No other worker is started. */
  #retired = false;
  #closed = false;
  #wake: (() => void) | undefined;

  private constructor(options: MediaWorkerOptions) {
    this.#options = options;
    this.#running = this.#start();
  }

  /** @throws {ConfigError} when the port is taken or the binary does not run. */
  static async create(options: MediaWorkerOptions): Promise<MediaWorker> {
    const worker = new MediaWorker(options);
    await worker.#running;
    return worker;
  }

  /** Process id of the worker that runs now. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /**
   * A router, with the WebRtcServer that its transport listens on. Waits some seconds while a worker is being replaced.
   * @throws {VigilError} noMedia.
   */
  async createRouter(): Promise<{ router: types.Router; webRtcServer: types.WebRtcServer }> {
    let waits = true;
    const made = this.#running.then(async ({ worker, webRtcServer }) => {
      const router = await worker.createRouter({ mediaCodecs });
      // Nobody takes it any more.
      if (!waits) router.close();
      return { router, webRtcServer };
    });
    try {
      if (await withTimeout(made, routerMs)) return await made;
    } catch (error) {
      throw new VigilError('noMedia', undefined, { cause: error });
    }
    waits = false;
    throw new VigilError('noMedia', undefined, { cause: new Error(`no router within ${routerMs} ms`) });
  }

  /** The process stops: a worker that dies is not replaced any more, and who waits for another is refused. Idempotent. */
  retire(): void {
    this.#retired = true;
    this.#wake?.();
  }

  /** Ends the worker process. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.retire();
    const running = await this.#running.catch(() => undefined);
    await stop(running?.worker);
  }

  async #start(): Promise<Running> {
    const { workerBin, logger } = this.#options;
    let worker: types.Worker;
    try {
      worker = await createWorker({ logLevel: 'warn', ...(workerBin && { workerBin }) });
    } catch (error) {
      throw new ConfigError(
        `The mediasoup worker does not run (MEDIASOUP_WORKER_BIN=${workerBin}): ${String(error)}`,
        { cause: error },
      );
    }
    try {
      const webRtcServer = await worker.createWebRtcServer({ listenInfos: this.#listenInfos() });
      // From here on; a worker that dies before is an error of the start itself.
      worker.once('died', (error) => this.#lost(error));
      this.#pid = worker.pid;
      logger.info({ workerPid: worker.pid, port: this.#options.port }, 'media worker ready');
      return { worker, webRtcServer };
    } catch (error) {
      await stop(worker);
      throw this.#listenError(error);
    }
  }

  #listenInfos(): types.TransportListenInfo[] {
    const { ip, announced, port } = this.#options;
    return (['udp', 'tcp'] as const).map((protocol) => ({
      protocol,
      ip,
      ...(announced && { announcedAddress: announced }),
      ...(port && { port }),
      ...(protocol === 'udp' && { recvBufferSize }),
    }));
  }

  #listenError(error: unknown): Error {
    const { ip, port } = this.#options;
    return new ConfigError(
      `WebRTC cannot listen on ${ip}, port ${port} (UDP and TCP): ${String(error)}. ` +
        `Another program may use the port. Set VIGIL_MEDIA_PORT to another one, or VIGIL_MEDIA_IP to an address of this machine.`,
      { cause: error },
    );
  }

  #lost(error: Error): void {
    if (this.#retired) return;
    this.#options.logger.error({ err: error, workerPid: this.#pid }, 'media worker died; starting another');
    this.#running = this.#restart();
    // Who wants a router sees the failure; without anyone it is no unhandled rejection.
    this.#running.catch(() => undefined);
    this.#options.onLost();
  }

  async #restart(): Promise<Running> {
    for (let pause = 0; ; pause = restartPauseMs) {
      await this.#pause(pause);
      if (this.#retired) throw new Error('closed');
      try {
        return await this.#start();
      } catch (error) {
        this.#options.logger.error({ err: error }, 'media worker does not start; trying again');
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Closes a worker and waits until its process is gone; one that hangs is killed. */
async function stop(worker: types.Worker | undefined): Promise<void> {
  if (!worker || worker.subprocessClosed) return;
  const gone = once(worker, 'subprocessclose', { signal: AbortSignal.timeout(stopMs) });
  worker.close();
  await gone.catch(() => process.kill(worker.pid, 'SIGKILL'));
}
