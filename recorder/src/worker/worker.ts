import { setTimeout as pause } from 'node:timers/promises';
import type { SegmentDocument } from '@vigil/protocol';
import { MongoError } from 'mongodb';
import type { Logger } from 'pino';
import type { AttemptJudged } from './attempt-analyst.js';
import type { Measuring } from './measure.js';
import type { BrowserEventStore } from './queue/browser-event-store.js';
import type { AttemptLease, AttemptQueue } from './queue/attempt-queue.js';
import type { FindingStore } from './queue/finding-store.js';
import type { MeasurementStore } from './queue/measurement-store.js';
import type { Lease, SegmentQueue } from './queue/queue.js';
import type { TextStore } from './queue/text-store.js';

/** What a worker works with. */
export interface WorkerParts {
  /** Connects to the database. The driver reconnects by itself, but not when the first connection failed. */
  connect: () => Promise<unknown>;
  segments: SegmentQueue;
  attempts: AttemptQueue;
  events: Pick<BrowserEventStore, 'createIndex' | 'hear'>;
  measurements: Pick<MeasurementStore, 'write'>;
  findings: Pick<FindingStore, 'createIndex' | 'replace'>;
  texts: Pick<TextStore, 'createIndex' | 'replace'>;
  measure: (segment: SegmentDocument, signal: AbortSignal) => Promise<Measuring>;
  /** What is found in an attempt; undefined: some of it has to be measured again before. */
  judge: (attempt: string, signal: AbortSignal) => Promise<AttemptJudged | undefined>;
  leaseMs: number;
  log: Logger;
}

/** Idle, it asks again after these ms, doubling from the first to the second. */
const idleMs = { first: 100, longest: 2_000 };
/** How often it looks for attempts that were judged by rules that hold no more, ms. */
const rulesMs = 10_000;
/** Between two tries to reach the database, ms. */
const awayMs = 1_000;

/** Takes and analyses segments, and judges attempts, until `stop` fires; then gives back what it holds, and resolves. */
export async function runWorker(parts: WorkerParts, stop: AbortSignal): Promise<void> {
  const { connect, segments, attempts, events, measurements, findings, texts, leaseMs, log } = parts;
  await insist(connect);
  await insist(() => Promise.all([segments.createIndex(), attempts.createIndex(), events.createIndex(), findings.createIndex(), texts.createIndex()]));
  let idle = idleMs.first;
  let lookedMs = -Infinity;
  while (!stop.aborted) {
    if (performance.now() - lookedMs > rulesMs) {
      await insist(() => attempts.askOutdated());
      lookedMs = performance.now();
    }
    await insist(() => events.hear((attempt) => attempts.ask(attempt)));
    // Judging is short, and what it gives is waited for.
    if ((await judgeNext()) || (await measureNext())) idle = idleMs.first;
    else {
      await rest(idle);
      idle = Math.min(idle * 2, idleMs.longest);
    }
  }

  async function measureNext(): Promise<boolean> {
    const lease = await insist(() => segments.take((attempt) => attempts.ask(attempt)));
    if (!lease) return false;
    const { segment } = lease;
    await work({
      what: { segment: segment._id },
      renew: () => segments.renew(lease),
      act: async (signal) => {
        const measured = await parts.measure(segment, signal);
        signal.throwIfAborted();
        return (await insist(() => save(lease, measured))) ?? 'stopped';
      },
      release: () => segments.release(lease),
      fail: async (reason) => {
        const outcome = await segments.fail(lease, reason);
        // The rest of the attempt is judged without it.
        if (outcome === 'dead') await attempts.ask(segment.attempt);
        return outcome;
      },
    });
    return true;
  }

  async function judgeNext(): Promise<boolean> {
    const lease = await insist(() => attempts.take());
    if (!lease) return false;
    await work({
      what: { attempt: lease.attempt },
      renew: () => attempts.renew(lease),
      act: async (signal) => {
        const begun = performance.now();
        const result = await insist(() => parts.judge(lease.attempt, signal));
        signal.throwIfAborted();
        return (await insist(() => saveFindings(lease, result, begun))) ?? 'stopped';
      },
      release: () => attempts.release(lease),
      fail: (reason) => attempts.fail(lease, reason),
    });
    return true;
  }

  /** Stores only while the lease is ours: asked before the first write, and again by the last one. */
  async function save(lease: Lease, measured: Measuring): Promise<'stored' | 'lost'> {
    if (!(await segments.renew(lease))) return 'lost';
    await measurements.write(lease.segment, measured, lease.name);
    await attempts.ask(lease.segment.attempt);
    return (await segments.finish(lease)) ? 'stored' : 'lost';
  }

  async function saveFindings(lease: AttemptLease, result: Awaited<ReturnType<WorkerParts['judge']>>, begun: number): Promise<'stored' | 'lost'> {
    if (!(await attempts.renew(lease))) return 'lost';
    if (result) {
      await texts.replace(lease.attempt, result.texts);
      await findings.replace(lease.attempt, result.judged, result.show, lease.name);
    }
    return (await attempts.finish(lease, Math.round(performance.now() - begun), result?.by)) ? 'stored' : 'lost';
  }

  interface Job {
    what: Readonly<Record<string, string>>;
    renew: () => Promise<boolean>;
    act: (signal: AbortSignal) => Promise<'stored' | 'lost' | 'stopped'>;
    release: () => Promise<void>;
    fail: (reason: string) => Promise<string>;
  }

  async function work({ what, renew, act, release, fail }: Job): Promise<void> {
    const started = performance.now();
    const mine = new AbortController();
    const renewal = setInterval(() => void keep(renew, mine), leaseMs / 3);
    try {
      const outcome = await act(AbortSignal.any([stop, mine.signal]));
      if (outcome === 'stopped') stop.throwIfAborted();
      const ms = Math.round(performance.now() - started);
      if (outcome === 'stored') log.info({ ...what, ms }, 'analysed');
      else log.warn(what, 'lease lost; the result was thrown away');
    } catch (error) {
      if (mine.signal.aborted) log.warn(what, 'lease lost while analysing; another worker has it');
      // On the way out, so tried once: the lease ends by itself if the database is away.
      else if (stop.aborted) await release().catch((failure: unknown) => log.warn({ error: sentenceOf(failure) }, 'lease not given back'));
      else {
        const reason = sentenceOf(error);
        const outcome = await insist(() => fail(reason));
        log[outcome === 'dead' ? 'error' : 'warn']({ ...what, outcome, reason }, 'analysis failed');
      }
    } finally {
      clearInterval(renewal);
    }
  }

  async function keep(renew: () => Promise<boolean>, mine: AbortController): Promise<void> {
    try {
      if (!(await renew())) mine.abort();
    } catch (error) {
      // While the database is away nobody else can take it either.
      log.debug({ error: sentenceOf(error) }, 'lease not renewed');
    }
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
