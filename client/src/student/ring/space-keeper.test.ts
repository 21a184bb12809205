import { describe, expect, it } from 'vitest';
import type { ShelfPiece } from './piece-shelf.js';
import { SpaceKeeper } from './space-keeper.js';

const piece = (startMs: number, open = false): ShelfPiece => ({ name: `p${startMs}`, track: 'webcam', startMs, endMs: startMs + 5_000, bytes: 1_000_000, open });

function world(pieces: ShelfPiece[], quota: number, covered: (startMs: number) => boolean) {
  let now = 0;
  let left = pieces;
  const removed: string[] = [];
  const keeper = new SpaceKeeper({
    shelf: {
      get pieces() {
        return left;
      },
      get bytes() {
        return left.reduce((sum, { bytes }) => sum + bytes, 0);
      },
      remove: (name) => {
        removed.push(name);
        left = left.filter((one) => one.name !== name);
        return Promise.resolve();
      },
    },
    othersBytes: 0,
    estimate: () => Promise.resolve({ quota, usage: left.reduce((sum, { bytes }) => sum + bytes, 0) }),
    isCovered: ({ startMs }) => covered(startMs),
    now: () => now,
  });
  return { keeper, removed, wait: (ms: number) => (now += ms) };
}

describe('SpaceKeeper', () => {
  const five = [0, 1, 2, 3, 4].map((startMs) => piece(startMs));

  it('leaves everything while there is room', async () => {
    const { keeper, removed } = world(five, 14_000_000, () => true);
    await keeper.check();
    expect([keeper.room, removed]).toEqual([true, []]);
  });

  it('makes room by what the server has, the oldest first', async () => {
    const { keeper, removed } = world(five, 11_000_000, (startMs) => startMs !== 0);
    await keeper.check();
    expect([keeper.room, removed]).toEqual([true, ['p1', 'p2']]);
  });

  it('begins nothing rather than dropping what may be missing', async () => {
    const { keeper, removed } = world(five, 11_000_000, () => false);
    await keeper.check();
    expect([keeper.room, removed]).toEqual([false, []]);
  });

  it('does not touch what is being written', async () => {
    const { keeper, removed } = world([piece(0, true), piece(1), piece(2)], 8_000_000, () => true);
    await keeper.check();
    expect([keeper.room, removed]).toEqual([true, ['p1']]);
  });

  it('believes a refusal more than the browser’s estimate, for a while', async () => {
    const { keeper, wait } = world(five, 1e12, () => false);
    keeper.refused();
    await keeper.check();
    expect(keeper.room).toBe(false);
    wait(30_001);
    await keeper.check();
    expect(keeper.room).toBe(true);
  });

  it('tries again at once when it could make room after a refusal', async () => {
    const { keeper, removed } = world(five, 1e12, () => true);
    keeper.refused();
    await keeper.check();
    expect([keeper.room, removed]).toEqual([true, ['p0', 'p1']]);
  });
});
