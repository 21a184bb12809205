import type { Source } from '@vigil/protocol';

/** What a producer carries: a source, or the measurement of the uplink. */
export type Sent = Source | 'probe';

/** What one picture may take: sizes in pixels, rates in frames/s and bit/s. */
export interface PictureLimit {
  width: number;
  height: number;
  maxFramerate: number;
  maxBitrate: number;
}

/** How much leaves the browser; null: nothing, the browser's own recording is sent later instead. */
export interface UplinkStep {
  /** For the attempt's history. */
  words: string;
  webcam: PictureLimit | null;
  screen: PictureLimit | null;
  microphone: { maxBitrate: number } | null;
}

const camera = (width: number, height: number, maxFramerate: number, maxBitrate: number): PictureLimit => ({ width, height, maxFramerate, maxBitrate });
const screen = (maxFramerate: number, maxBitrate: number): PictureLimit => ({ width: 1280, height: 720, maxFramerate, maxBitrate });

/** From the most to nothing: first the screen gets slower, then the camera smaller, then there are stills with sound. */
export const uplinkSteps: readonly UplinkStep[] = [
  { words: 'full picture', webcam: camera(320, 240, 12, 110_000), screen: screen(5, 250_000), microphone: { maxBitrate: 20_000 } },
  { words: 'slower screen', webcam: camera(320, 240, 12, 100_000), screen: screen(2, 110_000), microphone: { maxBitrate: 20_000 } },
  { words: 'smaller camera picture', webcam: camera(240, 180, 7, 50_000), screen: screen(1, 70_000), microphone: { maxBitrate: 16_000 } },
  { words: 'stills and sound', webcam: camera(240, 180, 2, 20_000), screen: screen(0.5, 40_000), microphone: { maxBitrate: 16_000 } },
  { words: 'kept on the student’s computer, sent later', webcam: null, screen: null, microphone: null },
];
/** Where an institution's low-data mode begins: the steps above are not used. */
export const lowDataStep = 2;
/** The one that sends nothing at once. */
export const lastStep = uplinkSteps.length - 1;

/** What the measurement of the uplink sends. */
export const probeLimit: PictureLimit = camera(320, 240, 15, 1_200_000);

/** Most bits a second of a step, headers included. */
export const bitrateOf = ({ webcam, screen: shared, microphone }: UplinkStep): number =>
  1.1 * ((webcam?.maxBitrate ?? 0) + (shared?.maxBitrate ?? 0) + (microphone?.maxBitrate ?? 0));

/** How far a picture is scaled down to fit into the limit whichever way it is turned; 1 or more. */
export function scaleDown(width: number, height: number, limit: { width: number; height: number }): number {
  const long = Math.max(width, height) / limit.width;
  const short = Math.min(width, height) / limit.height;
  return Math.max(1, long, short);
}

/** One encoding: the SFU records what arrives, and simulcast would only be sent in vain. @param track the size of what is captured */
export function encodingOf(
  limit: PictureLimit,
  { width, height }: { width?: number; height?: number },
): { maxBitrate: number; maxFramerate: number; scaleResolutionDownBy: number } {
  return {
    maxBitrate: limit.maxBitrate,
    maxFramerate: limit.maxFramerate,
    scaleResolutionDownBy: scaleDown(width ?? 0, height ?? 0, limit),
  };
}

/** VP9 draws text at half of VP8's bitrate; only Chromium's encoder has its screen mode, so others send VP8. */
export const mimeTypeOf = (sent: Sent, chromium: boolean): string => {
  if (sent === 'microphone') return 'audio/opus';
  return sent === 'screen' && chromium ? 'video/VP9' : 'video/VP8';
};
