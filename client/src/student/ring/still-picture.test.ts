import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { frameAt, stubCodecs, unclosed } from './fake-codecs.js';
import { StillPicture } from './still-picture.js';

beforeEach(stubCodecs);
afterEach(() => vi.unstubAllGlobals());

describe('StillPicture', () => {
  it('gives copies of the frame, and holds none', async () => {
    const still = new StillPicture();
    expect(still.at(1)).toBeUndefined();
    await still.take(frameAt(0));
    expect(unclosed.size).toBe(0);
    const copy = still.at(7_000);
    expect(copy?.timestamp).toBe(7_000);
    copy?.close();
    expect(unclosed.size).toBe(0);
  });

  it('has none after a frame that cannot be copied', async () => {
    const still = new StillPicture();
    await still.take(frameAt(0));
    await still.take(Object.assign(frameAt(1), { copyTo: () => Promise.reject(new DOMException('gone', 'OperationError')) }));
    expect(still.at(1)).toBeUndefined();
    expect(unclosed.size).toBe(0);
  });

  it('forgets a source that is gone, also while its frame is being copied', async () => {
    const still = new StillPicture();
    const taken = still.take(frameAt(0));
    still.forget();
    await taken;
    expect(still.at(1)).toBeUndefined();
    expect(unclosed.size).toBe(0);
  });
});
