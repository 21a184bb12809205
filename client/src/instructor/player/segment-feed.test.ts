import type { TimelineSegment } from '@vigil/protocol';
import { expect, test, vi } from 'vitest';
import type { Range } from './ranges.js';
import { SegmentFeed, spotAt, type Writer } from './segment-feed.js';
import { SegmentIndex, type IndexedSegment } from './segment-index.js';

const AV = 'video/webm; codecs="vp8,opus"';
const SOUND = 'audio/webm; codecs="opus"';

function indexOf(count: number, mimeType: (i: number) => string = () => AV): SegmentIndex {
  const segments = Array.from({ length: count }, (_, i): TimelineSegment => ({
    id: `0123456789abcdef01234567-webcam-1-${i}`,
    epoch: 1,
    startMs: i * 20_000,
    zeroMs: i * 20_000,
    backfill: false,
    durationMs: 20_000,
    bytes: 1,
    mimeType: mimeType(i),
    analysis: 'done',
  }));
  return new SegmentIndex(segments, 0);
}

/** A buffer in memory: a segment is there when its byte is. */
class FakeWriter implements Writer {
  buffered: Range[] = [];
  closed = false;
  readonly evicted: Range[] = [];
  full = false;
  /** Number of a segment that the browser cannot read. */
  unreadable = -1;
  stuck = false;
  #current: IndexedSegment | undefined;
  readonly run: string;
  ended = false;
  constructor(first: IndexedSegment) {
    this.run = first.run;
  }
  begin(segment: IndexedSegment): Promise<void> {
    this.#current = segment;
    this.ended = false;
    return Promise.resolve();
  }
  append(): Promise<void> {
    if (this.full) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
    if (this.#current!.url.endsWith(`-${this.unreadable}`)) return Promise.reject(new DOMException('no', 'EncodingError'));
    const { fromMs, toMs } = this.#current!;
    this.buffered = [...this.buffered, { fromMs, toMs }].sort((a, b) => a.fromMs - b.fromMs);
    return Promise.resolve();
  }
  evict(keep: Range): Promise<void> {
    this.evicted.push(keep);
    if (this.stuck) return new Promise(() => undefined);
    this.full = false;
    this.buffered = this.buffered.filter(({ fromMs, toMs }) => toMs > keep.fromMs && fromMs < keep.toMs);
    return Promise.resolve();
  }
  end(): void {
    this.ended = true;
  }
  close(): void {
    this.closed = true;
  }
}

/** A feed whose requests are answered by hand or at once. */
function setUp(answer: (url: string) => Response | Promise<Response> = () => new Response('x', { status: 206 }), behaviour: Partial<FakeWriter> = {}) {
  const writers: FakeWriter[] = [];
  const asked: { number: number; signal: AbortSignal }[] = [];
  const onFailed = vi.fn();
  const feed = new SegmentFeed({
    fetch: (url, { signal }) => {
      asked.push({ number: Number(url.split('-').at(-1)), signal: signal! });
      return Promise.resolve(answer(url));
    },
    wait: () => Promise.resolve(),
    openWriter: (first) => {
      const writer = new FakeWriter(first);
      Object.assign(writer, behaviour);
      writers.push(writer);
      return writer;
    },
    onFailed,
  });
  /** Asks again and again, as the page does, until a request more makes no difference. */
  const settle = async (index: SegmentIndex, positionMs: number) => {
    for (let i = 0; i < 40; i++) {
      feed.want(index, positionMs, 40_000);
      await new Promise(setImmediate);
    }
  };
  return { feed, writers, asked, onFailed, settle };
}
const numbers = (asked: { number: number }[]): number[] => asked.map(({ number }) => number);

test('of three hours it loads what is near, each segment once', async () => {
  const { asked, settle } = setUp();
  await settle(indexOf(540), 100_000);
  expect(numbers(asked)).toEqual([5, 6]);
  await settle(indexOf(540), 105_000);
  expect(numbers(asked)).toEqual([5, 6, 7]);
});

test('a jump ends what is being loaded and loads the new place', async () => {
  const { feed, asked } = setUp(() => new Promise<Response>(() => undefined));
  const index = indexOf(540);
  feed.want(index, 0, 40_000);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  feed.want(index, 5_000_000, 40_000);
  expect(asked[0]?.signal.aborted).toBe(true);
  await vi.waitFor(() => expect(numbers(asked)).toEqual([0, 250]));
});

test('what is far behind is forgotten, and loaded again on the way back', async () => {
  const { writers, asked, settle } = setUp();
  const index = indexOf(540);
  await settle(index, 0);
  await settle(index, 1_000_000);
  expect(writers[0]?.buffered.at(0)?.fromMs).toBe(1_000_000);
  await settle(index, 0);
  expect(numbers(asked)).toEqual([0, 1, 50, 51, 0, 1]);
});

test('what the browser evicted by itself is loaded again', async () => {
  const { writers, asked, settle } = setUp();
  await settle(indexOf(2), 0);
  writers[0]!.buffered = [{ fromMs: 10_000, toMs: 40_000 }];
  await settle(indexOf(2), 0);
  expect(numbers(asked)).toEqual([0, 1, 0]);
});

test('a full buffer is made smaller, and the bytes are tried again', async () => {
  const { writers, onFailed, feed, asked, settle } = setUp();
  const index = indexOf(10);
  await settle(index, 0);
  writers[0]!.full = true;
  await settle(index, 60_000);
  expect(writers[0]?.evicted.length).toBeGreaterThan(0);
  expect(onFailed).not.toHaveBeenCalled();
  expect(feed.isLoaded(index.segments[3]!)).toBe(true);
  expect(numbers(asked)).toEqual([0, 1, 3, 4]);
});

test('another kind of segment gets a MediaSource of its own, but only when the position is there, and the one before is ended', async () => {
  const { writers, settle } = setUp();
  const index = indexOf(4, (i) => (i === 1 ? SOUND : AV));
  await settle(index, 10_000);
  expect(writers).toHaveLength(1);
  expect(writers[0]?.ended).toBe(true);
  await settle(index, 20_000);
  expect(writers.map(({ run, closed }) => [run, closed])).toEqual([
    [index.segments[0]?.run, true],
    [index.segments[1]?.run, false],
  ]);
});

test('inside of a run nothing is ended, and a run that grows goes on', async () => {
  const { writers, settle } = setUp();
  await settle(indexOf(540), 0);
  expect(writers[0]?.ended).toBe(false);
  await settle(indexOf(2), 0);
  expect(writers[0]?.ended).toBe(true);
  await settle(indexOf(3), 10_000);
  expect(writers).toHaveLength(1);
  expect(writers[0]?.buffered).toHaveLength(3);
});

test('a segment that cannot be loaded is left out until retry, and the next one is loaded', async () => {
  let broken = true;
  const { feed, asked, onFailed, settle } = setUp((url) =>
    broken && url.endsWith('-0') ? Response.json({ reason: 'notFound' }, { status: 404 }) : new Response('x'),
  );
  const index = indexOf(2);
  await settle(index, 0);
  expect(onFailed).toHaveBeenCalledExactlyOnceWith(index.segments[0], expect.objectContaining({ reason: 'notFound' }));
  expect(feed.hasFailed(index.segments[0]!)).toBe(true);
  expect(numbers(asked)).toEqual([0, 1]);
  broken = false;
  feed.retry();
  await settle(index, 0);
  expect(feed.isLoaded(index.segments[0]!)).toBe(true);
});

test('a segment that the browser cannot read is left out, even if it is not the one that plays; the others are loaded anew', async () => {
  const { feed, writers, asked, onFailed, settle } = setUp(undefined, { unreadable: 1 });
  const index = indexOf(3);
  await settle(index, 5_000);
  expect(onFailed).toHaveBeenCalledExactlyOnceWith(index.segments[1], expect.objectContaining({ name: 'EncodingError' }));
  expect(writers.map(({ closed }) => closed)).toEqual([true, false]);
  expect(feed.isLoaded(index.segments[0]!)).toBe(true);
  expect(feed.isLoaded(index.segments[2]!)).toBe(true);
  expect(numbers(asked)).toEqual([0, 1, 0, 2]);
});

test('a browser that never answers a closed writer does not keep the next one from forgetting', async () => {
  const { writers, settle } = setUp(undefined, { stuck: true });
  const index = indexOf(540, (i) => (i === 50 ? SOUND : AV));
  await settle(index, 0);
  await settle(index, 900_000);
  await settle(index, 1_000_000);
  await settle(index, 1_020_000);
  await settle(index, 2_000_000);
  expect(writers.map(({ evicted }) => evicted.length)).toEqual([1, 1, 1]);
});

test('a position is data, a short hole to hold over, a gap inside a segment, or not loaded', () => {
  const segment = indexOf(1).segments[0]!;
  const buffered = [
    { fromMs: 40, toMs: 5_000 },
    { fromMs: 5_300, toMs: 10_000 },
    { fromMs: 14_000, toMs: 20_000 },
  ];
  expect(spotAt(buffered, segment, 100, false)).toEqual({ kind: 'here', range: buffered[0] });
  expect(spotAt(buffered, segment, 0, true)).toEqual({ kind: 'hold', frameMs: 40 });
  expect(spotAt(buffered, segment, 5_100, true)).toEqual({ kind: 'hold', frameMs: 4_999 });
  expect(spotAt(buffered, segment, 12_000, true)).toEqual({ kind: 'hole', hole: { fromMs: 10_000, toMs: 14_000 } });
  expect(spotAt(buffered, segment, 12_000, false)).toEqual({ kind: 'missing' });
});
