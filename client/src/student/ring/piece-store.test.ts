import { describe, expect, it } from 'vitest';
import { FakeDisk } from './fake-files.js';
import { openStore } from './open-store.js';
import { opfsStore } from './opfs-store.js';
import { newPieceName, readPieceName } from './piece-store.js';
import { storeContract } from './store-contract.js';

const attempt = '0123456789abcdef01234567';
const name = 'webcam-1700000000000-0a1b2c3d';

describe('names of pieces', () => {
  it('say track and beginning', () => {
    const made = newPieceName('screen', 1_700_000_000_000.6, Uint8Array.of(0, 15, 255, 1, 9));
    expect(made).toBe('screen-1700000000001-000fff01');
    expect(readPieceName(made)).toEqual({ track: 'screen', startMs: 1_700_000_000_001 });
    expect(readPieceName(`${made}.sent-to`)).toBeUndefined();
  });
});

describe('opfsStore', () => {
  // The same contract is held against IndexedDB in a real browser, by `npm run e2e -- ring`.
  for (const [what, holds] of Object.entries(storeContract)) it(what, () => holds(opfsStore(new FakeDisk().root)));

  it('is durable at each append', async () => {
    const disk = new FakeDisk();
    const store = opfsStore(disk.root);
    await store.append(attempt, name, Uint8Array.of(1));
    expect(disk.flushes).toBe(1);
  });

  it('leaves a piece as it was when the disk is full', async () => {
    const disk = new FakeDisk();
    const store = opfsStore(disk.root);
    await store.append(attempt, name, Uint8Array.of(1, 2));
    disk.freeBytes = 1;
    await expect(store.append(attempt, name, Uint8Array.of(3, 4))).rejects.toMatchObject({ name: 'QuotaExceededError' });
    await store.close(attempt, name);
    expect(await (await store.read(attempt, name))?.bytes()).toEqual(Uint8Array.of(1, 2));
    expect(disk.freeBytes).toBe(1);
  });

  it('counts what another tab is writing as nothing', async () => {
    const disk = new FakeDisk();
    await opfsStore(disk.root).append(attempt, name, Uint8Array.of(1));
    expect(await opfsStore(disk.root).list(attempt)).toEqual([{ attempt, name, bytes: 0 }]);
  });
});

describe('openStore', () => {
  it('takes files where they can be written', async () => {
    const disk = new FakeDisk();
    const store = await openStore({ navigator: { storage: { getDirectory: () => Promise.resolve(disk.root) } } });
    await store?.append(attempt, name, Uint8Array.of(1));
    expect(await store?.attempts()).toEqual([attempt]);
    const names: string[] = [];
    for await (const [entry] of disk.root.entries()) names.push(entry);
    expect(names).toEqual(['vigil']);
  });

  it.each([
    ['refuses', { storage: { getDirectory: () => Promise.reject(new DOMException('private', 'SecurityError')) } }],
    ['is not there', {}],
  ])('has none where the file system %s and there is no database', async (_what, navigator) => {
    expect(await openStore({ navigator })).toBeUndefined();
  });

  const openOn = (disk: FakeDisk) => openStore({ navigator: { storage: { getDirectory: () => Promise.resolve(disk.root) } } });

  it('does not take files that cannot be written', async () => {
    const disk = new FakeDisk();
    disk.refusal = 'UnknownError';
    expect(await openOn(disk)).toBeUndefined();
  });

  it('finds what an earlier page left though the disk is full, and can make room there', async () => {
    const disk = new FakeDisk();
    const before = opfsStore(disk.root);
    await before.append(attempt, name, Uint8Array.of(1));
    await before.close(attempt, name);
    disk.freeBytes = 0;
    const store = await openOn(disk);
    expect(await store?.list(attempt)).toEqual([{ attempt, name, bytes: 1 }]);
    await store?.remove(attempt, name);
    expect(await store?.list(attempt)).toEqual([]);
  });
});
