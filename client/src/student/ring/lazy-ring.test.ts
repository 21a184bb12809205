import { describe, expect, it } from 'vitest';
import { feedOf } from './frame-feed.js';
import { LazyRing } from './lazy-ring.js';
import type { RingView } from './ring-view.js';
import type { Ring } from './ring.js';

function options() {
  const views: RingView[] = [];
  const notes: string[] = [];
  return { views, notes, options: { attempt: 'a', token: 't', nowMs: 0, over: false, changed: (view: RingView) => void views.push(view), note: (detail: string) => void notes.push(detail) } };
}

describe('LazyRing', () => {
  it('does what was asked of it when it is there, in order', async () => {
    const done: string[] = [];
    class FakeRing {
      leftOversSent = Promise.resolve();
      begin = () => void done.push('begin');
      end = () => void done.push('end');
    }
    let loaded: () => void = () => undefined;
    const loading = new Promise<void>((resolve) => (loaded = resolve));
    const lazy = new LazyRing(options().options, () => loading.then(() => ({ Ring: FakeRing as unknown as new () => Ring })));
    lazy.with((ring) => ring.begin());
    lazy.with((ring) => ring.end(true));
    await Promise.resolve();
    expect(done).toEqual([]);
    loaded();
    await lazy.leftOversSent();
    expect(done).toEqual(['begin', 'end']);
  });

  it('holds nobody up when it cannot be loaded', async () => {
    const { views, notes, options: given } = options();
    const lazy = new LazyRing(given, () => Promise.reject(new Error('the network')));
    lazy.with(() => expect.unreachable());
    await lazy.leftOversSent();
    expect(views).toMatchObject([{ keeping: 'none', asked: true }]);
    expect(notes).toHaveLength(1);
  });
});

describe('feedOf', () => {
  const recorder = { isTypeSupported: (type: string) => type === 'video/webm' };
  it('prefers frames, then the browser’s recorder', () => {
    const Processor = {} as never;
    expect(feedOf({ MediaStreamTrackProcessor: Processor, VideoEncoder: {}, AudioEncoder: {}, MediaRecorder: recorder })).toBe('frames');
    expect(feedOf({ MediaStreamTrackProcessor: Processor, VideoEncoder: {}, MediaRecorder: recorder })).toBe('recorder');
    expect(feedOf({ MediaRecorder: { isTypeSupported: () => false } })).toBeUndefined();
    expect(feedOf({})).toBeUndefined();
  });
});
