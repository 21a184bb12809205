import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Keys, type KeyDocument } from './keys.js';
import { seal, unseal } from './seal.js';

const key = randomBytes(32);
const text = Buffer.from('what nobody else may read');

test('what was sealed can be unsealed, and only so', () => {
  const sealed = seal(key, 'a/front', text);
  expect(unseal(key, 'a/front', sealed)).toEqual(text);
  expect(sealed.includes('nobody')).toBe(false);
  expect(seal(key, 'a/front', text)).not.toEqual(sealed);
  expect(() => unseal(key, 'a/left', sealed)).toThrow('cannot be unsealed');
  expect(() => unseal(randomBytes(32), 'a/front', sealed)).toThrow('cannot be unsealed');
  expect(() => unseal(key, 'a/front', Buffer.alloc(0))).toThrow('cannot be unsealed');
});

test('no byte of it can be changed, left out or added', () => {
  const sealed = seal(key, 'x', text);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = changed[at]! ^ 1;
    expect(() => unseal(key, 'x', changed), `byte ${at}`).toThrow();
    expect(() => unseal(key, 'x', sealed.subarray(0, at)), `the first ${at}`).toThrow();
  }
  expect(() => unseal(key, 'x', Buffer.concat([sealed, Buffer.of(0)]))).toThrow();
});

test('a key is made once, and what it sealed is gone with it', async () => {
  const rows = new Map<string, KeyDocument>();
  const keys = new Keys(
    {
      findOne: ({ _id }) => Promise.resolve(rows.get(_id) ?? null),
      insertOne: (row) => (rows.has(row._id) ? Promise.reject(Object.assign(new Error('there'), { code: 11_000 })) : Promise.resolve(rows.set(row._id, row))),
      deleteOne: ({ _id }) => Promise.resolve(rows.delete(_id)),
    },
    key,
  );
  const [one, other] = await Promise.all([keys.make('onboarding/1'), keys.make('onboarding/1')]);
  expect(other.unseal('front', one.seal('front', text))).toEqual(text);
  const another = await keys.make('onboarding/2');
  expect(() => another.unseal('front', one.seal('front', text))).toThrow('cannot be unsealed');
  rows.set('onboarding/2', { ...rows.get('onboarding/1')!, _id: 'onboarding/2' });
  await expect(keys.find('onboarding/2')).rejects.toThrow('cannot be unsealed');
  await keys.destroy('onboarding/1');
  expect(await keys.find('onboarding/1')).toBeUndefined();
});
