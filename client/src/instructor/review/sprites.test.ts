import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Sprites } from './sprites.js';

interface Asked {
  url: string;
  answer: (response: Response | Error) => void;
}
let asked: Asked[];
let revoked: string[];
beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  revoked = [];
  let made = 0;
  vi.stubGlobal('fetch', (url: string, { signal }: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      asked.push({ url, answer: (response) => (response instanceof Error ? reject(response) : resolve(response)) });
    }),
  );
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:${(made += 1)}`);
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void revoked.push(url));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const urls = (): string[] => asked.map(({ url }) => url);
const good = (): Response => new Response(new Blob(['picture']));
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);

describe('thumbnails’ pictures', () => {
  test('are loaded two at a time, what was asked for last first, and each once', async () => {
    const sprites = new Sprites(() => false);
    sprites.want(['a', 'b', 'c', 'd']);
    expect(urls()).toEqual(['d', 'c']);
    sprites.want(['a']);
    asked[0]!.answer(good());
    await settled();
    expect(sprites.at('d')).toBe('blob:1');
    expect(urls()).toEqual(['d', 'c', 'a']);
    sprites.want(['d', 'c', 'a']);
    asked[1]!.answer(good());
    await settled();
    expect(urls()).toEqual(['d', 'c', 'a', 'b']);
  });

  test('wait while the recording is loaded', async () => {
    let busy = true;
    const sprites = new Sprites(() => busy);
    sprites.want(['a']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(urls()).toEqual([]);
    busy = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(urls()).toEqual(['a']);
  });

  test('that cannot be had are not asked for again, and are no error', async () => {
    const sprites = new Sprites(() => false);
    sprites.want(['a', 'b']);
    asked[0]!.answer(new Response('', { status: 404 }));
    asked[1]!.answer(new TypeError('no network'));
    await settled();
    expect([sprites.at('a'), sprites.at('b')]).toEqual([undefined, undefined]);
    sprites.want(['a', 'b']);
    expect(urls()).toHaveLength(2);
  });

  test('are given back with the page', async () => {
    const sprites = new Sprites(() => false);
    sprites.want(['a', 'b', 'c']);
    asked[0]!.answer(good());
    await settled();
    sprites.close();
    await settled();
    expect(revoked).toEqual(['blob:1']);
    expect([urls().length, sprites.at('c')]).toEqual([3, undefined]);
    sprites.want(['x']);
    expect(urls()).toHaveLength(3);
  });
});
