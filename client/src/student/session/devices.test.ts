import { describe, expect, it } from 'vitest';
import { browserDevices, deviceReason } from './devices.js';

const shareOf = (displaySurface: string | undefined) => {
  const track = { getSettings: () => ({ displaySurface }), stopped: false, contentHint: '', stop: () => void (track.stopped = true) };
  const media = { getDisplayMedia: () => Promise.resolve({ getTracks: () => [track] }) } as unknown as MediaDevices;
  return { track, devices: browserDevices(media) };
};

describe('openScreen', () => {
  it.each(['window', 'browser'])('refuses a %s, and stops it, where the whole screen is asked', async (surface) => {
    const { track, devices } = shareOf(surface);
    await expect(devices.openScreen(true)).rejects.toMatchObject({ reason: 'wrong-surface' });
    expect(track.stopped).toBe(true);
  });
  it('takes a window where the rules allow it', async () => {
    const { track, devices } = shareOf('window');
    expect((await devices.openScreen(false)).surface).toBe('window');
    expect(track.stopped).toBe(false);
  });
  it('takes the share of a browser that does not say what it is', async () => {
    expect((await shareOf(undefined).devices.openScreen(true)).surface).toBe('unknown');
  });
});

describe('a device that cannot be had', () => {
  it('has a reason', async () => {
    expect(deviceReason('NotAllowedError')).toBe('refused');
    expect(deviceReason('NotFoundError')).toBe('missing');
    expect(deviceReason('NotReadableError')).toBe('busy');
    expect(deviceReason('Whatever')).toBe('other');
    await expect(browserDevices(undefined).openCamera()).rejects.toMatchObject({ reason: 'unsupported' });
    const denied = Object.assign(new Error('no'), { name: 'NotAllowedError' });
    const media = { getUserMedia: () => Promise.reject(denied) } as unknown as MediaDevices;
    await expect(browserDevices(media).openMicrophone()).rejects.toMatchObject({ reason: 'refused' });
  });
});
