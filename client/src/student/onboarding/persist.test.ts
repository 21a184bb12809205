import { VigilError } from '@vigil/protocol/errors';
import { describe, expect, it } from 'vitest';
import { Unreachable } from '../session/api.js';
import { persist } from './persist.js';

function make(outcomes: (string | Error)[]) {
  const waits: number[] = [];
  const told: boolean[] = [];
  const work = (): Promise<string> => {
    const next = outcomes.shift();
    return typeof next === 'string' ? Promise.resolve(next) : Promise.reject(next ?? new Error('asked too often'));
  };
  const run = (): Promise<string> =>
    persist(
      work,
      (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
      (away) => void told.push(away),
    );
  return { run, waits, told };
}

describe('persist', () => {
  it('tries again while the server is away, and says that it is back', async () => {
    const { run, waits, told } = make([new Unreachable(), new VigilError('noDatabase'), 'done']);
    expect(await run()).toBe('done');
    expect(waits).toEqual([1_000, 2_000]);
    expect(told).toEqual([true, true, false]);
  });

  it('gives up after 15 s of waiting, and is not away any more', async () => {
    const { run, waits, told } = make(Array.from({ length: 5 }, () => new Unreachable()));
    await expect(run()).rejects.toBeInstanceOf(Unreachable);
    expect(waits.reduce((sum, ms) => sum + ms)).toBe(15_000);
    expect(told.at(-1)).toBe(false);
  });

  it.each(['wrongState', 'tooMany', 'noWorker'] as const)('takes %s as it is', async (reason) => {
    const { run, waits } = make([new VigilError(reason), 'never']);
    await expect(run()).rejects.toMatchObject({ reason });
    expect(waits).toEqual([]);
  });

  it('a refusal after a break ends the break', async () => {
    const { run, told } = make([new Unreachable(), new VigilError('wrongState')]);
    await expect(run()).rejects.toMatchObject({ reason: 'wrongState' });
    expect(told.at(-1)).toBe(false);
  });
});
