import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { SegmentDocument } from '@vigil/protocol';
import type { FindingStore } from './queue/finding-store.js';
import type { Lease, SegmentQueue } from './queue/queue.js';
import { runWorker } from './worker.js';

const lease: Lease = { name: 'mine', segment: { _id: 'segment' } as SegmentDocument };

/** Runs a worker on one segment; `answers` are what the queue and the store say. Answers what was called, in order. */
async function run(answers: {
  renew?: boolean[];
  finish?: boolean;
  analyse?: (signal: AbortSignal) => Promise<[]>;
  replace?: () => Promise<void>;
}): Promise<string[]> {
  const calls: string[] = [];
  const stop = new AbortController();
  const renewals = [...(answers.renew ?? [])];
  let given = false;
  const note = <T>(name: string, answer: T): Promise<T> => {
    calls.push(name);
    return Promise.resolve(answer);
  };
  const queue = {
    createIndex: () => Promise.resolve(),
    take: () => {
      if (given) stop.abort();
      const next = given ? undefined : lease;
      given = true;
      return Promise.resolve(next);
    },
    renew: () => note('renew', renewals.shift() ?? true),
    finish: () => note('finish', answers.finish ?? true),
    fail: (_: Lease, reason: string) => note(`fail: ${reason}`, 'again' as const),
    release: () => note('release', undefined),
    redo: () => note('redo', undefined),
  } as unknown as SegmentQueue;
  const store = {
    createIndex: () => Promise.resolve(),
    replace: (_: SegmentDocument, __: [], writer: string) => {
      calls.push(`replace by ${writer}`);
      return answers.replace?.() ?? Promise.resolve();
    },
  } as unknown as FindingStore;
  await runWorker(
    {
      connect: () => Promise.resolve(),
      queue,
      store,
      analyse: (_, signal) => answers.analyse?.(signal) ?? Promise.resolve([]),
      leaseMs: 30,
      log: pino({ enabled: false }),
    },
    stop.signal,
  );
  return calls;
}

describe('storing', () => {
  it('asks for the lease, writes, and finishes', async () => {
    expect(await run({})).toEqual(['renew', 'replace by mine', 'finish']);
  });

  it('writes nothing when the lease is lost', async () => {
    expect(await run({ renew: [false] })).toEqual(['renew']);
  });

  it('has the segment analysed again when the lease was lost while writing', async () => {
    expect(await run({ finish: false })).toEqual(['renew', 'replace by mine', 'finish', 'redo']);
  });

  it('fails the segment when its result cannot be written for a reason of its own', async () => {
    const calls = await run({ replace: () => Promise.reject(new Error('too large')) });
    expect(calls.at(-1)).toBe('fail: too large');
  });

  it('waits while the disk is full, and goes on', async () => {
    let full = true;
    const replace = () => {
      const error = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      const answer = full ? Promise.reject(error) : Promise.resolve();
      full = false;
      return answer;
    };
    const calls = (await run({ replace })).filter((call) => call !== 'renew');
    expect(calls).toEqual(['replace by mine', 'replace by mine', 'finish']);
  });
});

describe('while analysing', () => {
  it('notes a failure', async () => {
    expect(await run({ analyse: () => Promise.reject(new Error('It broke.')) })).toEqual(['fail: It broke.']);
  });

  it('stops at once when the lease is lost, and leaves the segment to the other', async () => {
    const untilAborted = (signal: AbortSignal) =>
      new Promise<[]>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    expect(await run({ renew: [true, false], analyse: untilAborted })).toEqual(['renew', 'renew']);
  });
});
