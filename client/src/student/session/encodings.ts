import type { Source } from '@vigil/protocol';

/** What a producer carries: a source, or the measurement of the uplink. */
export type Sent = Source | 'probe';

/** Size and rate that leave the browser; sizes in pixels, rates in bit/s and frames/s. */
export const limits = {
  webcam: { width: 320, height: 240, maxFramerate: 15, maxBitrate: 150_000 },
  screen: { width: 1280, height: 720, maxFramerate: 5, maxBitrate: 300_000 },
  probe: { width: 320, height: 240, maxFramerate: 15, maxBitrate: 1_200_000 },
  microphone: { maxBitrate: 24_000 },
} as const;

/** How far a picture is scaled down to fit into the limit whichever way it is turned; 1 or more. */
export function scaleDown(width: number, height: number, limit: { width: number; height: number }): number {
  const long = Math.max(width, height) / limit.width;
  const short = Math.min(width, height) / limit.height;
  return Math.max(1, long, short);
}

/** One encoding: the SFU records what arrives, and simulcast would only be sent in vain. */
export function encodingOf(
  sent: Exclude<Sent, 'microphone'>,
  { width, height }: { width?: number; height?: number },
): { maxBitrate: number; maxFramerate: number; scaleResolutionDownBy: number; scalabilityMode: 'L1T1' } {
  const limit = limits[sent];
  return {
    maxBitrate: limit.maxBitrate,
    maxFramerate: limit.maxFramerate,
    scaleResolutionDownBy: scaleDown(width ?? 0, height ?? 0, limit),
    scalabilityMode: 'L1T1',
  };
}

/** VP9 draws text at half of VP8's bitrate; only Chromium's encoder has its screen mode, so others send VP8. */
export const mimeTypeOf = (sent: Sent, chromium: boolean): string => {
  if (sent === 'microphone') return 'audio/opus';
  return sent === 'screen' && chromium ? 'video/VP9' : 'video/VP8';
};
