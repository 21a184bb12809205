import { describe, expect, it } from 'vitest';
import { nothingToSend, sendingText } from './sending-view.js';

describe('sendingText', () => {
  const view = { ...nothingToSend, sentBytes: 1_240_000, totalBytes: 3_400_000, restMs: 121_000, leftBytes: 2_160_000 };
  it.each([
    ['sending', 'Sending what was kept on this computer: 1.2 of 3.4 MB, about 2 minutes left.'],
    ['waiting', 'Part of the recording is kept on this computer (2.2 MB). The server is asked what it still needs.'],
    ['received', 'Everything has been received. You may close this page.'],
    ['idle', undefined],
  ] as const)('%s', (state, text) => expect(sendingText({ ...view, state })).toBe(text));
  it('leaves little to the bar, and seconds unsaid', () => {
    const little = { ...view, sentBytes: 50_000, totalBytes: 100_000, leftBytes: 50_000, restMs: 20_000 };
    expect(sendingText({ ...little, state: 'sending' })).toBe('Sending what was kept on this computer.');
    expect(sendingText({ ...little, restMs: null, state: 'sending' })).toBe('Sending what was kept on this computer.');
    expect(sendingText({ ...little, state: 'waiting' })).toBe('Part of the recording is kept on this computer. The server is asked what it still needs.');
  });
  it('is silent while nothing is left', () => expect(sendingText({ ...nothingToSend, state: 'waiting' })).toBeUndefined());
});
