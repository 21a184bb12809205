import type { TimelineSegment } from '@vigil/protocol';
import { expect, test, vi } from 'vitest';
import { toMediaSeconds } from './media-time.js';
import { Pane, type Screenlike } from './pane.js';
import type { Range } from './ranges.js';
import type { Writer } from './segment-feed.js';
import { SegmentIndex, type IndexedSegment } from './segment-index.js';

const segment = (number: number, fromS: number, mimeType = 'video/webm; codecs="vp8"'): TimelineSegment => ({
  id: `0123456789abcdef01234567-screen-1-${number}`,
  epoch: 1,
  startMs: fromS * 1_000,
  zeroMs: fromS * 1_000,
  backfill: false,
  durationMs: 20_000,
  bytes: 1,
  mimeType,
  analysis: 'done',
});

class FakeVideo implements Screenlike {
  currentTime = 0;
  playbackRate = 1;
  paused = true;
  seeking = false;
  ended = false;
  readyState = 4;
  error: MediaError | null = null;
  refuse: Error | undefined;
  play(): Promise<void> {
    if (this.refuse) return Promise.reject(this.refuse);
    this.paused = false;
    return Promise.resolve();
  }
  pause(): void {
    this.paused = true;
  }
}

function setUp(segments: TimelineSegment[]) {
  const video = new FakeVideo();
  const onBlocked = vi.fn();
  const opened: IndexedSegment[] = [];
  const pane = new Pane({
    video,
    index: new SegmentIndex(segments, 0),
    causeAt: () => 'muted',
    onBlocked,
    onFailed: () => undefined,
    wait: () => Promise.resolve(),
    fetch: (url) => Promise.resolve(url.endsWith('-9') ? new Response('', { status: 404 }) : new Response('x')),
    openWriter: (first): Writer => {
      opened.push(first);
      const buffered: Range[] = [];
      let current = first;
      return {
        run: first.run,
        buffered,
        begin: (next) => {
          current = next;
          return Promise.resolve();
        },
        append: () => {
          buffered.push({ fromMs: current.fromMs, toMs: current.toMs });
          return Promise.resolve();
        },
        evict: () => Promise.resolve(),
        end: () => undefined,
        close: () => undefined,
      };
    },
  });
  const tick = (positionMs: number, moving = true, sought = false) => pane.tick({ positionMs, rate: 1, moving, sought });
  const loaded = (positionMs: number) =>
    vi.waitFor(() => expect(tick(positionMs, false).state).not.toBe('waiting'));
  return { video, pane, tick, loaded, onBlocked, opened };
}

test('it waits until the place is loaded, then shows and plays it', async () => {
  const { video, tick, loaded } = setUp([segment(0, 0)]);
  expect(tick(5_000)).toEqual({ state: 'waiting' });
  expect(video.paused).toBe(true);
  await loaded(5_000);
  expect(video.currentTime).toBe(toMediaSeconds(5_000));
  expect(tick(5_000)).toMatchObject({ state: 'playing', picture: true });
  expect(video.paused).toBe(false);
});

test('a gap stops the picture, says why and until when', async () => {
  const { video, tick, loaded } = setUp([segment(0, 0), segment(1, 40)]);
  await loaded(19_000);
  tick(19_000);
  expect(tick(25_000)).toEqual({ state: 'gap', cause: 'muted', untilMs: 40_000 });
  expect(video.paused).toBe(true);
  expect(tick(61_000)).toMatchObject({ state: 'gap', untilMs: Infinity });
});

test('at the end of what is there it does not ask for data that comes later', async () => {
  const { video, tick, loaded } = setUp([segment(0, 0)]);
  await loaded(19_900);
  video.readyState = 2;
  expect(tick(19_900).state).toBe('playing');
  video.currentTime = toMediaSeconds(10_000);
  expect(tick(10_000).state).toBe('waiting');
});

test('at the end of a stretch it does not start from the beginning', async () => {
  const { video, tick, loaded } = setUp([segment(0, 0)]);
  await loaded(19_990);
  video.ended = true;
  video.currentTime = toMediaSeconds(20_000);
  tick(19_995);
  expect(video.currentTime).toBe(toMediaSeconds(20_000));
  expect(video.paused).toBe(true);
});

test('paused in the last frame before a gap it shows one that every browser paints', async () => {
  const { video, loaded } = setUp([segment(0, 0)]);
  await loaded(19_990);
  expect(video.currentTime).toBe(toMediaSeconds(19_850));
});

test('a drift is nudged and a seek in progress is left alone', async () => {
  const { video, tick, loaded } = setUp([segment(0, 0)]);
  await loaded(5_000);
  video.currentTime = toMediaSeconds(4_950);
  tick(5_000);
  expect(video.playbackRate).toBeGreaterThan(1);
  video.seeking = true;
  video.currentTime = toMediaSeconds(2_000);
  expect(tick(5_000).state).toBe('waiting');
  expect(video.currentTime).toBe(toMediaSeconds(2_000));
});

test('a seek while it plays sets the place at once', async () => {
  const { video, tick, loaded } = setUp([segment(0, 0)]);
  await loaded(5_000);
  tick(5_000);
  tick(10_000, true, true);
  expect(video.currentTime).toBe(toMediaSeconds(10_000));
  expect(video.playbackRate).toBe(1);
});

test('sound without picture says so', async () => {
  const { tick, loaded } = setUp([segment(0, 0, 'audio/webm; codecs="opus"')]);
  await loaded(1_000);
  expect(tick(1_000)).toEqual({ state: 'playing', picture: false, cause: 'muted', later: false });
});

test('a segment that cannot be loaded is told with the error', async () => {
  const { tick, loaded } = setUp([segment(9, 0)]);
  await loaded(1_000);
  expect(tick(1_000)).toMatchObject({ state: 'failed', segment: { fromMs: 0 } });
});

test('after a decoding error it starts over without the segment that did it', async () => {
  const { video, tick, loaded, opened } = setUp([segment(0, 0), segment(1, 20)]);
  await loaded(5_000);
  video.error = { message: 'PIPELINE_ERROR_DECODE' } as MediaError;
  tick(5_000);
  video.error = null;
  expect(tick(5_000)).toMatchObject({ state: 'failed', segment: { fromMs: 0 } });
  await loaded(21_000);
  expect(opened.map(({ fromMs }) => fromMs)).toEqual([0, 20_000]);
});

test('a browser that does not let the page play is reported', async () => {
  const { video, tick, loaded, onBlocked } = setUp([segment(0, 0)]);
  await loaded(1_000);
  video.refuse = new DOMException('no', 'NotAllowedError');
  tick(1_000);
  await vi.waitFor(() => expect(onBlocked).toHaveBeenCalledOnce());
});
