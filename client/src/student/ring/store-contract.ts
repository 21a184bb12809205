import type { PieceStore } from './piece-store.js';

/** Throws when it is not so. Without a test library: this also runs inside a browser. */
function same(seen: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${is} is not ${should}`);
}

const [one, other] = ['0123456789abcdef01234567', '76543210fedcba9876543210'];
const name = 'webcam-1700000000000-0a1b2c3d';
const screen = 'screen-1700000000000-0a1b2c3e';
const bytesOf = async (piece: Blob | undefined): Promise<number[] | undefined> => piece && [...new Uint8Array(await piece.arrayBuffer())];

/** What every piece store does, by what it is. Each is given an empty store. */
export const storeContract: Record<string, (store: PieceStore) => Promise<void>> = {
  'keeps what is appended, in order': async (store) => {
    await store.append(one, name, Uint8Array.of(1, 2));
    await store.append(one, name, Uint8Array.of(3));
    same(await store.list(one), [{ attempt: one, name, bytes: 3 }]);
    await store.close(one, name);
    await store.close(one, name);
    same(await bytesOf(await store.read(one, name)), [1, 2, 3]);
  },
  'goes on with a piece that was closed': async (store) => {
    await store.append(one, name, Uint8Array.of(1));
    await store.close(one, name);
    await store.append(one, name, Uint8Array.of(2));
    await store.close(one, name);
    same(await bytesOf(await store.read(one, name)), [1, 2]);
  },
  'keeps attempts apart': async (store) => {
    await store.append(one, name, Uint8Array.of(1));
    await store.append(other, screen, Uint8Array.of(2));
    same((await store.attempts()).sort(), [one, other]);
    same(await store.list(other), [{ attempt: other, name: screen, bytes: 1 }]);
    await store.removeAttempt(one);
    same(await store.attempts(), [other]);
    same(await store.list(one), []);
    same(await store.read(one, name), undefined);
  },
  'remembers an attempt without pieces': async (store) => {
    await store.begin(one);
    await store.begin(one);
    same(await store.attempts(), [one]);
    same(await store.list(one), []);
    await store.removeAttempt(one);
    await store.removeAttempt(one);
    same(await store.attempts(), []);
  },
  'removes a piece, and only that': async (store) => {
    await store.append(one, name, Uint8Array.of(1));
    await store.append(one, screen, Uint8Array.of(2));
    await store.setMark(one, name, '/somewhere');
    await store.remove(one, name);
    await store.remove(one, name);
    same(await store.list(one), [{ attempt: one, name: screen, bytes: 1 }]);
    same(await store.read(one, name), undefined);
    same(await store.mark(one, name), undefined);
  },
  'removes a piece also while its mark is being written': async (store) => {
    await store.append(one, name, Uint8Array.of(1));
    await store.close(one, name);
    const marks = [store.setMark(one, name, '/somewhere'), store.setMark(one, name, '/elsewhere')];
    await store.remove(one, name);
    await Promise.all(marks);
    same(await store.list(one), []);
  },
  'keeps a mark beside a piece': async (store) => {
    await store.append(one, name, Uint8Array.of(1));
    await store.close(one, name);
    same(await store.mark(one, name), undefined);
    await store.setMark(one, name, '/a/long/address');
    await store.setMark(one, name, '/short');
    same(await store.mark(one, name), '/short');
    same(await store.list(one), [{ attempt: one, name, bytes: 1 }]);
    same(await bytesOf(await store.read(one, name)), [1]);
    await store.setMark(one, name, undefined);
    await store.setMark(one, name, undefined);
    same(await store.mark(one, name), undefined);
  },
};
