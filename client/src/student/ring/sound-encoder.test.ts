import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codecs, soundAt, stubCodecs, unclosed } from './fake-codecs.js';
import { SoundEncoder } from './sound-encoder.js';

beforeEach(stubCodecs);
afterEach(() => vi.unstubAllGlobals());

function world() {
  const packets: number[] = [];
  const errors: unknown[] = [];
  const encoder = new SoundEncoder((timeMs) => packets.push(timeMs), (error) => errors.push(error));
  /** Sound of the source's own time arrives 500 ms later by the steady clock. */
  const give = (fromMs: number, toMs: number, channels = 1): void => {
    for (let ms = fromMs; ms < toMs; ms += 10) encoder.data(soundAt(ms, channels), ms + 500);
  };
  return { encoder, packets, errors, give };
}

describe('SoundEncoder', () => {
  it('gives packets the time of their first sample, and closes what came', async () => {
    const { encoder, packets, give } = world();
    give(1_000, 1_030);
    // What arrives had been recorded for 10 ms by then: that is its end.
    expect(packets).toEqual([1_490, 1_500, 1_510]);
    expect([encoder.isLive(1_600), encoder.isLive(4_000)]).toEqual([true, false]);
    expect(unclosed.size).toBe(0);
    await encoder.close();
  });

  it('begins anew where samples are missing', () => {
    const { packets, give } = world();
    give(0, 20);
    give(5_000, 5_020);
    expect(packets).toEqual([490, 500, 5_490, 5_500]);
  });

  it('makes one channel of several, and closes both', () => {
    const { packets, give } = world();
    give(0, 20, 2);
    expect(packets).toHaveLength(2);
    expect(unclosed.size).toBe(0);
  });

  it.each([1, 2])('closes all the same when %i channels cannot be encoded, says so, and goes on when they can', (channels) => {
    const { encoder, packets, errors, give } = world();
    codecs.broken = true;
    give(0, 30, channels);
    expect(packets).toEqual([]);
    expect(errors).toHaveLength(3);
    expect(encoder.isLive(550)).toBe(false);
    expect(unclosed.size).toBe(0);
    codecs.broken = false;
    give(30, 50, channels);
    expect(packets).toHaveLength(2);
  });
});
