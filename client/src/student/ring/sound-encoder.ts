import { FrameTimes } from './frame-times.js';

const bitrate = 16_000;
/** A jump in the microphone's own times by more than this, ms, means that samples are missing. */
const jumpMs = 50;

/** AudioEncoder's settings for what a microphone gives (WebCodecs' registry, Opus). */
export const soundConfig = (sampleRate: number): AudioEncoderConfig => ({ codec: 'opus', sampleRate, numberOfChannels: 1, bitrate });

/**
 * Turns a microphone's sound into Opus packets. A packet's time follows from how many samples came before it, put on the
 * worker's steady clock by their arrival: a sound card's clock is its own. ms.
 */
export class SoundEncoder {
  readonly #packet: (timeMs: number, data: Uint8Array) => void;
  readonly #failed: (error: unknown) => void;
  /** Short: a cheap sound card loses a millisecond in ten seconds. */
  readonly #times = new FrameTimes(10_000);
  #encoder: AudioEncoder | undefined;
  #sampleRate = 0;
  /** Of the sound since the encoder was made: what went in and what came out, ms. */
  #inMs = 0;
  #outMs = 0;
  #nextMs = 0;
  /** Time of the newest packet that came out. */
  #packetMs = -Infinity;

  /** @param packet hears of each packet and of the time of its first sample. @param failed hears of the encoder's errors */
  constructor(packet: (timeMs: number, data: Uint8Array) => void, failed: (error: unknown) => void) {
    this.#packet = packet;
    this.#failed = failed;
  }

  /** Whether sound came out of the encoder lately. */
  isLive(nowMs: number): boolean {
    return nowMs - this.#packetMs < 2_000;
  }

  /** Takes the data over. */
  data(data: AudioData, nowMs: number): void {
    let mono = data;
    try {
      const startMs = data.timestamp / 1_000;
      const lengthMs = (data.numberOfFrames / data.sampleRate) * 1_000;
      if (this.#encoder?.state !== 'configured' || data.sampleRate !== this.#sampleRate || Math.abs(startMs - this.#nextMs) > jumpMs) this.#begin(data.sampleRate);
      if (data.numberOfChannels > 1) mono = mixed(data);
      this.#inMs += lengthMs;
      this.#nextMs = startMs + lengthMs;
      this.#times.arrived(this.#inMs, nowMs);
      this.#encoder?.encode(mono);
    } catch (error) {
      this.#failed(error);
    } finally {
      mono.close();
      data.close();
    }
  }

  /** Resolves when all that went in has come out. */
  async close(): Promise<void> {
    const encoder = this.#encoder;
    this.#encoder = undefined;
    if (encoder?.state !== 'configured') return;
    await encoder.flush().catch(() => undefined);
    encoder.close();
  }

  #begin(sampleRate: number): void {
    // What is still in the old encoder, some milliseconds, is before the jump.
    if (this.#encoder && this.#encoder.state !== 'closed') this.#encoder.close();
    this.#times.reset();
    this.#sampleRate = sampleRate;
    this.#inMs = this.#outMs = 0;
    this.#encoder = new AudioEncoder({ output: (chunk) => this.#output(chunk), error: this.#failed });
    this.#encoder.configure(soundConfig(sampleRate));
  }

  #output(chunk: EncodedAudioChunk): void {
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.#packetMs = this.#times.at(this.#outMs);
    this.#packet(this.#packetMs, data);
    // 20 ms is what encoders make when nothing else is asked of them.
    this.#outMs += (chunk.duration ?? 20_000) / 1_000;
  }
}

/** All channels as one. */
function mixed(data: AudioData): AudioData {
  const { numberOfFrames, numberOfChannels, sampleRate, timestamp } = data;
  const sum = new Float32Array(numberOfFrames);
  const plane = new Float32Array(numberOfFrames);
  for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex++) {
    data.copyTo(plane, { planeIndex, format: 'f32-planar' });
    for (let i = 0; i < numberOfFrames; i++) sum[i] = (sum[i] ?? 0) + (plane[i] ?? 0) / numberOfChannels;
  }
  return new AudioData({ format: 'f32-planar', sampleRate, numberOfFrames, numberOfChannels: 1, timestamp, data: sum });
}
