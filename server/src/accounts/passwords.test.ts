import { describe, expect, test, vi } from 'vitest';
import { hashPassword, passwordMatches } from './passwords.js';

// Slow by design, and slower on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

test('knows its own password and no other', async () => {
  const stored = await hashPassword('päßword');
  expect(await passwordMatches('päßword', stored, 'client')).toBe(true);
  expect(await passwordMatches('päßword'.normalize('NFD'), stored, 'client')).toBe(true);
  expect(await passwordMatches('passwort', stored, 'client')).toBe(false);
});

test('two hashes of one password differ', async () => {
  const [a, b] = await Promise.all([hashPassword('same'), hashPassword('same')]);
  expect(a.hash).not.toBe(b.hash);
});

describe('a flood of checks is refused; what was let in is answered:', () => {
  const cheap = { salt: 'c2FsdA', hash: 'A'.repeat(43), params: { N: 1_024, r: 8, p: 1 } };
  const check = (client: string) => passwordMatches('x', cheap, client).catch((error: unknown) => (error as { reason: string }).reason);

  test('of all together', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => check(`client ${index}`)));
    expect(answers).toEqual([...Array<boolean>(50).fill(false), ...Array<string>(10).fill('tooMany')]);
    expect(await check('client 0')).toBe(false);
  });

  test('of one, who does not keep others from being answered', async () => {
    const flood = Promise.all(Array.from({ length: 60 }, () => check('one')));
    expect(await check('another')).toBe(false);
    expect(await flood).toEqual([...Array<boolean>(5).fill(false), ...Array<string>(55).fill('tooMany')]);
    expect(await check('one')).toBe(false);
  });
});

test('without a user the answer is no, after the same work', async () => {
  const stored = await hashPassword('x');
  const cpuOf = async (run: () => Promise<unknown>): Promise<number> => {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  expect(await passwordMatches('x', undefined, 'client')).toBe(false);
  const known = await cpuOf(() => passwordMatches('wrong', stored, 'client'));
  const unknown = await cpuOf(() => passwordMatches('wrong', undefined, 'client'));
  expect(unknown / known).toBeGreaterThan(0.5);
  expect(unknown / known).toBeLessThan(2);
});
