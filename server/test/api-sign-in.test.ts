import { scryptSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { userByEmail, Users } from '../src/store/index.js';
import { call, makeWorld, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;

beforeAll(async () => {
  // So that a test can come from any address.
  api = await startApi({ VIGIL_TRUST_PROXY: 'true' });
  world = await makeWorld(api, 'owner');
  // Cheap to check: these tests guess often.
  const params = { N: 1_024, r: 8, p: 1 };
  const hash = scryptSync(world.password, Buffer.from('salt'), 32, params).toString('base64url');
  await Users.updateOne({ _id: world.user._id }, { password: { salt: Buffer.from('salt').toString('base64url'), hash, params } });
});
afterAll(() => api.close());
// Every window is over.
beforeEach(() => (api.clock.now += 61_000));

const signIn = async (address: string, password: string): Promise<number> =>
  (await call(api, 'POST', '/api/session', { headers: { 'x-forwarded-for': address }, body: { email: world.user.email, password } })).status;

async function guess(address: string, times: number): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let time = 0; time < times; time++) statuses.add(await signIn(address, 'wrong'));
  return statuses;
}

describe('strangers who guess at an account', () => {
  test('do not lock out its owner, where the owner signed in before', async () => {
    expect(await signIn('192.0.2.1', world.password)).toBe(200);
    for (const stranger of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) expect(await guess(stranger, 10)).toEqual(new Set([401]));
    expect(await guess('198.51.100.4', 1)).toEqual(new Set([429]));
    expect(await signIn('192.0.2.2', world.password)).toBe(429);
    expect(await signIn('192.0.2.1', world.password)).toBe(200);
    expect(JSON.stringify(await userByEmail(world.user.email))).not.toContain('192.0.2.1');
  });

  test('are slowed down also where the owner signed in before', async () => {
    expect(await signIn('192.0.2.1', world.password)).toBe(200);
    expect(await guess('192.0.2.1', 10)).toEqual(new Set([401]));
    expect(await guess('192.0.2.1', 1)).toEqual(new Set([429]));
  });

  test('have one IPv6 network, whichever of its addresses they come from', async () => {
    for (let host = 1; host <= 10; host++) expect(await guess(`2001:db8:0:1::${host}`, 1)).toEqual(new Set([401]));
    expect(await guess('2001:db8:0:1:ffff::1', 1)).toEqual(new Set([429]));
    expect(await guess('2001:db8:0:2::1', 1)).toEqual(new Set([401]));
  });
});

test('twenty networks are remembered, that which was not used for longest is forgotten', async () => {
  for (let host = 1; host <= 20; host++) expect(await signIn(`203.0.113.${host}`, world.password)).toBe(200);
  const before = (await userByEmail(world.user.email))!.networks!;
  expect(await signIn('203.0.113.1', world.password)).toBe(200);
  expect(await signIn('203.0.113.21', world.password)).toBe(200);
  const after = (await userByEmail(world.user.email))!.networks!;
  expect(after).toEqual([...before.slice(2), before[0], expect.any(String)]);
});
