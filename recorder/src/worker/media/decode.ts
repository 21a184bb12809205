import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { VigilError, type Track } from '@vigil/protocol';
import { sampleRate } from '../models/silero.js';
import type { Frame, GreyPicture } from './frame.js';
import { inputArguments, startFfmpeg } from './ffmpeg.js';

/** How a track's picture is looked at: frames a second, and the box that they are made to fit. */
const looks: Record<Track, { perSecond: number; width: number; height: number }> = {
  // What moves or stands still shows at five; few detectors look at each.
  webcam: { perSecond: 5, width: 640, height: 480 },
  // Twice a second, or a blinking caret could hide between the looks. Small: words are read in the full size.
  screen: { perSecond: 2, width: 320, height: 320 },
};
/** Larger pictures are made smaller also for reading. */
const fullBox = { width: 2560, height: 1600 };

/** No segment is that long; what says it is, is broken. */
const longestSeconds = 3_600;

export interface Source {
  file: string;
  track: Track;
  /** Size of the picture, if the file has one. */
  video?: { width: number; height: number } | undefined;
  audio: boolean;
}

export interface Decoded {
  /** Real frames with their real times: the first one of each look's interval. None is made up where frames are missing. */
  frames: AsyncGenerator<Frame, void>;
  /** All sound from the file's time zero: mono, 16 kHz, −1 to 1, holes filled with silence. */
  sound: Promise<Float32Array>;
  /** Resolves when all was decoded. @throws {VigilError} as `startFfmpeg`. */
  ended: Promise<void>;
}

type Size = Pick<Frame, 'width' | 'height'>;

/** Fits into the box without being enlarged; even, as codecs want it. */
function fit(size: Size, box: Size): Size {
  const scale = Math.min(1, box.width / size.width, box.height / size.height);
  const even = (length: number): number => Math.max(2, 2 * Math.round((length * scale) / 2));
  return { width: even(size.width), height: even(size.height) };
}

/**
 * Decodes a segment once, for all detectors. The frames must be read to their end, or the run aborted.
 * @param full each frame also in its full size.
 */
export function decode({ file, track, video, audio }: Source, signal?: AbortSignal, full = false): Decoded {
  const look = looks[track];
  const size = video ? fit(video, look) : { width: 0, height: 0 };
  const fullSize = video && full ? fit(video, fullBox) : undefined;
  const commandArguments = inputArguments(file);
  const picture = ({ width, height }: Size, filters: readonly string[], pipe: number): string[] => [
    ...['-map', '0:v:0', '-an', '-filter_threads', '1', '-vf'],
    [
      // Presentation times, never counts: frames come at any distance, and the first one need not be at 0.
      `select='isnan(prev_selected_t)+gt(floor(t*${look.perSecond}),floor(prev_selected_t*${look.perSecond}))'`,
      // The size may change inside a segment; the frames that come out all have one.
      `scale=${width}:${height}:force_original_aspect_ratio=decrease:flags=area`,
      `pad=${width}:${height}:-1:-1`,
      ...filters,
    ].join(','),
    ...['-vsync', 'passthrough', '-f', 'rawvideo', `pipe:${pipe}`],
  ];
  const times = "metadata=mode=add:key=vigil:value=1,metadata=mode=print:key=vigil:file='pipe\\:4':direct=1";
  if (video) commandArguments.push(...picture(size, ['format=rgb24', times], 3));
  if (fullSize) commandArguments.push(...picture(fullSize, ['format=gray'], 6));
  if (audio)
    commandArguments.push(
      ...['-map', '0:a:0', '-vn', '-af', `aresample=${sampleRate}:async=1:first_pts=0`, '-ac', '1', '-f', 'f32le', 'pipe:5'],
    );
  const run = startFfmpeg(commandArguments, fullSize ? 4 : 3, signal);
  const [pictures, lines, sound, fullPictures] = run.outputs;
  if (!pictures || !lines || !sound) throw new VigilError('internal', 'ffmpeg was started without its pipes.');
  const read = fullSize && fullPictures && readFull(fullPictures, fullSize);
  return {
    frames: readFrames(pictures, readTimes(lines), size, look.perSecond * longestSeconds, read),
    sound: readSamples(sound, sampleRate * longestSeconds, run.kill),
    ended: run.ended,
  };
}

/**
 * The frame that is shown at `atMs`, or the last one.
 * @throws {VigilError} `badInput` there is none.
 */
export async function decodeFrame(source: Omit<Source, 'audio'>, atMs: number, signal?: AbortSignal): Promise<Frame> {
  const enough = new AbortController();
  const { frames, ended } = decode({ ...source, audio: false }, signal ? AbortSignal.any([signal, enough.signal]) : enough.signal);
  let shown: Frame | undefined;
  for await (const frame of frames) {
    // Times in a record are whole ms.
    if (shown && frame.timeMs > atMs + 1) break;
    shown = frame;
  }
  enough.abort();
  await ended.catch(() => undefined);
  signal?.throwIfAborted();
  if (!shown) throw new VigilError('badInput', 'No frame of the picture could be decoded.');
  return shown;
}

/** A segment's sound. @throws {VigilError} as `decode`. */
export async function decodeSound(source: Omit<Source, 'video'>, signal?: AbortSignal): Promise<Float32Array> {
  const { sound, frames, ended } = decode({ ...source, video: undefined }, signal);
  const [samples] = await Promise.all([sound, frames.next(), ended]);
  return samples;
}

/** Times of the frames, ms, from the lines `frame:0 pts:33 pts_time:0.033` of ffmpeg's metadata filter. */
async function* readTimes(pipe: Readable): AsyncGenerator<number, undefined> {
  for await (const line of createInterface({ input: pipe })) {
    const time = /pts_time:(-?[\d.]+)/.exec(line)?.[1];
    if (time !== undefined) yield Math.max(0, Number(time) * 1_000);
  }
}

async function* readFrames(
  pictures: Readable,
  times: AsyncGenerator<number, undefined>,
  { width, height }: Size,
  limit: number,
  full?: AsyncGenerator<GreyPicture, undefined>,
): AsyncGenerator<Frame, void> {
  const ahead = full && readAhead(full);
  let count = 0;
  for await (const data of readPieces(pictures, width * height * 3)) {
    const time = await times.next();
    if (time.value === undefined) throw new VigilError('badInput', 'A frame came out of ffmpeg without its time.');
    if (++count > limit) throw new VigilError('badInput', 'The segment is longer than a segment can be.');
    yield { timeMs: time.value, width, height, data, full: await ahead?.() };
  }
}

/** ffmpeg may be so many frames further with one pipe than with another, and waits for whichever is not read. */
const framesAhead = 24;

/** Reads on by itself, some frames at most. @returns the next one; undefined: there are no more, or they cannot be read, which `ended` says. */
function readAhead(full: AsyncGenerator<GreyPicture, undefined>): () => Promise<GreyPicture | undefined> {
  const waiting: GreyPicture[] = [];
  let over = false;
  const changes = new EventEmitter();
  const changed = (): Promise<unknown> => once(changes, 'change');
  const pump = async (): Promise<void> => {
    for await (const picture of full) {
      waiting.push(picture);
      changes.emit('change');
      while (waiting.length >= framesAhead) await changed();
    }
  };
  pump()
    .catch(() => undefined)
    .finally(() => {
      over = true;
      changes.emit('change');
    });
  return async () => {
    while (!waiting.length && !over) await changed();
    const next = waiting.shift();
    changes.emit('change');
    return next;
  };
}

async function* readFull(pictures: Readable, { width, height }: Size): AsyncGenerator<GreyPicture, undefined> {
  for await (const data of readPieces(pictures, width * height)) yield { width, height, data };
}

/** What comes out of a pipe, in pieces of so many bytes. */
async function* readPieces(pipe: Readable, bytes: number): AsyncGenerator<Uint8Array, void> {
  let data = new Uint8Array(bytes);
  let filled = 0;
  for await (const chunk of pipe as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + bytes - filled);
      data.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < bytes) continue;
      yield data;
      data = new Uint8Array(bytes);
      filled = 0;
    }
  }
}

async function readSamples(pipe: Readable, limit: number, kill: () => void): Promise<Float32Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of pipe as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= limit * 4) continue;
    kill();
    throw new VigilError('badInput', 'The segment is longer than a segment can be.');
  }
  // A copy of its own, so that it begins at a multiple of 4 bytes.
  const joined = new Uint8Array(Buffer.concat(chunks));
  return new Float32Array(joined.buffer, 0, Math.floor(bytes / 4));
}
