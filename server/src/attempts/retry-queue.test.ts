import { VigilError } from '@vigil/protocol';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { RetryQueue } from './retry-queue.js';

const queueOf = (limit = 10) => new RetryQueue({ logger: pino({ level: 'silent' }), limit, pauseMs: 1 });
const away = () => Promise.reject(new VigilError('noDatabase'));

describe('writes to the database', () => {
  it('keep their order while it is away, and are not lost', async () => {
    const queue = queueOf();
    const done: string[] = [];
    let tries = 0;
    const first = queue.push('first', async () => {
      tries += 1;
      if (tries < 4) await away();
      done.push('first');
    });
    const second = queue.push('second', () => Promise.resolve(done.push('second')));
    await Promise.all([first, second]);
    expect(done).toEqual(['first', 'second']);
    expect(queue.length).toBe(0);
  });

  it('that are refused do not hold up the others', async () => {
    const queue = queueOf();
    const refused = queue.push('refused', () => Promise.reject(new VigilError('attemptEnded')));
    const other = queue.push('other', () => Promise.resolve());
    await expect(refused).rejects.toThrow(expect.objectContaining({ reason: 'attemptEnded' }));
    await other;
  });

  it('are bounded, and given up at the close', async () => {
    const queue = queueOf(2);
    const waiting = [queue.push('a', away), queue.push('b', away)];
    await expect(queue.push('c', away)).rejects.toThrow(/full/);
    const given = Promise.allSettled(waiting);
    await queue.close(5);
    expect((await given).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(queue.push('d', away)).rejects.toThrow(/closed/);
  });
});
