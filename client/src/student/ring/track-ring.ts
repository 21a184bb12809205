import type { Source, Track } from '@vigil/protocol';
import { PictureEncoder, type PictureSettings } from './picture-encoder.js';
import { PieceCutter, type BeginPiece } from './piece-cutter.js';
import { pieceMs } from './piece-shelf.js';
import { SoundEncoder } from './sound-encoder.js';

/** What comes from a source, as `MediaStreamTrackProcessor` gives it. */
export type SourceStream = ReadableStream<VideoFrame | AudioData>;

/** Sources were being recorded up to so long ago, ms; what is newer may still be in an encoder. */
const onItsWayMs = 200;

/** What a track's ring is made of. */
export interface TrackRingParts {
  track: Track;
  pictures: PictureSettings;
  begin: BeginPiece;
  /** Whether there is room for more. */
  wanted: () => boolean;
  /** The worker's steady clock, ms. */
  now: () => number;
  /** An encoder cannot do it. */
  failed: (error: unknown) => void;
}

/** Records the sources of one track into pieces: webcam with microphone, or the screen. */
export class TrackRing {
  readonly #parts: TrackRingParts;
  readonly #cutter: PieceCutter;
  readonly #pictures: PictureEncoder;
  readonly #sound: SoundEncoder;
  readonly #readers = new Map<Source, ReadableStreamDefaultReader<VideoFrame | AudioData>>();
  #heard = false;
  #micMuted = false;

  constructor(parts: TrackRingParts) {
    this.#parts = parts;
    this.#cutter = new PieceCutter(pieceMs[parts.track], parts.begin);
    this.#pictures = new PictureEncoder(parts.pictures, this.#cutter, parts.wanted, parts.failed);
    this.#sound = new SoundEncoder((timeMs, data) => this.#cutter.sound(timeMs, data), parts.failed);
  }

  /** Sources of which something is encoded at the moment. */
  get live(): Source[] {
    const now = this.#parts.now();
    return [...this.#readers.keys()].filter((source) => (source === 'microphone' ? !this.#micMuted && this.#sound.isLive(now) : this.#pictures.isKept(now)));
  }

  /** Records this from now on in place of what the source gave before; undefined: it is gone. */
  setSource(source: Source, stream: SourceStream | undefined): void {
    this.#drop(source);
    if (!stream) return;
    if (source !== 'microphone') this.#pictures.begin(this.#parts.now());
    const reader = stream.getReader();
    this.#readers.set(source, reader);
    void this.#read(source, reader);
  }

  setMuted(source: Source, muted: boolean): void {
    if (source !== 'microphone') this.#pictures.setMuted(muted, this.#parts.now());
    else if (muted !== this.#micMuted) this.#muteMicrophone(muted);
  }

  /** To be called about once a second. */
  tick(): void {
    const now = this.#parts.now();
    const heard = !this.#micMuted && this.#sound.isLive(now);
    // A piece with sound claims that there was sound up to its end.
    if (this.#heard && !heard) this.#cutter.cutSoon(now);
    this.#heard = heard;
    this.#pictures.tick(now);
    this.#cutter.tick(now);
    if (this.live.length) this.#cutter.alive(now - onItsWayMs);
  }

  /** Ends the current piece soon: it has become too large. */
  cutSoon(): void {
    this.#cutter.cutSoon(this.#parts.now());
  }

  /** Ends the current piece at once: times before and after do not belong together. */
  cutNow(): void {
    this.#cutter.cutNow();
  }

  /** Ends the recording, and all pieces. Resolves when the encoders have given out what they had. */
  async end(): Promise<void> {
    for (const reader of this.#readers.values()) reader.cancel().catch(() => undefined);
    this.#readers.clear();
    await Promise.all([this.#pictures.close(), this.#sound.close()]);
    this.#cutter.end();
  }

  async #read(source: Source, reader: ReadableStreamDefaultReader<VideoFrame | AudioData>): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        if (this.#readers.get(source) !== reader || ('numberOfFrames' in value && this.#micMuted)) value.close();
        else if ('numberOfFrames' in value) this.#sound.data(value, this.#parts.now());
        else this.#pictures.frame(value, this.#parts.now());
      }
    } catch {
      // As at its end: the source gives nothing more.
    }
    if (this.#readers.get(source) === reader) this.#drop(source);
  }

  /** What a muted microphone gives is not recorded: its silence would pass for what was to be heard. */
  #muteMicrophone(muted: boolean): void {
    this.#micMuted = muted;
    this.#heard = false;
    // What is still in the encoder belongs to the piece that ends; sound that begins does not belong to a piece without.
    if (muted) this.#cutter.cutSoon(this.#parts.now());
    else this.#cutter.cutNow();
  }

  #drop(source: Source): void {
    const reader = this.#readers.get(source);
    if (!reader) return;
    this.#readers.delete(source);
    reader.cancel().catch(() => undefined);
    const now = this.#parts.now();
    if (source === 'microphone') this.#cutter.cutSoon(now);
    else this.#pictures.end(now);
  }
}
