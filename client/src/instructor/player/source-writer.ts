import type { IndexedSegment } from './segment-index.js';
import { toMediaSeconds } from './media-time.js';
import { outside, rangesOf, type Range } from './ranges.js';

/** Longer than any attempt, so that one which is still being recorded needs no change. Seconds. */
const DURATION_S = 100 * 3_600;

/**
 * One MediaSource on one media element, with one SourceBuffer. Its operations wait for each other, because a
 * SourceBuffer takes one at a time (Media Source Extensions, 3.5.5).
 */
export class SourceWriter {
  readonly run: string;
  #buffer: SourceBuffer | undefined;
  #mimeType: string;
  #tail: Promise<void>;
  #url: string;
  #source = new MediaSource();
  #closed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    first: IndexedSegment,
  ) {
    this.run = first.run;
    this.#mimeType = first.mimeType;
    this.#url = URL.createObjectURL(this.#source);
    video.src = this.#url;
    this.#tail = once(this.#source, 'sourceopen').then(() => {
      if (this.#closed) return;
      this.#source.duration = DURATION_S;
      this.#buffer = this.#source.addSourceBuffer(first.mimeType);
    });
    // Whoever writes next sees the failure.
    this.#tail.catch(() => undefined);
  }

  /** What is loaded, in the attempt's time. */
  get buffered(): Range[] {
    // Reading a detached SourceBuffer throws.
    return this.#buffer && this.#attached ? rangesOf(this.#buffer.buffered) : [];
  }

  /** Makes ready for a segment's first byte; whatever was half read of another one is thrown away. */
  begin(segment: IndexedSegment): Promise<void> {
    return this.#do((buffer) => {
      // What has been ended is opened again by the next line that sets something.
      if (this.#source.readyState === 'open') buffer.abort();
      if (segment.mimeType !== this.#mimeType) {
        buffer.changeType(segment.mimeType);
        this.#mimeType = segment.mimeType;
      }
      buffer.mode = 'segments';
      buffer.timestampOffset = toMediaSeconds(segment.zeroMs);
      // The window must never be empty, not even between these lines.
      buffer.appendWindowEnd = Infinity;
      // Of a segment that goes on after a later piece: what lies before comes from that piece. The segment has a key frame there.
      buffer.appendWindowStart = segment.zeroMs < segment.fromMs ? toMediaSeconds(segment.fromMs) : 0;
      // A frame that reaches into the next segment would throw out that one's key frame.
      buffer.appendWindowEnd = toMediaSeconds(segment.nextMs);
    });
  }

  /** @throws {DOMException} `QuotaExceededError` when the browser's memory for this is full, `EncodingError` when it cannot read the bytes */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#do((buffer) => buffer.appendBuffer(bytes));
  }

  /** Forgets what lies outside of a window. */
  evict(keep: Range): Promise<void> {
    return this.#do(async (buffer) => {
      for (const { fromMs, toMs } of outside(rangesOf(buffer.buffered), keep)) {
        buffer.remove(toMediaSeconds(fromMs), toMediaSeconds(toMs));
        await settled(buffer);
      }
    });
  }

  /**
   * Says that nothing comes after what is loaded. Without it a browser waits for a few frames more, and never shows
   * the last seconds before a gap when it is sent there (measured: the last 4 frames).
   */
  end(): void {
    if (this.#source.readyState === 'open' && this.#buffer && !this.#buffer.updating) this.#source.endOfStream();
  }

  /** Lets go of the media element. */
  close(): void {
    this.#closed = true;
    URL.revokeObjectURL(this.#url);
    this.video.removeAttribute('src');
    this.video.load();
  }

  get #attached(): boolean {
    return this.#source.readyState !== 'closed' && !this.#closed;
  }

  #do(act: (buffer: SourceBuffer) => void | Promise<void>): Promise<void> {
    const done = this.#tail.then(async () => {
      if (!this.#buffer || !this.#attached) throw new DOMException('detached', 'InvalidStateError');
      await act(this.#buffer);
      await settled(this.#buffer);
    });
    this.#tail = done.catch(() => undefined);
    return done;
  }
}

function once(target: EventTarget, type: string): Promise<void> {
  return new Promise((resolve) => target.addEventListener(type, () => resolve(), { once: true }));
}

/** Resolves when the operation under way is done. @throws {DOMException} `EncodingError` when the bytes cannot be read */
function settled(buffer: SourceBuffer): Promise<void> {
  if (!buffer.updating) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = ({ type }: Event): void => {
      buffer.removeEventListener('error', end);
      buffer.removeEventListener('updateend', end);
      if (type === 'error') reject(new DOMException('the browser cannot read this segment', 'EncodingError'));
      else resolve();
    };
    buffer.addEventListener('error', end);
    buffer.addEventListener('updateend', end);
  });
}
