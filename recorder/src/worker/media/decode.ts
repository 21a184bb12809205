import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { VigilError, type Track } from '@vigil/protocol';
import { sampleRate } from '../models/silero.js';
import type { Frame } from './frame.js';
import { inputArguments, startFfmpeg } from './ffmpeg.js';
import { greyFrame, yuvBytes, yuvFrame } from './yuv-frame.js';

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
 * @param as in `colour`; in `grey`; or in grey and the `full` size as well, which gives the same small frames as `grey`.
 */
export function decode({ file, track, video, audio }: Source, signal?: AbortSignal, as: 'colour' | 'grey' | 'full' = 'colour'): Decoded {
  const look = looks[track];
  const size = video ? fit(video, look) : { width: 0, height: 0 };
  const fullSize = video && as === 'full' ? fit(video, fullBox) : undefined;
  const commandArguments = inputArguments(file);
  // The size may change inside a segment; the frames that come out all have one.
  const made = ({ width, height }: Size, range = ''): string => `scale=${width}:${height}:force_original_aspect_ratio=decrease:flags=area:out_color_matrix=bt601${range},pad=${width}:${height}:-1:-1`;
  // Both sizes in one picture, the small one below: of two pipes, ffmpeg would fill the one that is not read while the end of a picture is missing in the other.
  const pictures = fullSize
    ? `split[a][b];[a]${made(fullSize)},format=gray[full];[b]${made(size)},format=gray,pad=${fullSize.width}:${size.height}[small];[full][small]vstack`
    : as === 'grey'
      ? `${made(size)},format=gray`
      : // `colour` of a frame takes 16 to 235 for all brightness, whatever the camera sent.
        `${made(size, ':out_range=tv')},format=yuv420p`;
  if (video)
    commandArguments.push(
      ...['-map', '0:v:0', '-an', '-filter_threads', '1', '-vf'],
      [
        // Presentation times, never counts: frames come at any distance, and the first one need not be at 0.
        `select='isnan(prev_selected_t)+gt(floor(t*${look.perSecond}),floor(prev_selected_t*${look.perSecond}))'`,
        pictures,
        "metadata=mode=add:key=vigil:value=1,metadata=mode=print:key=vigil:file='pipe\\:4':direct=1",
      ].join(','),
      ...['-vsync', 'passthrough', '-f', 'rawvideo', 'pipe:3'],
    );
  if (audio)
    commandArguments.push(
      ...['-map', '0:a:0', '-vn', '-af', `aresample=${sampleRate}:async=1:first_pts=0`, '-ac', '1', '-f', 'f32le', 'pipe:5'],
    );
  const run = startFfmpeg(commandArguments, 3, signal);
  const [frames, lines, sound] = run.outputs;
  if (!frames || !lines || !sound) throw new VigilError('internal', 'ffmpeg was started without its pipes.');
  const bytes = fullSize ? fullSize.width * (fullSize.height + size.height) : as === 'grey' ? size.width * size.height : yuvBytes(size);
  const frameOf = (timeMs: number, data: Uint8Array): Frame =>
    fullSize ? takeApart(timeMs, data, fullSize, size) : as === 'grey' ? greyFrame(timeMs, { ...size, data }) : yuvFrame(timeMs, size, data);
  return {
    frames: readFrames(readPieces(frames, bytes), readTimes(lines), frameOf, look.perSecond * longestSeconds),
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

/** A picture with the small one below it, at the left. */
function takeApart(timeMs: number, data: Uint8Array, full: Size, small: Size): Frame {
  const luma = new Uint8Array(small.width * small.height);
  for (let row = 0; row < small.height; row++) {
    const from = (full.height + row) * full.width;
    luma.set(data.subarray(from, from + small.width), row * small.width);
  }
  return greyFrame(timeMs, { ...small, data: luma }, { ...full, data: data.subarray(0, full.width * full.height) });
}

async function* readFrames(
  pieces: AsyncGenerator<Uint8Array, void>,
  times: AsyncGenerator<number, undefined>,
  frameOf: (timeMs: number, data: Uint8Array) => Frame,
  limit: number,
): AsyncGenerator<Frame, void> {
  let count = 0;
  for await (const data of pieces) {
    const time = await times.next();
    if (time.value === undefined) throw new VigilError('badInput', 'A frame came out of ffmpeg without its time.');
    if (++count > limit) throw new VigilError('badInput', 'The segment is longer than a segment can be.');
    yield frameOf(time.value, data);
  }
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
