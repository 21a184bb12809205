import { beforeEach, describe, expect, it } from 'vitest';
import { FakeDisk } from './fake-files.js';
import type { Locks } from './locks.js';
import { opfsStore } from './opfs-store.js';
import { PieceShelf, tidyOthers } from './piece-shelf.js';
import type { PieceStore } from './piece-store.js';

const attempt = '0123456789abcdef01234567';
const other = '76543210fedcba9876543210';
const day = 86_400_000;
const startMs = 1_700_000_000_000;
const nameOf = (track: 'webcam' | 'screen', atMs: number): string => `${track}-${startMs + atMs}-0a1b2c3d`;

let store: PieceStore;
let held: Set<string>;
let shelf: PieceShelf;

beforeEach(() => {
  store = opfsStore(new FakeDisk().root);
  held = new Set();
  const locks: Locks = {
    alone: (_name, work) => work(),
    hold: (name) => {
      held.add(name);
      return () => void held.delete(name);
    },
    held: () => Promise.resolve(new Set(held)),
  };
  shelf = new PieceShelf(store, attempt, locks);
});

const put = async (name: string, of = attempt): Promise<void> => {
  await store.append(of, name, Uint8Array.of(1, 2));
  await store.close(of, name);
};

describe('PieceShelf', () => {
  it('finds what an earlier page left, the oldest first, and takes it to be as long as it can be', async () => {
    for (const name of [nameOf('webcam', 5_000), nameOf('screen', 0), nameOf('webcam', 0)]) await put(name);
    await shelf.refresh();
    expect(shelf.pieces.map(({ track, startMs: from, endMs, open }) => [track, from - startMs, endMs - startMs, open])).toEqual([
      ['screen', 0, 15_000, false],
      ['webcam', 0, 5_000, false],
      ['webcam', 5_000, 15_000, false],
    ]);
    expect(shelf.bytes).toBe(6);
  });

  it('knows what it writes itself, and when that ended', async () => {
    const name = nameOf('webcam', 0);
    shelf.begin(name);
    await shelf.append(name, Uint8Array.of(1, 2, 3));
    await shelf.refresh();
    expect(shelf.pieces).toMatchObject([{ name, open: true, bytes: 3 }]);
    await shelf.finish(name, startMs + 4_321);
    await shelf.refresh();
    expect(shelf.pieces).toMatchObject([{ name, open: false, bytes: 3, endMs: startMs + 4_321 }]);
    expect(held.size).toBe(0);
  });

  it('counts a piece as open that another tab is writing', async () => {
    await put(nameOf('webcam', 0));
    held.add(`vigil-piece/${attempt}/${nameOf('webcam', 0)}`);
    await shelf.refresh();
    expect(shelf.pieces).toMatchObject([{ open: true }]);
  });

  it('does not keep what nothing was written to', async () => {
    shelf.begin(nameOf('webcam', 0));
    await shelf.finish(nameOf('webcam', 0), startMs);
    expect(shelf.pieces).toEqual([]);
  });

  it('forgets what is gone, and all of it when asked to', async () => {
    await put(nameOf('webcam', 0));
    await put(nameOf('webcam', 5_000));
    await shelf.refresh();
    await store.remove(attempt, nameOf('webcam', 0));
    expect(await shelf.read(nameOf('webcam', 0))).toBeUndefined();
    expect(shelf.pieces).toHaveLength(1);
    await shelf.remove(nameOf('webcam', 5_000));
    expect(shelf.pieces).toEqual([]);
    expect(await shelf.known()).toBe(true);
    await shelf.forget();
    expect(await shelf.known()).toBe(false);
    await shelf.remember();
    expect(await shelf.known()).toBe(true);
  });
});

describe('tidyOthers', () => {
  it('removes what is too old of other attempts, and of no other', async () => {
    await put(nameOf('webcam', -day));
    await put(nameOf('webcam', -day), other);
    await put(nameOf('webcam', 0), other);
    expect(await tidyOthers(store, attempt, startMs)).toBe(2);
    expect(await store.list(attempt)).toHaveLength(1);
    expect((await store.list(other)).map(({ name }) => name)).toEqual([nameOf('webcam', 0)]);
    expect(await tidyOthers(store, attempt, startMs + 1)).toBe(0);
    expect(await store.attempts()).toEqual([attempt]);
  });
});
