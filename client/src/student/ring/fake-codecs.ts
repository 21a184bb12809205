import { vi } from 'vitest';

/** Frames and sound that somebody has not closed yet. */
export const unclosed = new Set<object>();

class Closable {
  constructor() {
    unclosed.add(this);
  }
  close(): void {
    unclosed.delete(this);
  }
}

/** A picture without pixels. */
class FakeFrame extends Closable {
  readonly timestamp: number;
  readonly format = 'I420';
  readonly displayWidth = 640;
  readonly displayHeight = 480;
  readonly visibleRect = null;
  constructor(_of: unknown, { timestamp }: { timestamp: number }) {
    super();
    this.timestamp = timestamp;
  }
  allocationSize = (): number => 1;
  copyTo = (): Promise<PlaneLayout[]> => Promise.resolve([]);
}

/** Sound without samples, 10 ms. */
class FakeSound extends Closable {
  readonly sampleRate = 48_000;
  readonly numberOfFrames = 480;
  readonly timestamp: number;
  readonly numberOfChannels: number;
  constructor({ timestamp, numberOfChannels }: { timestamp: number; numberOfChannels: number }) {
    super();
    this.timestamp = timestamp;
    this.numberOfChannels = numberOfChannels;
  }
  copyTo(): void {
    if (codecs.broken) throw new DOMException('cannot be copied', 'NotSupportedError');
  }
}

/** How encoders behave. */
export const codecs = { broken: false };

/** An encoder that gives a byte for all that goes in, at once. */
class FakeEncoder {
  static isConfigSupported = (): Promise<{ supported: boolean }> => Promise.resolve({ supported: true });
  state: CodecState = 'unconfigured';
  readonly encodeQueueSize = 0;
  readonly #init: { output: (chunk: unknown) => void; error: (error: Error) => void };
  constructor(init: { output: (chunk: unknown) => void; error: (error: Error) => void }) {
    this.#init = init;
  }
  configure(): void {
    this.state = 'configured';
  }
  encode({ timestamp }: { timestamp: number }, options?: { keyFrame: boolean }): void {
    if (codecs.broken) {
      this.state = 'closed';
      this.#init.error(new DOMException('the encoder broke', 'EncodingError'));
    } else this.#init.output({ type: options?.keyFrame ? 'key' : 'delta', timestamp, duration: 10_000, byteLength: 1, copyTo: () => undefined });
  }
  flush = (): Promise<void> => Promise.resolve();
  close(): void {
    this.state = 'closed';
  }
}

/** Puts WebCodecs' globals in place, as far as the ring uses them; `vi.unstubAllGlobals` takes them away. */
export function stubCodecs(): void {
  codecs.broken = false;
  unclosed.clear();
  for (const [name, fake] of Object.entries({ VideoFrame: FakeFrame, AudioData: FakeSound, VideoEncoder: FakeEncoder, AudioEncoder: FakeEncoder })) vi.stubGlobal(name, fake);
}

/** A frame of that time, ms. */
export const frameAt = (ms: number): VideoFrame => new FakeFrame(undefined, { timestamp: ms * 1_000 }) as unknown as VideoFrame;

/** 10 ms of sound of that time, ms. */
export const soundAt = (ms: number, numberOfChannels = 1): AudioData => new FakeSound({ timestamp: ms * 1_000, numberOfChannels }) as unknown as AudioData;
