import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { lock, tryLock } from './name-lock.js';

test('one at a time has a name; who waits gets it when it is free', async () => {
  const name = randomUUID();
  const order: string[] = [];
  const first = await lock(name);
  expect(await tryLock(name)).toBeUndefined();
  const others = ['second', 'third'].map(async (who) => {
    const unlock = await lock(name);
    order.push(`${who} has it`);
    await new Promise(setImmediate);
    order.push('and lets go');
    unlock();
  });
  (await lock(`${name} of another`))();
  order.push('first lets go');
  first();
  first();
  await Promise.all(others);
  expect(order.filter((_, index) => index % 2 === 0)).toEqual(['first lets go', 'and lets go', 'and lets go']);
  expect(await tryLock(name)).toBeDefined();
});
