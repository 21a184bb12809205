import { expect, test } from 'vitest';
import { streamSegment, type Fetch } from './segment-stream.js';

const file = Uint8Array.from({ length: 100 }, (_, i) => i);

/** A body that breaks after some bytes, unless all are asked for. */
function body(bytes: Uint8Array, breakAfter = Infinity): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= breakAfter) controller.error(new TypeError('network'));
      else if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += 30)));
    },
  });
}
function server(answer: (offset: number, request: number) => Response): { fetch: Fetch; ranges: string[] } {
  const ranges: string[] = [];
  return {
    ranges,
    fetch: (_url, init) => {
      const range = new Headers(init.headers).get('range') ?? '';
      ranges.push(range);
      return Promise.resolve(answer(Number(/\d+/.exec(range)?.[0]), ranges.length));
    },
  };
}
async function read(fetch: Fetch, controller = new AbortController()): Promise<number[]> {
  const bytes: number[] = [];
  const wait = (): Promise<void> => Promise.resolve();
  for await (const chunk of streamSegment('/s', { fetch, wait, signal: controller.signal })) bytes.push(...chunk);
  return bytes;
}

test('gives the whole file', async () => {
  const { fetch } = server((offset) => new Response(body(file.slice(offset)), { status: 206 }));
  expect(await read(fetch)).toEqual([...file]);
});

test('a broken connection goes on by Range from the next byte', async () => {
  const { fetch, ranges } = server(
    (offset, request) => new Response(body(file.slice(offset), request === 1 ? 60 : Infinity), { status: 206 }),
  );
  expect(await read(fetch)).toEqual([...file]);
  expect(ranges).toEqual(['bytes=0-', 'bytes=60-']);
});

test('a server without Range sends all again, and no byte comes twice', async () => {
  const { fetch } = server((_offset, request) => new Response(body(file, request === 1 ? 60 : Infinity)));
  expect(await read(fetch)).toEqual([...file]);
});

test('gives up after the third try', async () => {
  const { fetch, ranges } = server(() => Response.json({ reason: 'internal' }, { status: 500 }));
  await expect(read(fetch)).rejects.toMatchObject({ reason: 'internal' });
  expect(ranges).toHaveLength(3);
});

test('what trying again cannot mend is not tried again', async () => {
  const { fetch, ranges } = server(() => Response.json({ reason: 'notSignedIn' }, { status: 401 }));
  await expect(read(fetch)).rejects.toMatchObject({ reason: 'notSignedIn' });
  expect(ranges).toHaveLength(1);
});

test('an abort ends it without another try', async () => {
  const controller = new AbortController();
  const { fetch, ranges } = server(() => {
    controller.abort();
    throw new DOMException('aborted', 'AbortError');
  });
  await expect(read(fetch, controller)).rejects.toThrow();
  expect(ranges).toHaveLength(1);
});
