import { expect, it } from 'vitest';
import { readLadderSample } from './uplink-sample.js';

const stats = (...entries: object[]): [string, unknown][] => entries.map((entry, index) => [String(index), entry]);

it('takes the worst source, and the path that is in use', () => {
  expect(
    readLadderSample(
      stats(
        { type: 'outbound-rtp', kind: 'video', qualityLimitationReason: 'none' },
        { type: 'outbound-rtp', kind: 'video', qualityLimitationReason: 'bandwidth' },
        { type: 'remote-inbound-rtp', fractionLost: 0.02 },
        { type: 'remote-inbound-rtp', fractionLost: 0.2 },
        { type: 'candidate-pair', nominated: false, availableOutgoingBitrate: 1, currentRoundTripTime: 9 },
        { type: 'candidate-pair', nominated: true, availableOutgoingBitrate: 180_000, currentRoundTripTime: 0.04 },
      ),
    ),
  ).toEqual({ availableBitrate: 180_000, fractionLost: 0.2, roundTripMs: 40, limited: true });
});

it('knows nothing where the browser tells nothing', () => {
  expect(readLadderSample(stats({ type: 'candidate-pair', nominated: true }))).toBeUndefined();
  expect(readLadderSample(stats({ type: 'outbound-rtp' }))).toEqual({ availableBitrate: undefined, fractionLost: undefined, roundTripMs: undefined, limited: false });
});
