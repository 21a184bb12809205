import { expect, test, vi } from 'vitest';
import { hashPassword, passwordMatches } from './passwords.js';

// Slow by design, and slower on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

test('knows its own password and no other', async () => {
  const stored = await hashPassword('päßword');
  expect(await passwordMatches('päßword', stored)).toBe(true);
  expect(await passwordMatches('päßword'.normalize('NFD'), stored)).toBe(true);
  expect(await passwordMatches('passwort', stored)).toBe(false);
});

test('two hashes of one password differ', async () => {
  const [a, b] = await Promise.all([hashPassword('same'), hashPassword('same')]);
  expect(a.hash).not.toBe(b.hash);
});

test('a flood of checks is refused; what was let in is answered', async () => {
  const cheap = { salt: 'c2FsdA', hash: 'A'.repeat(43), params: { N: 1_024, r: 8, p: 1 } };
  const reasonOf = (error: unknown): string => (error as { reason: string }).reason;
  const answers = await Promise.all(Array.from({ length: 60 }, () => passwordMatches('x', cheap).catch(reasonOf)));
  expect(answers).toEqual([...Array<boolean>(50).fill(false), ...Array<string>(10).fill('tooMany')]);
  expect(await passwordMatches('x', cheap)).toBe(false);
});

test('without a user the answer is no, after the same work', async () => {
  const stored = await hashPassword('x');
  const cpuOf = async (run: () => Promise<unknown>): Promise<number> => {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  expect(await passwordMatches('x', undefined)).toBe(false);
  const known = await cpuOf(() => passwordMatches('wrong', stored));
  const unknown = await cpuOf(() => passwordMatches('wrong', undefined));
  expect(unknown / known).toBeGreaterThan(0.5);
  expect(unknown / known).toBeLessThan(2);
});
