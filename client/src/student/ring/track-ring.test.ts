import type { Source } from '@vigil/protocol';
import { RecordKind } from '@vigil/protocol/ring-piece';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codecs, frameAt, soundAt, stubCodecs, unclosed } from './fake-codecs.js';
import { pictureSettings } from './picture-encoder.js';
import { TrackRing, type SourceStream } from './track-ring.js';

beforeEach(stubCodecs);
afterEach(() => vi.unstubAllGlobals());

/** The webcam's ring, and sources that give what the test makes them give. */
function world() {
  let now = 0;
  const failures: unknown[] = [];
  const pieces: { kinds: Set<RecordKind>; zeroMs: number; lastMs: number; closed: boolean }[] = [];
  const ring = new TrackRing({
    track: 'webcam',
    pictures: pictureSettings.webcam,
    begin: (zeroMs) => {
      const piece = { kinds: new Set<RecordKind>(), zeroMs, lastMs: zeroMs, closed: false };
      pieces.push(piece);
      return {
        add: (kind, timeMs) => {
          piece.kinds.add(kind);
          piece.lastMs = Math.max(piece.lastMs, timeMs);
        },
        close: () => void (piece.closed = true),
      };
    },
    wanted: () => true,
    now: () => now,
    failed: (error) => failures.push(error),
  });
  const outlets = new Map<Source, ReadableStreamDefaultController<VideoFrame | AudioData>>();
  const cancelled: Source[] = [];
  const on = (source: Source): void => {
    const stream: SourceStream = new ReadableStream({ start: (outlet) => void outlets.set(source, outlet), cancel: () => void cancelled.push(source) });
    ring.setSource(source, stream);
  };
  /** Time goes on, while both sources give what they can. */
  const pass = async (ms: number, sources: Source[] = ['webcam', 'microphone']): Promise<void> => {
    for (const until = now + ms; now < until; now += 10) {
      if (sources.includes('microphone')) outlets.get('microphone')?.enqueue(soundAt(now));
      if (sources.includes('webcam') && now % 100 === 0) outlets.get('webcam')?.enqueue(frameAt(now));
      await new Promise((resolve) => setImmediate(resolve));
      if (now % 1_000 === 990) ring.tick();
    }
  };
  return { ring, pieces, on, pass, cancelled, failures };
}

describe('TrackRing', () => {
  it('puts pictures and sound into pieces, and closes all that was given', async () => {
    const { ring, pieces, on, pass } = world();
    on('webcam');
    on('microphone');
    await pass(6_000);
    expect(ring.live).toEqual(['webcam', 'microphone']);
    expect(pieces.length).toBe(2);
    expect(pieces[0]?.kinds).toEqual(new Set([RecordKind.key, RecordKind.delta, RecordKind.sound, RecordKind.alive]));
    await ring.end();
    expect(pieces.every(({ closed }) => closed)).toBe(true);
    expect(unclosed.size).toBe(0);
  });

  it('keeps nothing of a muted microphone: no piece claims sound for that time', async () => {
    const { ring, pieces, on, pass } = world();
    on('webcam');
    on('microphone');
    await pass(2_000);
    ring.setMuted('microphone', true);
    await pass(3_000);
    expect(ring.live).toEqual(['webcam']);
    ring.setMuted('microphone', false);
    await pass(2_000);
    await ring.end();
    const withSound = pieces.filter(({ kinds }) => kinds.has(RecordKind.sound)).map(({ zeroMs, lastMs }) => [zeroMs, lastMs] as const);
    expect(withSound).toHaveLength(2);
    // The piece that was open ends with its next picture, 200 ms later.
    expect(withSound[0]?.[1]).toBeLessThanOrEqual(2_200);
    expect(withSound[1]?.[0]).toBeGreaterThanOrEqual(4_990);
    expect(unclosed.size).toBe(0);
  });

  it('keeps nothing, and says so, while no encoder works', async () => {
    const { ring, on, pass, failures } = world();
    codecs.broken = true;
    on('webcam');
    on('microphone');
    await pass(2_000);
    expect(ring.live).toEqual([]);
    expect(failures).not.toEqual([]);
    codecs.broken = false;
    // The key frame that was asked for in vain is waited for.
    await pass(4_000);
    expect(ring.live).toEqual(['webcam', 'microphone']);
    await ring.end();
    expect(unclosed.size).toBe(0);
  });

  it('lets go of a source that is gone', async () => {
    const { ring, on, pass, cancelled } = world();
    on('webcam');
    await pass(1_000);
    ring.setSource('webcam', undefined);
    expect(cancelled).toEqual(['webcam']);
    expect(ring.live).toEqual([]);
    await pass(10, []);
    expect(unclosed.size).toBe(0);
  });
});
