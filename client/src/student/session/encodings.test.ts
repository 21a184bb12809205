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
  it('keeps each source inside its limits', () => {
    expect(encodingOf('screen', { width: 3840, height: 2160 })).toEqual({ maxBitrate: 300_000, maxFramerate: 5, scaleResolutionDownBy: 3, scalabilityMode: 'L1T1' });
    expect(encodingOf('webcam', { width: 640, height: 480 })).toMatchObject({ maxBitrate: 150_000, scaleResolutionDownBy: 2 });
    expect(encodingOf('webcam', {}).scaleResolutionDownBy).toBe(1);
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
