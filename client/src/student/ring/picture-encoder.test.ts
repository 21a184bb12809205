import { RecordKind } from '@vigil/protocol/ring-piece';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codecs, frameAt, stubCodecs, unclosed } from './fake-codecs.js';
import { PictureEncoder, pictureSettings } from './picture-encoder.js';
import { PieceCutter } from './piece-cutter.js';
import { pieceMs } from './piece-shelf.js';

const names = Object.fromEntries(Object.entries(RecordKind).map(([name, kind]) => [kind, name]));
let pieces: string[][];
let room: boolean;
let errors: unknown[];

beforeEach(() => {
  stubCodecs();
  pieces = [];
  room = true;
  errors = [];
});
afterEach(() => vi.unstubAllGlobals());

function world(track: 'webcam' | 'screen') {
  const cutter = new PieceCutter(pieceMs[track], () => {
    const records: string[] = [];
    pieces.push(records);
    return {
      add: (kind, timeMs) => {
        if (kind !== RecordKind.alive) records.push(`${names[kind]}@${timeMs}`);
      },
      close: () => undefined,
    };
  });
  const encoder = new PictureEncoder(pictureSettings[track], cutter, () => room, (error) => errors.push(error));
  encoder.begin(0);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** A second of a worker's life. */
  const tick = async (nowMs: number): Promise<void> => {
    encoder.tick(nowMs);
    cutter.tick(nowMs);
    await settle();
  };
  return { encoder, tick, settle };
}

describe('PictureEncoder', () => {
  it('encodes a camera’s frames at its own pace, and closes every one', () => {
    const { encoder } = world('webcam');
    for (let ms = 0; ms < 2_000; ms += 33) encoder.frame(frameAt(ms), ms);
    expect(unclosed.size).toBe(0);
    expect(pieces.flat()).toHaveLength(9);
    expect(pieces[0]?.[0]).toMatch(/^key@/);
  });

  it('begins the next piece of a screen that stands still when the last one is long enough, not 10 s after its last picture', async () => {
    const { encoder, tick } = world('screen');
    for (let ms = 0; ms <= 35_000; ms += 1_000) {
      if (ms <= 9_000) encoder.frame(frameAt(ms), ms);
      await tick(ms);
    }
    expect(pieces.map((records) => records[0])).toEqual(['key@1000', 'key@11800', 'key@21800', 'key@31800']);
    expect(unclosed.size).toBe(0);
    await encoder.close();
  });

  it('keeps a frame that there was no room for, and no longer than its source', async () => {
    const { encoder, tick, settle } = world('screen');
    room = false;
    encoder.frame(frameAt(500), 500);
    await tick(1_000);
    expect(pieces).toEqual([]);
    room = true;
    await tick(2_000);
    expect(pieces).toEqual([['key@500']]);
    encoder.frame(frameAt(2_100), 2_100);
    encoder.end(2_200);
    await settle();
    expect(unclosed.size).toBe(0);
  });

  it('encodes nothing while muted', async () => {
    const { encoder, tick } = world('webcam');
    encoder.setMuted(true, 0);
    for (let ms = 0; ms < 2_000; ms += 33) encoder.frame(frameAt(ms), ms);
    await tick(2_000);
    expect(pieces).toEqual([]);
    expect(encoder.isLive(2_000)).toBe(false);
    expect(unclosed.size).toBe(0);
  });

  it('begins anew after an encoder’s error, and closes every frame all the same', async () => {
    const { encoder, tick } = world('webcam');
    codecs.broken = true;
    for (let ms = 0; ms < 1_000; ms += 33) encoder.frame(frameAt(ms), ms);
    expect(pieces).toEqual([]);
    expect(errors).not.toEqual([]);
    expect([encoder.isLive(1_000), encoder.isKept(1_000)]).toEqual([true, false]);
    codecs.broken = false;
    // The key frame that was asked for is given up after 3 s.
    await tick(4_000);
    for (let ms = 4_000; ms < 5_000; ms += 33) encoder.frame(frameAt(ms), ms);
    expect(pieces.flat()[0]).toMatch(/^key@/);
    expect(encoder.isKept(5_000)).toBe(true);
    expect(unclosed.size).toBe(0);
  });

  it('counts a screen that stands still as kept, as long as it is encoded', async () => {
    const { encoder, tick } = world('screen');
    encoder.frame(frameAt(500), 500);
    for (let ms = 1_000; ms <= 30_000; ms += 1_000) {
      await tick(ms);
      expect([ms, encoder.isKept(ms)]).toEqual([ms, true]);
    }
    room = false;
    for (let ms = 31_000; ms <= 45_000; ms += 1_000) await tick(ms);
    expect(encoder.isKept(45_000)).toBe(false);
  });
});
