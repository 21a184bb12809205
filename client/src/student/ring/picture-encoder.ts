import { scaleDown } from '../session/encodings.js';
import { FrameTimes } from './frame-times.js';
import type { PieceCutter, Video } from './piece-cutter.js';

/** How one track's pictures are kept: sizes in pixels, rates in frames/s and bit/s. */
export interface PictureSettings {
  width: number;
  height: number;
  framerate: number;
  bitrate: number;
  codec: Video['codec'];
  /** A screen: it may stand still for long, and its text must stay readable. */
  screen: boolean;
}

/** What is kept of each track. */
export const pictureSettings = {
  webcam: { width: 320, height: 240, framerate: 5, bitrate: 60_000, codec: 'vp8', screen: false },
  screen: { width: 1280, height: 720, framerate: 1, bitrate: 60_000, codec: 'vp9', screen: true },
} as const satisfies Record<string, PictureSettings>;

/** Codec strings of WebCodecs' registry; VP9 profile 0, level 1, 8 bit. */
const codecs = { vp8: 'vp8', vp9: 'vp09.00.10.08' } as const;
/** A camera that gives nothing for so long is gone, ms. */
const cameraGoneMs = 2_000;
/** More frames than this in the encoder, and the next one is left out. */
const queued = 2;
/** A picture that stands still is encoded again as of so long ago, ms: one that is on its way may be older than now. */
const onItsWayMs = 200;

/** Encoder settings for frames of this size. */
export function encoderConfig({ codec, framerate, bitrate, screen, ...limit }: PictureSettings, width: number, height: number): VideoEncoderConfig {
  const scale = scaleDown(width, height, limit);
  const even = (length: number): number => Math.max(2, 2 * Math.round(length / scale / 2));
  return {
    codec: codecs[codec],
    width: even(width),
    height: even(height),
    framerate,
    bitrate,
    latencyMode: 'realtime',
    // The machine's own encoder is needed for what goes over the line, where there is one.
    hardwareAcceleration: 'prefer-software',
    ...(screen && { contentHint: 'text' }),
  };
}

/** The settings as this browser can do them: VP8 where there is no VP9. Undefined: neither. */
export async function supported(settings: PictureSettings): Promise<PictureSettings | undefined> {
  for (const codec of new Set([settings.codec, 'vp8'] as const)) {
    const tried = { ...settings, codec };
    const { supported: works } = await VideoEncoder.isConfigSupported(encoderConfig(tried, settings.width, settings.height)).catch(() => ({ supported: false }));
    if (works) return tried;
  }
  return undefined;
}

interface Held {
  frame: VideoFrame;
  timeMs: number;
  encoded: boolean;
}

/** Turns one track's frames into pictures of pieces. Times are of the worker's steady clock, ms. */
export class PictureEncoder {
  readonly #settings: PictureSettings;
  readonly #cutter: PieceCutter;
  readonly #pieceMs: number;
  readonly #wanted: () => boolean;
  readonly #times = new FrameTimes(60_000);
  #encoder: VideoEncoder | undefined;
  #video: Video | undefined;
  /** The newest frame: it may have to wait for its turn, or be needed again when nothing newer comes. */
  #held: Held | undefined;
  #encodedMs = -Infinity;
  #arrivedMs = -Infinity;
  #muted = false;

  /** @param pieceMs length of a piece. @param wanted whether there is room for a picture */
  constructor(settings: PictureSettings, cutter: PieceCutter, pieceMs: number, wanted: () => boolean) {
    this.#settings = settings;
    this.#cutter = cutter;
    this.#pieceMs = pieceMs;
    this.#wanted = wanted;
  }

  /** Whether there is a picture of now; a screen's may be old. */
  isLive(nowMs: number): boolean {
    return this.#held !== undefined && !this.#muted && (this.#settings.screen || nowMs - this.#arrivedMs < cameraGoneMs);
  }

  /** Takes the frame over. */
  frame(frame: VideoFrame, nowMs: number): void {
    this.#times.arrived(frame.timestamp / 1_000, nowMs);
    this.#arrivedMs = nowMs;
    this.#held?.frame.close();
    this.#held = { frame, timeMs: this.#times.at(frame.timestamp / 1_000), encoded: false };
    if (!this.#muted) this.#cutter.expectPictures(true, nowMs);
    this.#encodeDue(nowMs);
  }

  setMuted(muted: boolean, nowMs: number): void {
    this.#muted = muted;
    if (muted || this.#held) this.#cutter.expectPictures(!muted, nowMs);
  }

  /** To be called about once a second. */
  tick(nowMs: number): void {
    this.#encodeDue(nowMs);
    if (!this.isLive(nowMs)) this.#cutter.expectPictures(false, nowMs);
    else if (this.#settings.screen && this.#held?.encoded && nowMs - this.#encodedMs > this.#pieceMs) {
      this.#encode({ ...this.#held, timeMs: nowMs - onItsWayMs });
    }
  }

  /** The track is gone; another one begins with a clock of its own. */
  end(nowMs: number): void {
    this.#held?.frame.close();
    this.#held = undefined;
    this.#times.reset();
    this.#cutter.expectPictures(false, nowMs);
  }

  /** Resolves when all that was encoded has come out. */
  async close(): Promise<void> {
    if (this.#encoder?.state === 'configured') await this.#encoder.flush().catch(() => undefined);
    if (this.#encoder && this.#encoder.state !== 'closed') this.#encoder.close();
    this.#held?.frame.close();
    this.#encoder = this.#held = undefined;
  }

  #encodeDue(nowMs: number): void {
    const held = this.#held;
    if (!held || held.encoded || this.#muted) return;
    // A tenth earlier: cameras' frames do not come to the millisecond.
    if (nowMs - this.#encodedMs >= 900 / this.#settings.framerate) this.#encode(held);
  }

  #encode(held: Held): void {
    if (!this.#wanted()) return;
    const { frame } = held;
    const encoder = this.#encoderFor(frame);
    if (!encoder || !this.#video || encoder.encodeQueueSize > queued) return;
    const timeMs = Math.max(held.timeMs, this.#encodedMs + 1);
    const keyFrame = this.#cutter.needsKey(timeMs, this.#video);
    const timed = new VideoFrame(frame, { timestamp: Math.round(timeMs * 1_000) });
    try {
      encoder.encode(timed, { keyFrame });
    } finally {
      timed.close();
    }
    this.#encodedMs = timeMs;
    if (this.#held?.frame === frame) this.#held.encoded = true;
  }

  /** The encoder for frames of this size; made anew after an error. */
  #encoderFor({ displayWidth, displayHeight }: VideoFrame): VideoEncoder | undefined {
    const config = encoderConfig(this.#settings, displayWidth, displayHeight);
    const { width, height } = config;
    if (this.#encoder?.state !== 'configured') {
      this.#encoder = new VideoEncoder({ output: (chunk) => this.#output(chunk), error: () => undefined });
      this.#video = undefined;
    }
    if (this.#video?.width !== width || this.#video.height !== height) {
      this.#encoder.configure(config);
      this.#video = { codec: this.#settings.codec, width, height };
    }
    return this.#encoder;
  }

  #output(chunk: EncodedVideoChunk): void {
    if (!this.#video) return;
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.#cutter.picture({ key: chunk.type === 'key', timeMs: chunk.timestamp / 1_000, data, video: this.#video });
  }
}
