import type { BrowserEvent } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol/errors';
import { describe, expect, it } from 'vitest';
import { Unreachable } from './api.js';
import { Journal, type JournalStorage } from './journal.js';

/** `localStorage`, with the order of its keys. */
class FakeStorage implements JournalStorage {
  readonly items = new Map<string, string>();
  full = false;
  get length(): number {
    return this.items.size;
  }
  key = (index: number): string | null => [...this.items.keys()][index] ?? null;
  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem = (key: string, value: string): void => {
    if (this.full) throw new DOMException('full', 'QuotaExceededError');
    this.items.set(key, value);
  };
  removeItem = (key: string): void => void this.items.delete(key);
}

function opened(storage: FakeStorage | undefined, ...failures: (Error | 'never')[]) {
  return openedWith(storage, () => failures.shift());
}

function openedWith(storage: FakeStorage | undefined, failureOf: (events: BrowserEvent[]) => Error | 'never' | undefined) {
  const sent: BrowserEvent[][] = [];
  let pauses = 0;
  let nowMs = 1_000;
  const journal = new Journal({
    attempt: 'a',
    storage,
    send: (events) => {
      sent.push(events);
      const failure = failureOf(events);
      return failure === 'never' ? new Promise(() => undefined) : failure ? Promise.reject(failure) : Promise.resolve();
    },
    now: () => (nowMs += 0.4),
    newId: () => `id-${(ids += 1)}`,
    pause: () => Promise.resolve(void (pauses += 1)),
  });
  return { journal, sent, pauses: () => pauses };
}
let ids = 0;

describe('the journal', () => {
  it('sends together what happens together, once', async () => {
    const { journal, sent } = opened(new FakeStorage());
    journal.note({ kind: 'copy', characters: 3 });
    journal.note({ kind: 'page-left', on: true });
    await journal.sent;
    expect(sent).toMatchObject([[{ kind: 'copy', characters: 3, atMs: 1_000 }, { kind: 'page-left', on: true, atMs: 1_001 }]]);
    await journal.sent;
    expect(sent).toHaveLength(1);
  });

  it('sends the same until it has arrived', async () => {
    const storage = new FakeStorage();
    const { journal, sent, pauses } = opened(storage, new Unreachable(), new VigilError('noDatabase'), new VigilError('tooMany'));
    journal.note({ kind: 'copy' });
    expect(storage.length).toBe(1);
    await journal.sent;
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map((events) => JSON.stringify(events))).size).toBe(1);
    expect(pauses()).toBe(4);
    expect(storage.length).toBe(0);
  });

  it('drops what the server does not take', async () => {
    const storage = new FakeStorage();
    const { journal, sent } = opened(storage, new VigilError('sendingClosed'));
    journal.note({ kind: 'copy' });
    await journal.sent;
    expect(sent).toHaveLength(1);
    expect(storage.length).toBe(0);
  });

  it('outlasts the page: the next one sends what this one could not, in order of time', async () => {
    const storage = new FakeStorage();
    const before = opened(storage, 'never');
    before.journal.note({ kind: 'copy' });
    before.journal.note({ kind: 'paste' });
    storage.items.set('vigil-event-a-broken', '{');
    storage.items.set('vigil-event-b-1', '{"id":"another attempt’s"}');
    const { journal, sent } = opened(storage);
    await journal.sent;
    expect(sent.map((events) => events.map(({ kind }) => kind))).toEqual([['copy', 'paste']]);
    expect([...storage.items.keys()]).toEqual(['vigil-event-a-broken', 'vigil-event-b-1']);
  });

  it('loses of what is stored only what is no event', async () => {
    const storage = new FakeStorage();
    const before = opened(storage, 'never');
    for (let i = 0; i < 150; i++) before.journal.note({ kind: 'copy' });
    const [third, last] = [[...storage.items.keys()][2]!, [...storage.items.keys()].at(-1)!];
    storage.items.set(third, '{"atMs":1001}');
    storage.items.set(last, '7');
    const { journal, sent } = openedWith(storage, (events) => (events.every(({ id }) => id) ? undefined : new VigilError('badInput')));
    await journal.sent;
    expect(new Set(sent.filter((events) => events.every(({ id }) => id)).flatMap((events) => events.map(({ id }) => id))).size).toBe(148);
    // Fewer than the server takes in a minute.
    expect(sent.length).toBeLessThan(40);
    expect(storage.length).toBe(0);
  });

  it('does without storage, and with one that is full', async () => {
    const full = new FakeStorage();
    full.full = true;
    for (const storage of [undefined, full]) {
      const { journal, sent } = opened(storage);
      journal.note({ kind: 'copy' });
      await journal.sent;
      expect(sent).toHaveLength(1);
    }
  });

  it('sends many in parts, and keeps no more than it can', async () => {
    const { journal, sent } = opened(new FakeStorage());
    for (let i = 0; i < 1_500; i++) journal.note({ kind: 'copy' });
    await journal.sent;
    expect(sent.map(({ length }) => length)).toEqual(Array<number>(10).fill(100));
  });
});
