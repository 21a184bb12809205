import { describe, expect, it } from 'vitest';
import { aboutText, nothingToSend, sendingText } from './sending-view.js';

describe('sendingText', () => {
  const view = { ...nothingToSend, sentBytes: 1_240_000, totalBytes: 3_400_000, totalMs: 121_000, leftBytes: 2_160_000, leftMs: 80_000 };
  it.each([
    ['sending', 'Sending what was kept on this computer: 1.2 of 3.4 MB, about 2 minutes.'],
    ['waiting', 'Kept on this computer: 2.2 MB, about 1 minute. The server is asked what it still needs.'],
    ['received', 'Everything has been received. You may close this page.'],
    ['idle', undefined],
  ] as const)('%s', (state, text) => expect(sendingText({ ...view, state })).toBe(text));
  it('is silent while nothing is left', () => expect(sendingText({ ...nothingToSend, state: 'waiting' })).toBeUndefined());
});

describe('aboutText', () => {
  it('is no more exact than it can be', () => expect([10_000, 40_000, 600_000].map(aboutText)).toEqual(['less than a minute', 'about 1 minute', 'about 10 minutes']));
});
