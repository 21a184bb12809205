import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { SegmentDocument } from '@vigil/protocol';
import type { Measured } from './measure.js';
import type { AttemptQueue } from './queue/attempt-queue.js';
import type { Lease, SegmentQueue } from './queue/queue.js';
import { runWorker } from './worker.js';

const lease: Lease = { name: 'mine', segment: { _id: 'segment', attempt: 'attempt' } as SegmentDocument };
const attemptLease = { attempt: 'attempt', name: 'mine', asked: 1, tries: 1 };
const nothing: Measured = { version: 1, detectors: [] };

interface Answers {
  renew?: boolean[];
  finish?: boolean;
  act?: (signal: AbortSignal) => Promise<void>;
  store?: () => Promise<void>;
}

/** Runs a worker on one segment, or on one attempt; `answers` are what the queue and the store say. Answers what was called, in order. */
async function run(what: 'segment' | 'attempt', answers: Answers = {}): Promise<string[]> {
  const calls: string[] = [];
  const stop = new AbortController();
  const renewals = [...(answers.renew ?? [])];
  let given = false;
  const note = <T>(name: string, answer: T): Promise<T> => {
    calls.push(name);
    return Promise.resolve(answer);
  };
  const queueOf = <L>(mine: boolean, held: L) => ({
    createIndex: () => Promise.resolve(),
    take: () => {
      if (!mine) return Promise.resolve(undefined);
      if (given) stop.abort();
      const next = given ? undefined : held;
      given = true;
      return Promise.resolve(next);
    },
    renew: () => note('renew', renewals.shift() ?? true),
    finish: () => note('finish', answers.finish ?? true),
    fail: (_: L, reason: string) => note(`fail: ${reason}`, 'again' as const),
    release: () => note('release', undefined),
    askOutdated: () => Promise.resolve(),
    ask: (attempt: string) => note(`ask for ${attempt}`, undefined),
  });
  const stored = (writer: string): Promise<void> => {
    calls.push(`store by ${writer}`);
    return answers.store?.() ?? Promise.resolve();
  };
  await runWorker(
    {
      connect: () => Promise.resolve(),
      segments: queueOf(what === 'segment', lease) as unknown as SegmentQueue,
      attempts: queueOf(what === 'attempt', attemptLease) as unknown as AttemptQueue,
      events: { createIndex: () => Promise.resolve(), hear: () => Promise.resolve() },
      measurements: { write: (_, __, writer) => stored(writer) },
      findings: { createIndex: () => Promise.resolve(), replace: (_, __, ___, writer) => stored(writer) },
      texts: { createIndex: () => Promise.resolve(), replace: () => note('store texts', undefined) },
      measure: async (_, signal) => {
        await answers.act?.(signal);
        return nothing;
      },
      judge: async (_, signal) => {
        await answers.act?.(signal);
        return { judged: [], texts: [], show: () => Promise.reject(new Error('nothing to show')), by: { exam: 'exam', rules: '' } };
      },
      leaseMs: 30,
      log: pino({ enabled: false }),
    },
    stop.signal,
  );
  return calls;
}

describe('storing', () => {
  it('asks for the lease, writes, has the attempt judged, and only then finishes the segment', async () => {
    expect(await run('segment')).toEqual(['renew', 'store by mine', 'ask for attempt', 'finish']);
  });

  it('asks for the lease, writes, and finishes the attempt', async () => {
    expect(await run('attempt')).toEqual(['renew', 'store texts', 'store by mine', 'finish']);
  });

  it.each(['segment', 'attempt'] as const)('writes nothing when the lease of the %s is lost', async (what) => {
    expect(await run(what, { renew: [false] })).toEqual(['renew']);
  });

  it.each(['segment', 'attempt'] as const)('fails the %s when its result cannot be written for a reason of its own', async (what) => {
    const calls = await run(what, { store: () => Promise.reject(new Error('too large')) });
    expect(calls.at(-1)).toBe('fail: too large');
  });

  it('waits while the disk is full, and goes on', async () => {
    let full = true;
    const store = () => {
      const error = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      const answer = full ? Promise.reject(error) : Promise.resolve();
      full = false;
      return answer;
    };
    const calls = (await run('attempt', { store })).filter((call) => call !== 'renew' && call !== 'store texts');
    expect(calls).toEqual(['store by mine', 'store by mine', 'finish']);
  });
});

describe('while analysing', () => {
  it.each(['segment', 'attempt'] as const)('notes a failure of the %s', async (what) => {
    expect(await run(what, { act: () => Promise.reject(new Error('It broke.')) })).toEqual(['fail: It broke.']);
  });

  it.each(['segment', 'attempt'] as const)('stops at once when the lease of the %s is lost, and leaves it to the other', async (what) => {
    const untilAborted = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    expect(await run(what, { renew: [true, false], act: untilAborted })).toEqual(['renew', 'renew']);
  });
});
