import type { Logger } from 'pino';
import { MediaNodes } from '../store/media-nodes.js';
import { trusted } from '../store/mongoose.js';
import { fromDatabase } from './database-away.js';

/** How long a lease holds, ms. */
export const leaseMs = 10_000;
/** How often a living process renews it, ms. */
export const renewMs = 3_000;
/** A renewal that is this late shows that the database was away. */
const lateMs = 2 * renewMs;

/** What a media process says of itself. */
export interface MediaNodeOptions {
  id: string;
  /** Origin of this process's socket; empty means the page's own. */
  url: string;
  /** How many sessions are recorded now. */
  sessions: () => number;
  now: () => number;
  logger: Logger;
}

/**
 * This process's place in the list of media processes: a lease of 10 s, renewed every 3 s.
 * An older process of the same address is taken off the list: it cannot be alive any more.
 */
export class MediaNode {
  readonly #options: MediaNodeOptions;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void>;
  #renewedMs = -Infinity;
  #steadySinceMs = -Infinity;

  private constructor(options: MediaNodeOptions) {
    this.#options = options;
    this.#writing = Promise.resolve();
    this.#timer = setInterval(() => {
      this.#writing = this.#renew().catch((error: unknown) => {
        options.logger.warn({ err: error }, 'media node: lease not renewed');
      });
    }, renewMs);
  }

  /** Registers the process. @throws {VigilError} noDatabase. */
  static async register(options: MediaNodeOptions): Promise<MediaNode> {
    await fromDatabase(MediaNodes.deleteMany({ url: options.url, _id: trusted({ $ne: options.id }) }).exec());
    const node = new MediaNode(options);
    try {
      await node.#renew();
    } catch (error) {
      clearInterval(node.#timer);
      throw error;
    }
    return node;
  }

  async #renew(): Promise<void> {
    const { id, url, sessions, now } = this.#options;
    const lease = { url, sessions: sessions(), leaseUntil: new Date(now() + leaseMs) };
    await fromDatabase(MediaNodes.updateOne({ _id: id }, { $set: lease }, { upsert: true }).exec());
    if (this.#isLate()) this.#steadySinceMs = now();
    this.#renewedMs = now();
  }

  #isLate(): boolean {
    return this.#options.now() - this.#renewedMs > lateMs;
  }

  /** Since when every renewal was in time, server wall clock, ms; Infinity while one is late. */
  get steadySinceMs(): number {
    return this.#isLate() ? Infinity : this.#steadySinceMs;
  }

  /** Takes the process off the list, so that no student is sent to it. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await fromDatabase(MediaNodes.deleteOne({ _id: this.#options.id }).exec()).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'media node: not taken off the list; its lease runs out');
    });
  }
}
