import type { Source } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { types } from 'mediasoup';

/** What a router takes: VP8 and VP9 profile 0 (every browser has one of them), and Opus. */
export const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90_000, parameters: { 'profile-id': 0 } },
];

/**
 * What the recorder's side of a router consumes. Without transport-cc, REMB, NACK and RTX the worker keeps no
 * retransmission buffer and runs no bandwidth estimator for it, which saves a third of its time.
 */
export function tapCapabilities(router: types.RtpCapabilities): types.RtpCapabilities {
  const codecs = (router.codecs ?? [])
    .filter(({ mimeType }) => !mimeType.endsWith('/rtx'))
    .map((codec) => ({
      ...codec,
      rtcpFeedback: codec.kind === 'video' ? [{ type: 'nack', parameter: 'pli' }] : [],
    }));
  return { codecs, headerExtensions: [] };
}

/** The kind of media that a source sends; a probe may send either. */
export function checkKind(source: Source | 'probe', kind: types.MediaKind): void {
  if (source !== 'probe' && kind !== (source === 'microphone' ? 'audio' : 'video'))
    throw new VigilError('badInput', `A ${source} cannot send ${kind}.`);
}
