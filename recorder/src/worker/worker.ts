import { setTimeout as pause } from 'node:timers/promises';
import type { SegmentDocument } from '@vigil/protocol';
import { MongoError } from 'mongodb';
import type { Logger } from 'pino';
import type { Observation } from './analyse-file.js';
import type { FindingStore } from './queue/finding-store.js';
import type { Lease, SegmentQueue } from './queue/queue.js';

/** What a worker works with. */
export interface WorkerParts {
  /** Connects to the database. The driver reconnects by itself, but not when the first connection failed. */
  connect: () => Promise<unknown>;
  queue: SegmentQueue;
  store: FindingStore;
  analyse: (segment: SegmentDocument, signal: AbortSignal) => Promise<Observation[]>;
  leaseMs: number;
  log: Logger;
}

/** Idle, it asks again after these ms, doubling from the first to the second. */
const idleMs = { first: 100, longest: 2_000 };
/** Between two tries to reach the database, ms. */
const awayMs = 1_000;

/** Takes and analyses segments until `stop` fires; then gives back what it holds, and resolves. */
export async function runWorker({ connect, queue, store, analyse, leaseMs, log }: WorkerParts, stop: AbortSignal): Promise<void> {
  await insist(connect);
  await insist(() => Promise.all([queue.createIndex(), store.createIndex()]));
  let idle = idleMs.first;
  while (!stop.aborted) {
    const lease = await insist(() => queue.take());
    if (lease) {
      await work(lease);
      idle = idleMs.first;
    } else {
      await rest(idle);
      idle = Math.min(idle * 2, idleMs.longest);
    }
  }

  async function work(lease: Lease): Promise<void> {
    const { segment } = lease;
    const started = performance.now();
    const mine = new AbortController();
    const renewal = setInterval(() => void keep(lease, mine), leaseMs / 3);
    try {
      const signal = AbortSignal.any([stop, mine.signal]);
      const observations = await analyse(segment, signal);
      signal.throwIfAborted();
      const outcome = await insist(() => save(lease, observations));
      if (!outcome) stop.throwIfAborted();
      const ms = Math.round(performance.now() - started);
      if (outcome === 'stored') log.info({ segment: segment._id, findings: observations.length, ms }, 'analysed');
      else log.warn({ segment: segment._id }, 'lease lost; the result was thrown away');
    } catch (error) {
      if (mine.signal.aborted) log.warn({ segment: segment._id }, 'lease lost while analysing; another worker has the segment');
      else if (stop.aborted) await release(lease);
      else await fail(lease, sentenceOf(error));
    } finally {
      clearInterval(renewal);
    }
  }

  async function keep(lease: Lease, mine: AbortController): Promise<void> {
    try {
      if (!(await queue.renew(lease))) mine.abort();
    } catch (error) {
      // While the database is away nobody else can take the segment either.
      log.debug({ error: sentenceOf(error) }, 'lease not renewed');
    }
  }

  /** Stores only while the lease is ours: asked before the first write, and again by the last one. */
  async function save(lease: Lease, observations: readonly Observation[]): Promise<'stored' | 'lost'> {
    if (!(await queue.renew(lease))) return 'lost';
    await store.replace(lease.segment, observations, lease.name);
    if (await queue.finish(lease)) return 'stored';
    await queue.redo(lease);
    return 'lost';
  }

  async function fail(lease: Lease, reason: string): Promise<void> {
    const outcome = await insist(() => queue.fail(lease, reason));
    log[outcome === 'dead' ? 'error' : 'warn']({ segment: lease.segment._id, outcome, reason }, 'analysis failed');
  }

  /** On the way out, so tried once: the lease ends by itself if the database is away. */
  async function release(lease: Lease): Promise<void> {
    await queue.release(lease).catch((error: unknown) => log.warn({ error: sentenceOf(error) }, 'lease not given back'));
  }

  /** Repeats what needs the database and the disk until it can be done; undefined when the worker stops meanwhile. */
  async function insist<T>(action: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 0; !stop.aborted; failures++)
      try {
        const result = await action();
        if (failures) log.info('it works again');
        return result;
      } catch (error) {
        if (!willPass(error)) throw error;
        if (!failures) log.warn({ error: sentenceOf(error) }, 'the database or the disk does not answer; trying again every second');
        await rest(awayMs);
      }
    return undefined;
  }

  async function rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Of the database, or of a disk that is full or failing: nothing is wrong with the segment, and an operator mends it. */
const willPass = (error: unknown): boolean =>
  error instanceof MongoError ||
  (error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES'].includes(String(error.code)));

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
