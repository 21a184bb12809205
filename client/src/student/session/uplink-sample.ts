import type { LadderSample } from './uplink-ladder.js';

/** One look at all that is sent (W3C webrtc-stats), without what the session itself knows. Undefined before anything was sent. */
export function readLadderSample(stats: Iterable<[string, unknown]>): Omit<LadderSample, 'atMs' | 'kept'> | undefined {
  let sent = false;
  const sample: Omit<LadderSample, 'atMs' | 'kept'> = {
    availableBitrate: undefined,
    fractionLost: undefined,
    roundTripMs: undefined,
    limited: false,
  };
  for (const [, value] of stats) {
    const entry = value as Record<string, unknown>;
    const number = (name: string): number | undefined => (typeof entry[name] === 'number' ? entry[name] : undefined);
    if (entry.type === 'outbound-rtp') {
      sent = true;
      if (entry.qualityLimitationReason === 'bandwidth') sample.limited = true;
    } else if (entry.type === 'remote-inbound-rtp') {
      const lost = number('fractionLost');
      // The worst of the sources: each has its own packets.
      if (lost !== undefined) sample.fractionLost = Math.max(lost, sample.fractionLost ?? 0);
    } else if (entry.type === 'candidate-pair' && entry.nominated === true) {
      sample.availableBitrate = number('availableOutgoingBitrate');
      const trip = number('currentRoundTripTime');
      if (trip !== undefined) sample.roundTripMs = trip * 1_000;
    }
  }
  return sent ? sample : undefined;
}
