import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { LookDocument } from '@vigil/protocol';
import type { LookLease, LookQueue } from './look-queue.js';
import { runLooks } from './run-looks.js';

it.each([[true, 'release'], [false, 'fail: It broke.']])('a look that breaks while the worker stops (%s): %s', async (stopping, expected) => {
  const stop = new AbortController();
  const lease: LookLease = { look: { _id: 'look' } as LookDocument, name: 'mine' };
  const calls: string[] = [];
  const note = (call: string): Promise<void> => {
    calls.push(call);
    stop.abort();
    return Promise.resolve();
  };
  const queue = {
    take: () => Promise.resolve(lease),
    answer: () => note('answer'),
    fail: (_: LookLease, reason: string) => note(`fail: ${reason}`),
    release: () => note('release'),
  } as unknown as LookQueue;
  const look = () => {
    if (stopping) stop.abort();
    return Promise.reject(new Error('It broke.'));
  };
  await runLooks(queue, look, pino({ enabled: false }), stop.signal);
  expect(calls).toEqual([expected]);
});
