import { describe, expect, it } from 'vitest';
import { encodingOf, mimeTypeOf, scaleDown } from './encodings.js';

describe('scaleDown', () => {
  const limit = { width: 1280, height: 720 };
  it.each([
    [3840, 2160, 3],
    [1280, 720, 1],
    [640, 480, 1],
    [1920, 1200, 1200 / 720],
    [2560, 1080, 2],
    [1080, 1920, 1.5],
    [0, 0, 1],
  ])('%i × %i by %f', (width, height, factor) => {
    expect(scaleDown(width, height, limit)).toBeCloseTo(factor, 10);
  });
});

describe('encodingOf', () => {
  it('keeps a picture inside its limit', () => {
    const limit = { width: 1280, height: 720, maxFramerate: 5, maxBitrate: 250_000 };
    expect(encodingOf(limit, { width: 3840, height: 2160 })).toEqual({ maxBitrate: 250_000, maxFramerate: 5, scaleResolutionDownBy: 3 });
    expect(encodingOf(limit, {}).scaleResolutionDownBy).toBe(1);
  });
});

describe('mimeTypeOf', () => {
  it('takes VP9 for the screen of Chromium only', () => {
    expect(mimeTypeOf('screen', true)).toBe('video/VP9');
    expect(mimeTypeOf('screen', false)).toBe('video/VP8');
    expect(mimeTypeOf('webcam', true)).toBe('video/VP8');
    expect(mimeTypeOf('microphone', true)).toBe('audio/opus');
  });
});
