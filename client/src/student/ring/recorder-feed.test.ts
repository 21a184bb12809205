import { describe, expect, it, vi } from 'vitest';
import type { WebmPart } from './messages.js';
import { RecorderFeed } from './recorder-feed.js';

class FakeRecorder extends EventTarget {
  state = 'inactive';
  constructor(
    readonly tracks: string[],
    readonly mimeType: string,
  ) {
    super();
  }
  start(): void {
    this.state = 'recording';
    this.dispatchEvent(new Event('start'));
  }
  stop(): void {
    this.state = 'inactive';
    this.data(1);
    this.dispatchEvent(new Event('stop'));
  }
  data(size: number): void {
    this.dispatchEvent(Object.assign(new Event('dataavailable'), { data: new Blob([new Uint8Array(size)]) }));
  }
}

const fakeTrack = (kind: string, name = kind) => {
  const track = { kind, name, readyState: 'live', stop: () => void (track.readyState = 'ended'), clone: (): object => fakeTrack(kind, `${name}'`), asked: [] as unknown[], applyConstraints: (wish: unknown) => Promise.resolve(void track.asked.push(wish)) };
  return track as typeof track & MediaStreamTrack;
};

function world(supported = (_type: string) => true) {
  let now = 0;
  const recorders: FakeRecorder[] = [];
  const parts: WebmPart[] = [];
  const timers: (() => void)[] = [];
  const feed = new RecorderFeed(
    'webcam',
    {
      makeRecorder: (tracks, { mimeType }) => {
        const recorder = new FakeRecorder(tracks.map((track) => (track as unknown as { name: string }).name), mimeType ?? '');
        recorders.push(recorder);
        return recorder as unknown as MediaRecorder;
      },
      isTypeSupported: supported,
      now: () => now,
      after: (_ms, act) => {
        timers.push(act);
        return () => void timers.splice(timers.indexOf(act), 1);
      },
    },
    (part) => void parts.push(part),
  );
  const seen = async (count: number) => {
    await vi.waitFor(() => expect(parts).toHaveLength(count));
    return parts.map(({ file, bytes, last }) => `${file}:${bytes.byteLength}${last ? '.' : ''}`);
  };
  return { feed, recorders, parts, timers, seen, at: (ms: number) => (now = ms) };
}

describe('RecorderFeed', () => {
  it('records copies of the tracks, and begins anew when another comes', async () => {
    const { feed, recorders, seen } = world();
    feed.setTrack('webcam', fakeTrack('video'));
    feed.setTrack('microphone', fakeTrack('audio'));
    expect(recorders.map(({ tracks, mimeType, state }) => [tracks, mimeType, state])).toEqual([
      [["video'"], 'video/webm;codecs=vp9', 'inactive'],
      [["video'", "audio'"], 'video/webm;codecs=vp9,opus', 'recording'],
    ]);
    expect(await seen(2)).toEqual(['0:1', '0:0.']);
  });

  it('lets the old file run until the new one has given something', async () => {
    const { feed, recorders, timers, seen, parts, at } = world();
    feed.setTrack('webcam', fakeTrack('video'));
    at(1_000);
    recorders[0]?.data(10);
    at(5_000);
    timers[0]?.();
    expect(recorders.map(({ state }) => state)).toEqual(['recording', 'recording']);
    at(6_000);
    recorders[1]?.data(20);
    expect(recorders.map(({ state }) => state)).toEqual(['inactive', 'recording']);
    expect((await seen(4)).sort()).toEqual(['0:0.', '0:1', '0:10', '1:20']);
    expect(parts.find(({ file }) => file === 1)).toMatchObject({ zeroMs: 5_000, untilMs: 6_000, track: 'webcam' });
  });

  it('lets go of the camera at the end', async () => {
    const { feed, recorders, timers, parts } = world();
    const track = fakeTrack('video');
    const clone = fakeTrack('video', 'clone');
    track.clone = () => clone;
    feed.setTrack('webcam', track);
    expect(clone.asked).toEqual([{ frameRate: { max: 5 } }]);
    await feed.end();
    expect([clone.readyState, track.readyState, recorders[0]?.state, timers]).toEqual(['ended', 'live', 'inactive', []]);
    expect(parts).toHaveLength(2);
  });

  it('takes what the browser can do, and records sound alone', () => {
    const { feed, recorders } = world((type) => !type.includes('vp9'));
    feed.setTrack('webcam', fakeTrack('video'));
    feed.setTrack('webcam', undefined);
    feed.setTrack('microphone', fakeTrack('audio'));
    expect(recorders.map(({ mimeType }) => mimeType)).toEqual(['video/webm;codecs=vp8', 'audio/webm;codecs=opus']);
  });
});
