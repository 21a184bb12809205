import { scaleDown } from '../session/encodings.js';
import { FrameTimes } from './frame-times.js';
import type { PieceCutter, Video } from './piece-cutter.js';
import { pieceMs } from './piece-shelf.js';
import { StillPicture } from './still-picture.js';

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
/** So long a new source may take to give its first frame, ms. */
const firstFrameWithinMs = 1_000;
/** The first frames wait in queues while all begins; their times are known only when quicker ones have come. ms */
const settlingMs = 300;
/** More frames than this in the encoder, and the next one is left out. */
const queued = 2;
/** What went into the encoder has come out again after so long, ms; of a screen that stands still there is a picture for each piece. */
const outWithinMs = 3_000;
/** A picture that stands still is encoded again as of so long ago, ms: one that is on its way may be older than now. */
const onItsWayMs = 200;

const toMicroseconds = (ms: number): number => Math.round(ms * 1_000);

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
  try {
    for (const codec of new Set([settings.codec, 'vp8'] as const)) {
      const tried = { ...settings, codec };
      if ((await VideoEncoder.isConfigSupported(encoderConfig(tried, settings.width, settings.height))).supported) return tried;
    }
  } catch {
    // There is no such encoder at all.
  }
  return undefined;
}

/** Turns one track's frames into pictures of pieces. Times are of the worker's steady clock, ms. */
export class PictureEncoder {
  readonly #settings: PictureSettings;
  readonly #cutter: PieceCutter;
  readonly #wanted: () => boolean;
  readonly #failed: (error: unknown) => void;
  readonly #times = new FrameTimes(60_000);
  readonly #still = new StillPicture();
  #encoder: VideoEncoder | undefined;
  #video: Video | undefined;
  /** A screen's newest frame, which waits for its turn, a second at most. */
  #next: VideoFrame | undefined;
  #encodedMs = -Infinity;
  /** Time of the newest picture that came out of the encoder. */
  #outMs = -Infinity;
  /** When the newest frame came, and when the source did. */
  #arrivedMs = -Infinity;
  #sinceMs = Infinity;
  #firstMs = Infinity;
  #muted = false;

  /** @param wanted whether there is room for a picture. @param failed hears of the encoder's errors */
  constructor(settings: PictureSettings, cutter: PieceCutter, wanted: () => boolean, failed: (error: unknown) => void) {
    this.#settings = settings;
    this.#cutter = cutter;
    this.#wanted = wanted;
    this.#failed = failed;
  }

  /** Whether there is a picture of now; a screen's may be old. */
  isLive(nowMs: number): boolean {
    return !this.#muted && this.#arrivedMs >= this.#sinceMs && (this.#settings.screen || nowMs - this.#arrivedMs < cameraGoneMs);
  }

  /** Whether pictures of now are in pieces, and not only frames before an encoder. */
  isKept(nowMs: number): boolean {
    return this.isLive(nowMs) && nowMs - this.#outMs < outWithinMs + (this.#settings.screen ? pieceMs.screen : 0);
  }

  /** Frames are about to come; sound waits a moment for them. */
  begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#outMs = -Infinity;
    this.#arrivedMs = -Infinity;
    this.#firstMs = Infinity;
    if (!this.#muted) this.#cutter.expectPictures(true, nowMs);
  }

  /** Takes the frame over. */
  frame(frame: VideoFrame, nowMs: number): void {
    this.#times.arrived(frame.timestamp / 1_000, nowMs);
    this.#arrivedMs = nowMs;
    this.#firstMs = Math.min(this.#firstMs, nowMs);
    if (!this.#muted) this.#cutter.expectPictures(true, nowMs);
    this.#next?.close();
    this.#next = frame;
    this.#encodeNext(nowMs);
    // Of a camera the next one comes soon.
    if (!this.#settings.screen) this.#dropNext();
  }

  setMuted(muted: boolean, nowMs: number): void {
    this.#muted = muted;
    if (muted || this.#arrivedMs >= this.#sinceMs) this.#cutter.expectPictures(!muted, nowMs);
  }

  /** To be called about once a second. */
  tick(nowMs: number): void {
    this.#encodeNext(nowMs);
    if (!this.isLive(nowMs)) {
      if (nowMs - this.#sinceMs > firstFrameWithinMs) this.#cutter.expectPictures(false, nowMs);
      return;
    }
    const timeMs = nowMs - onItsWayMs;
    // A screen that stands still gives no frame that could end a piece.
    if (this.#settings.screen && this.#wanted() && this.#cutter.isDue(timeMs)) {
      const still = this.#still.at(toMicroseconds(timeMs));
      if (still) this.#encode(still, timeMs);
      still?.close();
    }
  }

  /** The track is gone; another one begins with a clock of its own. */
  end(nowMs: number): void {
    this.#dropNext();
    this.#still.forget();
    this.#times.reset();
    this.#sinceMs = Infinity;
    this.#cutter.expectPictures(false, nowMs);
  }

  /** Resolves when all that was encoded has come out. */
  async close(): Promise<void> {
    this.#dropNext();
    this.#still.forget();
    const encoder = this.#encoder;
    this.#encoder = undefined;
    if (encoder?.state !== 'configured') return;
    await encoder.flush().catch(() => undefined);
    encoder.close();
  }

  #dropNext(): void {
    this.#next?.close();
    this.#next = undefined;
  }

  #encodeNext(nowMs: number): void {
    const next = this.#next;
    if (nowMs - this.#firstMs < settlingMs) return;
    // A tenth earlier: cameras' frames do not come to the millisecond.
    if (!next || this.#muted || nowMs - this.#encodedMs < 900 / this.#settings.framerate) return;
    const timeMs = Math.max(this.#times.at(next.timestamp / 1_000), this.#encodedMs + 1);
    const timed = new VideoFrame(next, { timestamp: toMicroseconds(timeMs) });
    const encoded = this.#encode(timed, timeMs);
    timed.close();
    if (!encoded) return;
    this.#next = undefined;
    if (this.#settings.screen) void this.#still.take(next);
    else next.close();
  }

  /** @returns whether there was room for it, and the encoder took it. */
  #encode(frame: VideoFrame, timeMs: number): boolean {
    if (!this.#wanted()) return false;
    try {
      const encoder = this.#encoderFor(frame);
      if (!this.#video || encoder.encodeQueueSize > queued) return false;
      encoder.encode(frame, { keyFrame: this.#cutter.needsKey(timeMs, this.#video) });
    } catch (error) {
      this.#failed(error);
      return false;
    }
    this.#encodedMs = timeMs;
    return true;
  }

  /** The encoder for frames of this size; made anew after an error. */
  #encoderFor({ displayWidth, displayHeight }: VideoFrame): VideoEncoder {
    const config = encoderConfig(this.#settings, displayWidth, displayHeight);
    const { width, height } = config;
    if (this.#encoder?.state !== 'configured') {
      this.#encoder = new VideoEncoder({ output: (chunk) => this.#output(chunk), error: this.#failed });
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
    this.#outMs = chunk.timestamp / 1_000;
    this.#cutter.picture({ key: chunk.type === 'key', timeMs: this.#outMs, data, video: this.#video });
  }
}
