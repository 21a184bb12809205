import type { Source, Track } from '@vigil/protocol';
import type { WebmPart } from './messages.js';
import { pieceMs } from './piece-shelf.js';
import { pictureSettings } from './picture-encoder.js';

/** How often data is given out, ms: a crash loses no more. */
const sliceMs = 1_000;
const soundBitrate = 16_000;

/** What the feed needs of a browser. */
export interface RecorderScope {
  makeRecorder: (tracks: MediaStreamTrack[], options: MediaRecorderOptions) => MediaRecorder;
  isTypeSupported: (type: string) => boolean;
  /** The window's steady clock, ms. */
  now: () => number;
  /** Calls back after `ms`; the result takes that back. */
  after: (ms: number, act: () => void) => () => void;
}

/** The real browser. */
export const recorderScope = (): RecorderScope => ({
  makeRecorder: (tracks, options) => new MediaRecorder(new MediaStream(tracks), options),
  isTypeSupported: (type) => MediaRecorder.isTypeSupported(type),
  now: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
});

/** VP9 where there is a choice: as a recorder's codec it costs less than VP8 does, for some reason. */
function typeFor(video: boolean, audio: boolean, isSupported: (type: string) => boolean): string | undefined {
  const sound = audio ? ['opus'] : [];
  const types = video
    ? ['vp9', 'vp8'].map((codec) => `video/webm;codecs=${[codec, ...sound].join(',')}`).concat('video/webm')
    : ['audio/webm;codecs=opus', 'audio/webm'];
  return types.find(isSupported);
}

/**
 * Records one track's sources with MediaRecorder, a file a piece: for browsers that give no frames. The next file begins
 * before the last one ends, so that nothing is lost between them.
 */
export class RecorderFeed {
  readonly #track: Track;
  readonly #scope: RecorderScope;
  readonly #out: (part: WebmPart) => void;
  readonly #clones = new Map<Source, MediaStreamTrack>();
  #recorder: MediaRecorder | undefined;
  #files: number;
  #takeBack: () => void = () => undefined;
  /** Files of which something is still to come. */
  readonly #open = new Set<Promise<void>>();

  /** @param firstFile files of all feeds must have numbers of their own */
  constructor(track: Track, scope: RecorderScope, out: (part: WebmPart) => void, firstFile = 0) {
    this.#track = track;
    this.#scope = scope;
    this.#out = out;
    this.#files = firstFile;
  }

  /** Records this track from now on in place of the source's earlier one; undefined: it is gone, or muted. */
  setTrack(source: Source, track: MediaStreamTrack | undefined): void {
    this.#clones.get(source)?.stop();
    this.#clones.delete(source);
    if (track) {
      // A copy, so that fewer frames are taken of it and not of what goes over the line.
      const clone = track.clone();
      this.#clones.set(source, clone);
      if (clone.kind === 'video') clone.applyConstraints({ frameRate: { max: pictureSettings[this.#track].framerate } }).catch(() => undefined);
    }
    this.#stop(this.#recorder);
    this.#recorder = undefined;
    this.#begin();
  }

  /** Ends the recording. Resolves when the last part was given out. */
  async end(): Promise<void> {
    this.#takeBack();
    this.#stop(this.#recorder);
    this.#recorder = undefined;
    for (const clone of this.#clones.values()) clone.stop();
    this.#clones.clear();
    await Promise.all(this.#open);
  }

  #begin(): void {
    this.#takeBack();
    const tracks = [...this.#clones.values()].filter(({ readyState }) => readyState === 'live');
    const has = (kind: string): boolean => tracks.some((track) => track.kind === kind);
    const mimeType = typeFor(has('video'), has('audio'), this.#scope.isTypeSupported);
    const before = this.#recorder;
    if (!tracks.length || mimeType === undefined) {
      this.#stop(before);
      return;
    }
    const recorder = this.#scope.makeRecorder(tracks, { mimeType, videoBitsPerSecond: pictureSettings[this.#track].bitrate, audioBitsPerSecond: soundBitrate });
    const file = this.#files++;
    // Of the call, not of its event: Firefox's files begin then, to a few milliseconds.
    const zeroMs = this.#scope.now();
    // Parts are read one after the other, whichever is ready first.
    let last = Promise.resolve();
    const give = (data: Blob | undefined, final: boolean): void => {
      const untilMs = this.#scope.now();
      last = last
        .then(() => data?.arrayBuffer() ?? new ArrayBuffer(0))
        .then((bytes) => this.#out({ track: this.#track, file, zeroMs, untilMs, bytes, last: final }))
        .catch(() => undefined);
    };
    recorder.addEventListener('dataavailable', ({ data }) => {
      if (!data.size) return;
      this.#stop(before);
      give(data, false);
    });
    const ended = new Promise<void>((resolve) => {
      recorder.addEventListener('stop', () => {
        give(undefined, true);
        void last.then(resolve);
      });
    });
    this.#open.add(ended);
    void ended.then(() => this.#open.delete(ended));
    recorder.start(sliceMs);
    this.#recorder = recorder;
    this.#takeBack = this.#scope.after(pieceMs[this.#track], () => this.#begin());
  }

  #stop(recorder: MediaRecorder | undefined): void {
    if (recorder && recorder.state !== 'inactive') recorder.stop();
  }
}
